"""What create_app binds: made here unbound, so that nothing connects at import."""

from __future__ import annotations

import redis
from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.config import Settings
from app.models import Base

db = SQLAlchemy(model_class=Base)
migrate = Migrate(compare_type=True)
login = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, headers_enabled=True, swallow_errors=True)
api = Api()

# Longest a page may hang on Redis before it says so, seconds.
_REDIS_TIMEOUT = 2.0


def init_extensions(app: Flask) -> None:
    """Bind every extension to the application."""
    db.init_app(app)
    migrate.init_app(app, db, directory="migrations")
    login.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    api.init_app(app)
    app.extensions["ledgerbridge_redis"] = redis_of(settings_of(app))


def redis_of(settings: Settings) -> redis.Redis:
    """Return a client of the Redis that settings name; it connects when it is first used."""
    return redis.Redis.from_url(
        settings.redis_url,
        socket_timeout=_REDIS_TIMEOUT,
        socket_connect_timeout=_REDIS_TIMEOUT,
        health_check_interval=30,
        # Once more at once, for a connection that died with an earlier Redis; the package's own
        # seconds of waiting would keep a page hanging where it should say that Redis is away.
        retry=Retry(NoBackoff(), 1),
    )


def settings_of(app: Flask) -> Settings:
    """Return the settings an application was made with."""
    settings: Settings = app.extensions["ledgerbridge_settings"]
    return settings


def settings() -> Settings:
    """Return the settings of the application now serving."""
    return settings_of(current_app)


def redis_client() -> redis.Redis:
    """Return the Redis of the application now serving; calls raise redis.RedisError when down."""
    client: redis.Redis = current_app.extensions["ledgerbridge_redis"]
    return client
