"""How the web process serves. Platforms say PORT and WEB_CONCURRENCY."""

import gc
import os
from pathlib import Path
from typing import Any

# In production the platform's router is in front; a laptop keeps to itself.
host = "0.0.0.0" if os.environ.get("APP_ENV") == "production" else "127.0.0.1"  # noqa: S104
bind = f"{host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"  # requests wait for PostgreSQL more than for the processor
threads = int(os.environ.get("WEB_THREADS", "8"))

timeout = 30  # seconds; the routers of most platforms give up then too
graceful_timeout = 25  # seconds to finish requests; platforms kill after 30
keepalive = 5  # seconds

# Workers are renewed now and then, not all at once.
max_requests = 50_000  # four minutes of the most notices; at five thousand it would be half of one
max_requests_jitter = 5000

# The heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

accesslog = None  # the application logs requests itself, with their ids
errorlog = "-"

# Its default is one socket in the home folder, which two copies would share.
control_socket_disable = True


def post_worker_init(_worker: Any) -> None:
    """Spare requests Python's walk over everything the application consists of.

    Its cycle collector goes over all objects that have lived long each time a quarter as many have
    come, a quarter of a second for the application and the statements SQLAlchemy keeps; one page in
    twenty waited for that. What is there once it has loaded stays for good, so it is left out, and
    the young are looked at often enough that nothing piles up between the rarer whole walks.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
