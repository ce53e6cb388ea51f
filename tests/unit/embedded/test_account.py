import os
import sys
from pathlib import Path

import pytest

from app.embedded import account

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


def test_root_becomes_somebody_postgresql_accepts(tmp_path: Path) -> None:
    said = tmp_path / "said"

    assert account.run(["id", "-u"], workdir=tmp_path, output=said) == 0
    assert int(said.read_text()) == account.user_id() != 0


def test_programs_below_a_folder_closed_to_others_are_found(tmp_path: Path) -> None:
    closed = tmp_path / "home of root" / "clone"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)
    program = closed / "initdb"
    program.touch(mode=0o755)
    look = f"import os, sys; sys.exit(not os.access({str(program)!r}, os.X_OK))"

    found = account.run([sys.executable, "-c", look], workdir=tmp_path, output=tmp_path / "said")

    assert found == 0
