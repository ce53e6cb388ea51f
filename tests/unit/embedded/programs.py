"""Small programs that use the services of a folder from processes of their own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USE = "import sys; from app import embedded; {body}"
STAY = "print(embedded.postgres_url(sys.argv[1]), flush=True); sys.stdin.read()"
LOOK = "print(embedded.postgres_url(sys.argv[1]), embedded.redis_url(sys.argv[1]), flush=True)"


def start(body: str, folder: Path) -> subprocess.Popen[str]:
    """Start a Python program that has the folder as its first argument."""
    return subprocess.Popen(
        [sys.executable, "-c", USE.format(body=body), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(body: str, folder: Path) -> str:
    """Run such a program to its end and return what it printed."""
    said, _ = start(body, folder).communicate(timeout=60)
    return said.strip()


@contextmanager
def user(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process use the PostgreSQL of a folder; at the end it leaves in peace."""
    program = start(STAY, folder)
    try:
        assert program.stdout
        assert program.stdout.readline().startswith("postgresql")
        yield program
    finally:
        program.communicate(timeout=60)
