"""Run a simulator: ``python -m simulator [--port 9001] [--data-dir var/simulator]``."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from pathlib import Path

from simulator.application import Application
from simulator.server import Server
from simulator.simulation import Simulation


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; port 0 takes a free one. The first line out is the address."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("SIMULATOR_PORT", "9001")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(os.environ.get("SIMULATOR_DATA_DIR", "var/simulator"))
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the parent process ends"
    )
    options = parser.parse_args()
    try:
        simulation = Simulation(options.data_dir)
        server = Server(options.host, options.port, Application(simulation))
    except OSError as error:  # port taken, folder in use or not writable
        parser.exit(1, f"simulator: cannot start on port {options.port}: {error}\n")
    for name in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, which this very thread runs
        signal.signal(
            name, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
        )
    simulation.start()
    if options.with_parent:
        threading.Thread(target=_end_with_parent, args=(server, os.getppid()), daemon=True).start()
    print(f"simulator: {server.url}", flush=True)  # noqa: T201 - how others learn the address
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        simulation.stop()


def _end_with_parent(server: Server, parent: int) -> None:
    """Stop serving once the process that started us is gone, so that killed tests leave nothing."""
    while os.getppid() == parent:
        time.sleep(1)
    server.shutdown()


if __name__ == "__main__":
    main()
