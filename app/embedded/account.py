"""The system account the embedded PostgreSQL runs under.

PostgreSQL refuses to run as root. Containers and CI usually are root, so there it runs as
`nobody`, keeping only the right to reach files below folders closed to others (a clone under a
root-only home folder): no account is created and no folder is opened to the world.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from app.embedded.errors import EmbeddedServiceError

UNPRIVILEGED = "nobody"
# The last word makes access(2) count the kept right too: PostgreSQL looks before it runs a file.
_REACH = (
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)


def run(command: Sequence[str], *, workdir: Path, output: Path) -> int:
    """Run a command under the account to its end and return its exit status.

    The output goes to a file: a server left behind would inherit a pipe and keep it open.
    """
    with output.open("wb") as written:
        return subprocess.run(
            [*_prefix(), *command],
            cwd=workdir,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the programs, not for their database
            check=False,
        ).returncode


def give(folder: Path) -> None:
    """Make a folder, private to the account."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, user_id(), _unprivileged().pw_gid, follow_symlinks=False)


def user_id() -> int:
    """Return the account's numeric id."""
    return os.geteuid() or _unprivileged().pw_uid


@cache
def _prefix() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv", path=os.defpath)
    if setpriv is None:
        raise EmbeddedServiceError(
            "PostgreSQL refuses to run as root and setpriv (package util-linux) is not there: "
            "run this as an ordinary user, or set DATABASE_URL."
        )
    ids = (f"--reuid={user_id()}", f"--regid={_unprivileged().pw_gid}", "--clear-groups")
    plain = (setpriv, *ids)
    reaching = (*plain, *_REACH)
    # A container may have been denied the capability; a world-readable clone works without.
    return reaching if _works(reaching) else plain


def _works(words: tuple[str, ...]) -> bool:
    return subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0


def _unprivileged() -> pwd.struct_passwd:
    return pwd.getpwnam(UNPRIVILEGED)
