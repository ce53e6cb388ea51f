"""Let nobody into the REST interface without an API key, and keep each in its own workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from flask import Request, g, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnprocessableEntity

from app import clock
from app.api.billing_answers import refusal
from app.api.wrong_fields import message_of, sentences_of
from app.extensions import db
from app.models.scope import enter_workspace
from app.queries.cursor import BadCursor
from app.usecases.accounts import workspace_of_key

F = TypeVar("F", bound=Callable[..., Any])
_NEEDED = "An API key is needed: Authorization: Bearer lb_…"


class Parser(FlaskParser):
    """Reads queries and bodies; what is wrong is named as everywhere else: path → sentence."""

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Answer 422 in our words."""
        messages = error.normalized_messages()  # type: ignore[no-untyped-call]  # theirs
        fields = sentences_of(messages)
        raise _wrong(message_of(fields), fields)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Read a body; one nested too deeply to be read is as wrong as one that is not JSON."""
        try:
            return super().load_json(req, schema)
        except RecursionError:
            said = "The body is nested too deeply."
            raise _wrong(said, {"body": said}) from None


def _wrong(message: str, fields: Mapping[str, str]) -> UnprocessableEntity:
    refused = UnprocessableEntity(message)
    refused.data = {"messages": fields}  # type: ignore[attr-defined]  # where errors.py looks
    return refused


class KeyBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A described blueprint that only a live API key opens."""

    ARGUMENTS_PARSER = Parser()

    if TYPE_CHECKING:  # flask-smorest has no types; what it decorates stays what it was

        def route(self, *_: Any, **__: Any) -> Callable[[F], F]: ...
        def doc(self, **_: Any) -> Callable[[F], F]: ...
        def arguments(self, *_: Any, **__: Any) -> Callable[[F], F]: ...
        def response(self, *_: Any, **__: Any) -> Callable[[F], F]: ...
        def alt_response(self, *_: Any, **__: Any) -> Callable[[F], F]: ...

    def __init__(self, name: str, import_name: str, **more: Any) -> None:
        super().__init__(name, import_name, url_prefix="/api/v1", **more)
        self.before_request(require_key)
        self.register_error_handler(BadCursor, _bad_cursor)


def require_key() -> ResponseReturnValue | None:
    """Enter the workspace of the key a caller shows; answer 401 to everybody else."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = workspace_of_key(key.strip(), clock.now())
    if found is None:
        return *refusal(401, _NEEDED), {"WWW-Authenticate": 'Bearer realm="Ledgerbridge"'}
    g.workspace_id, g.actor = found.workspace_id, f"API key {found.name}"
    enter_workspace(db.session, found.workspace_id)
    return None


def workspace_id() -> int:
    """Return whose key this request carries."""
    number: int = g.workspace_id
    return number


def actor() -> str:
    """Return what audit entries call the caller."""
    name: str = g.actor
    return name


def _bad_cursor(_error: BadCursor) -> ResponseReturnValue:
    sentence = "This cursor was not handed out here."
    body, status = refusal(422, sentence)
    return body | {"errors": {"query.cursor": sentence}}, status
