"""Every setting, read from the environment, all mistakes named at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

REQUIRED_IN_PRODUCTION = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "PUBLIC_URL",
    "MAIL_URL",
)


class ConfigurationError(Exception):
    """Raised with every mistake in the settings, one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("Settings are not usable:\n" + "\n".join(f"  - {m}" for m in mistakes))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hold the settings of one process; field names are the environment's names in lower case."""

    app_env: str = "development"
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    secret_key: str = field(default="", repr=False)
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    public_url: str = "http://127.0.0.1:8000"
    intuit_client_id: str = ""
    intuit_client_secret: str = field(default="", repr=False)
    intuit_webhook_token: str = field(default="", repr=False)
    intuit_discovery_url: str = ""
    quickbooks_api_url: str = ""
    xero_client_id: str = ""
    xero_client_secret: str = field(default="", repr=False)
    xero_webhook_key: str = field(default="", repr=False)
    xero_login_url: str = ""
    xero_identity_url: str = ""
    xero_api_url: str = ""
    mail_url: str = field(default="", repr=False)
    log_format: str = "console"
    testing: bool = False

    @property
    def production(self) -> bool:
        """Tell whether this process serves real books."""
        return self.app_env == "production"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; raise ConfigurationError naming all mistakes at once."""
        environ = _environment() if environ is None else environ
        given = {k: v.strip() for k, v in environ.items() if v.strip()}
        mistakes = _mistakes(given)
        if mistakes:
            raise ConfigurationError(mistakes)
        values = {name: given[name.upper()] for name in _PLAIN if name.upper() in given}
        data_dir = Path(given.get("DATA_DIR", "var"))
        secret_key, encryption_keys = _secrets(given, data_dir)
        return cls(
            data_dir=data_dir,
            secret_key=secret_key,
            encryption_keys=encryption_keys,
            **values,  # type: ignore[arg-type]  # names come from _PLAIN, all of them strings
        )


def _environment() -> dict[str, str]:
    """Return the process's environment; in development what .env says stands behind it."""
    if os.environ.get("APP_ENV") == "production":
        return dict(os.environ)
    written = {name: value for name, value in dotenv_values(".env").items() if value}
    return written | dict(os.environ)


_PLAIN = (
    "app_env",
    "database_url",
    "redis_url",
    "public_url",
    "intuit_client_id",
    "intuit_client_secret",
    "intuit_webhook_token",
    "intuit_discovery_url",
    "quickbooks_api_url",
    "xero_client_id",
    "xero_client_secret",
    "xero_webhook_key",
    "xero_login_url",
    "xero_identity_url",
    "xero_api_url",
    "mail_url",
    "log_format",
)


def _mistakes(given: Mapping[str, str]) -> list[str]:
    mistakes = []
    app_env = given.get("APP_ENV", "development")
    if app_env not in ("development", "production"):
        mistakes.append(f"APP_ENV is {app_env!r}; set it to development or production.")
    if given.get("LOG_FORMAT", "console") not in ("console", "json"):
        mistakes.append("LOG_FORMAT must be console or json.")
    mistakes += _key_mistakes(given.get("ENCRYPTION_KEYS", ""))
    if app_env == "production":
        mistakes += [
            f"{name} is not set; production needs it."
            for name in REQUIRED_IN_PRODUCTION
            if name not in given
        ]
        mistakes += _weak_production(given)
    return mistakes


def _weak_production(given: Mapping[str, str]) -> list[str]:
    mistakes = []
    if 0 < len(given.get("SECRET_KEY", "")) < 32:
        mistakes.append("SECRET_KEY is shorter than 32 characters; make a random one.")
    if not given.get("PUBLIC_URL", "https://").startswith("https://"):
        mistakes.append("PUBLIC_URL must begin with https:// in production.")
    pairs = ("INTUIT_CLIENT_ID", "INTUIT_CLIENT_SECRET", "INTUIT_WEBHOOK_TOKEN")
    if any(name in given for name in pairs):
        mistakes += [
            f"{name} is not set; the Intuit app needs it." for name in pairs if name not in given
        ]
    return mistakes


def _key_mistakes(keys: str) -> list[str]:
    mistakes = []
    for position, key in enumerate(_split(keys), start=1):
        try:
            Fernet(key)
        except ValueError:
            mistakes.append(
                f"ENCRYPTION_KEYS: key {position} is not a Fernet key"
                " (32 bytes, url-safe base64); make one with"
                ' python -c "from cryptography.fernet import Fernet;'
                ' print(Fernet.generate_key().decode())".'
            )
    return mistakes


def _split(keys: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in keys.split(",") if key.strip())


def _secrets(given: Mapping[str, str], data_dir: Path) -> tuple[str, tuple[str, ...]]:
    secret_key, encryption_keys = given.get("SECRET_KEY"), _split(given.get("ENCRYPTION_KEYS", ""))
    if secret_key and encryption_keys:
        return secret_key, encryption_keys
    made = _development_key(data_dir)
    return secret_key or made, encryption_keys or (made,)


def _development_key(data_dir: Path) -> str:
    """Read this checkout's own development key, made on first use: none is known to the world."""
    path = data_dir / "development.key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _write_once(path, Fernet.generate_key())
    return path.read_text().strip()


def _write_once(path: Path, content: bytes) -> None:
    """Write a private file whole; of two processes at once one wins, and nobody reads half."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    with suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)
