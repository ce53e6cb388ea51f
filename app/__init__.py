"""Ledgerbridge: an open two-way bridge between a billing application and its ledgers."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application: settings, extensions, blueprints, errors, commands; nothing else."""
    from app import api, cli, errors, logs, web
    from app.extensions import init_extensions

    settings = with_services(settings or Settings.from_environment())
    logs.configure(settings)
    app = Flask(__name__)
    app.extensions["ledgerbridge_settings"] = settings
    app.config.from_mapping(flask_config(settings))
    if settings.production:
        # Behind the platform's router: its last hop says who called, and how.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    init_extensions(app)
    web.register(app)
    api.register(app)
    errors.register(app)
    cli.register(app)
    return app


def with_services(settings: Settings) -> Settings:
    """Fill in the embedded PostgreSQL and Redis where a development setting names none."""
    if settings.database_url and settings.redis_url:
        return settings
    from app import embedded

    return replace(
        settings,
        database_url=settings.database_url or embedded.postgres_url(settings.data_dir),
        redis_url=settings.redis_url or embedded.redis_url(settings.data_dir),
    )


def flask_config(settings: Settings) -> dict[str, object]:
    """Translate our settings into what Flask and its extensions call them."""
    return {
        "TESTING": settings.testing,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": _psycopg(settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": True,
            # One for each thread of a web process: what is above is connected anew each time.
            "pool_size": 8,
            "max_overflow": 7,
            "pool_timeout": 5,
            "connect_args": {"connect_timeout": 3, "options": "-c timezone=utc"},
        },
        "MAX_CONTENT_LENGTH": 1024 * 1024,  # the contract's 413 begins above 1 MiB
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.production,
        "REMEMBER_COOKIE_SECURE": settings.production,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "SESSION_REFRESH_EACH_REQUEST": False,  # a working day from signing in; see web/guard.py
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "RATELIMIT_STORAGE_URI": settings.redis_url,
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        "RATELIMIT_ENABLED": True,
        "API_TITLE": "Ledgerbridge",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/api",
        "OPENAPI_JSON_PATH": "openapi.json",
    }


def _psycopg(url: str) -> str:
    """Name the driver: platforms hand out postgres:// and postgresql:// alike."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
