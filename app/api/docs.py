"""A page to read the OpenAPI document on: no script, nothing from other servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.extensions import api

AUTHENTICATION = "public"

blueprint = Blueprint("api_docs", __name__)

_METHODS = ("get", "post", "put", "delete")


class Operation(NamedTuple):
    """One thing a caller can do."""

    method: str
    path: str
    told: dict[str, Any]  # the operation as the document holds it
    body: str | None  # the name of the body's shape


@blueprint.get("/api/docs")
def page() -> ResponseReturnValue:
    """Show every operation and every shape."""
    spec: dict[str, Any] = api.spec.to_dict()
    return render_template(
        "api/docs.html",
        info=spec["info"],
        operations=list(_operations(spec)),
        shapes=spec.get("components", {}).get("schemas", {}),
    )


def _operations(spec: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in sorted(spec["paths"].items()):
        for method in _METHODS:
            if method in methods:
                told = methods[method]
                yield Operation(method.upper(), path, told, _shape(told.get("requestBody", {})))


def _shape(holder: dict[str, Any]) -> str | None:
    """Return the name of the shape a body or an answer has."""
    schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return name or None


blueprint.add_app_template_filter(_shape, "shape_name")
