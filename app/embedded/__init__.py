"""PostgreSQL and Redis for development and tests, from wheels, in one data folder.

Whoever asks for a service starts it if nobody has and uses it until its process ends; the last
user to leave stops both. Processes killed with -9 leave the services running: the next user finds
them, with everything in them. Production sets DATABASE_URL and REDIS_URL and never comes here.
"""

import atexit
import os
from pathlib import Path

from app.embedded import lease, postgres, redis_server
from app.embedded.errors import EmbeddedServiceError

__all__ = [
    "EmbeddedServiceError",
    "postgres_url",
    "redis_url",
    "start_postgres",
    "start_redis",
    "stop",
    "stop_postgres",
    "stop_redis",
]


def postgres_url(data_dir: Path | str, *, durable: bool = True) -> str:
    """Return the SQLAlchemy address of the PostgreSQL of a data folder, starting it if need be.

    durable=False is for tests: a crash of the machine (not of the server) may lose data.
    Raises EmbeddedServiceError.
    """
    _use(Path(data_dir))
    start_postgres(data_dir, durable=durable)
    return postgres.url(_postgres(data_dir))


def redis_url(data_dir: Path | str) -> str:
    """Return the address of the Redis of a data folder, starting it if need be.

    Raises EmbeddedServiceError.
    """
    _use(Path(data_dir))
    start_redis(data_dir)
    return redis_server.url(_redis(data_dir))


def stop(data_dir: Path | str) -> bool:
    """Stop using a data folder; return True when that stopped both services.

    They keep running while another process uses them.
    """
    leases = _leases(data_dir)
    with lease.exclusively(leases):
        lease.leave(leases)
        if not lease.unused(leases):
            return False
        postgres.stop(_postgres(data_dir))
        redis_server.stop(_redis(data_dir))
        return True


def start_postgres(data_dir: Path | str, *, durable: bool = True) -> None:
    """Start PostgreSQL (again) at the same address; do nothing when it runs."""
    with lease.exclusively(_leases(data_dir)):
        postgres.start(_postgres(data_dir), durable=durable)


def stop_postgres(data_dir: Path | str) -> None:
    """Stop PostgreSQL, whoever uses it: for tests of what happens then."""
    with lease.exclusively(_leases(data_dir)):
        postgres.stop(_postgres(data_dir))


def start_redis(data_dir: Path | str) -> None:
    """Start Redis (again) at the same address; do nothing when it runs."""
    with lease.exclusively(_leases(data_dir)):
        redis_server.start(_redis(data_dir))


def stop_redis(data_dir: Path | str) -> None:
    """Stop Redis, whoever uses it: for tests of what happens then."""
    with lease.exclusively(_leases(data_dir)):
        redis_server.stop(_redis(data_dir))


def _use(data_dir: Path) -> None:
    leases = _leases(data_dir)
    with lease.exclusively(leases):
        joined = lease.join(leases)
    if joined:
        atexit.register(_leave_at_exit, data_dir.resolve(), os.getpid())


def _leave_at_exit(data_dir: Path, process: int) -> None:
    # A fork inherits this call; only the process that joined may leave.
    if os.getpid() == process and lease.holds(_leases(data_dir)):
        stop(data_dir)


def _leases(data_dir: Path | str) -> Path:
    return Path(data_dir).resolve() / "services"


def _postgres(data_dir: Path | str) -> Path:
    return Path(data_dir).resolve() / "postgres"


def _redis(data_dir: Path | str) -> Path:
    return Path(data_dir).resolve() / "redis"
