"""The process behind a PostgreSQL data folder, and the file it leaves when it is killed."""

from pathlib import Path

_NO_SUCH_PROCESS = 99_999_999  # above every system's highest process id


def process_id(data: Path) -> int | None:
    """Return the process id of the server that runs on a data folder, None when there is none."""
    claimed = _claimed(data)
    return claimed if claimed is not None and _serves(claimed, data) else None


def disown_recycled_process(data: Path) -> None:
    """Let a server start although another program now has the process id its killed forerunner had.

    PostgreSQL clears a left-over postmaster.pid by itself unless the id in it belongs to a living
    process. The rest of the file stays: from it PostgreSQL learns whether sessions of the
    forerunner are still at work on the data.
    """
    if _claimed(data) is None or process_id(data) is not None:
        return
    left_over = data / "postmaster.pid"
    _, rest = left_over.read_text().split("\n", 1)
    left_over.write_text(f"{_NO_SUCH_PROCESS}\n{rest}")


def _claimed(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _serves(process: int, data: Path) -> bool:
    import psutil  # comes with the wheel of the server

    try:
        command = psutil.Process(process).cmdline()
    except psutil.Error:
        return False
    return bool(command) and Path(command[0]).name == "postgres" and str(data) in command
