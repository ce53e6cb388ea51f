"""Tell the platform whether this process is up, ready, and how much there is to do."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from app import clock
from app.api.metrics import Figures
from app.queries.services import database_problem, migrations_problem, redis_problem

AUTHENTICATION = "public"

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer: the process is up, whatever else is not."""
    return {"status": "up"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when database, migrations and Redis are there, else 503 naming what is not."""
    database = database_problem()
    problems = {
        "database": database,
        "migrations": None if database else migrations_problem(),
        "redis": redis_problem(),
    }
    missing = {what: problem for what, problem in problems.items() if problem}
    if missing:
        return {"status": "not ready", "problems": missing}, 503, {"Retry-After": "5"}
    return {"status": "ready"}


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Show Prometheus the figures of the whole installation; nobody's name is among them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(clock.now()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
