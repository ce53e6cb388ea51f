"""Turn what went wrong into a page or a JSON body with a sentence in it."""

from __future__ import annotations

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from redis import RedisError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app import clock
from app.domain.wording import listed
from app.extensions import db

log = structlog.get_logger()

# What a person or a machine may expect to hear; anything else gets werkzeug's own words.
_SENTENCES = {
    400: "This request could not be read.",
    403: "Your role does not allow this. An owner of the workspace can change that.",
    404: "There is nothing at this address.",
    413: "This body is larger than 1 MiB.",
    429: "That was too many requests. Wait a minute.",
    500: "Ledgerbridge could not finish this. Nothing was half-stored; the log has the details.",
    503: "The database does not answer. Nothing is lost; try again in a minute.",
}
# The same for people, who neither know what a body is nor read our log.
_FOR_PEOPLE = {
    400: "This address or form could not be read. Nothing was changed.",
    404: "There is nothing at this address. It may have been removed, or never was in your"
    " workspace.",
    405: "This address only takes a form. Nothing was changed.",
    413: "This is larger than 1 MiB, the most that is taken at once. Nothing was stored.",
    429: "That was more than we take at once. Wait a minute, then do it again. Nothing is lost.",
    500: "Ledgerbridge could not finish this. Nothing was half-stored. Try it once more; if it"
    " stays like this, tell whoever runs this Ledgerbridge when it happened.",
}
_LONGEST_NAME, _DIGITS_OF_BIGINT = 40, 18
_API_PREFIXES = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")


def register(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(HTTPException, _known)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _database_away)
    app.register_error_handler(DataError, _no_such_value)
    app.register_error_handler(RedisError, _redis_away)
    app.register_error_handler(Exception, _unanticipated)


def error_page(status: int, sentence: str) -> ResponseReturnValue:
    """Return a page, or a JSON body for machines, that says one sentence."""
    return _answer(status, sentence)


def _known(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    status = error.code or 500
    return _answer(status, _SENTENCES.get(status, error.description or ""), error)


def _database_away(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.warning("database.away", path=request.path, error=type(error).__name__)
    body, status = _answer(503, _SENTENCES[503])
    return body, status, {"Retry-After": "10"}


def _redis_away(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.warning("redis.away", path=request.path, error=type(error).__name__)
    body, status = _answer(503, "Redis does not answer. Nothing is lost; try again in a minute.")
    return body, status, {"Retry-After": "10"}


def _no_such_value(error: Exception) -> ResponseReturnValue:
    """Answer what no column can hold, a number of thirty digits or a NUL: nothing has that name."""
    db.session.rollback()
    log.warning("request.no_such_value", path=request.path, error=type(error.__cause__).__name__)
    wrong = _unfit_fields()
    if wrong:
        return _answer(400, f"{wrong} cannot be taken as it is. Nothing was changed.")
    status = 404 if request.view_args else 400
    return _answer(status, _SENTENCES[status])


def _unfit_fields() -> str:
    """Name the fields of a form or an address that hold what no column can; "" for none."""
    unfit = {
        f"“{name[:_LONGEST_NAME].replace('_', ' ')}”"
        for values in (request.args, request.form)
        for name, value in values.items(multi=True)
        if "\x00" in value or (value.lstrip("-").isdecimal() and len(value) > _DIGITS_OF_BIGINT)
    }
    return listed(sorted(unfit)) if unfit else ""


def _unanticipated(error: Exception) -> ResponseReturnValue:
    log.error("request.failed", path=request.path, method=request.method, exc_info=error)
    return _answer(500, _SENTENCES[500])


def _answer(
    status: int, sentence: str, error: HTTPException | None = None
) -> tuple[str | dict[str, object], int]:
    from app.web.interrupted import page_behind

    if request.path.startswith(_API_PREFIXES):
        body: dict[str, object] = {"code": status, "message": sentence}
        data = getattr(error, "data", None) or {}
        if data.get("messages"):
            body["errors"] = data["messages"]
        return body, status
    if sentence in (_SENTENCES.get(status), getattr(error, "description", None)):
        sentence = _FOR_PEOPLE.get(status, sentence)
    back = page_behind(request.referrer)
    page = render_template(
        "errors/error.html",
        status=status,
        sentence=sentence,
        sent=request.method == "POST",
        back=back if back != request.full_path.rstrip("?") else None,
        when=clock.now(),
    )
    return page, status
