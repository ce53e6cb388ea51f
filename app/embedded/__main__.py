"""Stop what a killed program left running: python -m app.embedded stop var"""

import sys
from pathlib import Path

from app import embedded


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] != "stop":
        sys.stderr.write("usage: python -m app.embedded stop DATA_DIR\n")
        return 2
    if Path(arguments[1]).is_dir() and not embedded.stop(arguments[1]):
        sys.stderr.write(f"Another process still uses the services of {arguments[1]}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
