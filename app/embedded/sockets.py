"""Where a Unix socket goes when the project lies too deep for one."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from app.embedded import account
from app.embedded.errors import EmbeddedServiceError

_NAME = ".s.PGSQL.5432.lock"  # the longest name the server makes beside its socket
_LONGEST_PATH = 103  # bytes; macOS, Linux takes 107
_SHORT_ROOT = Path("/tmp")  # noqa: S108 - a private folder is made in it, and checked


def socket_folder(folder: Path) -> Path:
    """Return the folder for a server's socket: its own, or a short private one for a deep path.

    The short one's name is derived from the deep path, so every process finds the same and two
    checkouts never share one.
    """
    near = folder / "sockets"
    if len(os.fsencode(near / _NAME)) <= _LONGEST_PATH:
        return near
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return _SHORT_ROOT / f"ledgerbridge-{digest}"


def make_socket_folder(folder: Path) -> Path:
    """Make the socket folder of a server and return it.

    Raises EmbeddedServiceError when somebody else made it before us: they could read along.
    """
    sockets = socket_folder(folder)
    account.give(sockets)
    found = sockets.lstat()
    if sockets.is_symlink() or found.st_mode & 0o077 or found.st_uid != account.user_id():
        raise EmbeddedServiceError(f"{sockets} is not private to this account: remove it.")
    return sockets


def clear_socket_folder(folder: Path) -> None:
    """Remove what a killed server left; only for when no server of the folder runs.

    PostgreSQL does this itself unless its old process id lives on in another program.
    """
    for left_over in socket_folder(folder).glob(".s.PGSQL.*"):
        left_over.unlink()


def remove_short_socket_folder(folder: Path) -> None:
    """Leave nothing outside the data folder once the server is down."""
    if (sockets := socket_folder(folder)).parent == _SHORT_ROOT:
        with suppress(OSError):
            sockets.rmdir()
