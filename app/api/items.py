"""Items by REST: have one made in the ledger for a service that lacks one."""

from __future__ import annotations

from typing import Any

from flask import make_response
from marshmallow import Schema, fields, validate

from app import clock
from app.api.billing_answers import refusal, turn_down
from app.api.described import ErrorAnswer
from app.api.guard import KeyBlueprint, actor
from app.models import Connection
from app.queries import connections
from app.queries.item_creations import creations, shown
from app.usecases.mapping.create_items import ItemsRefused, Wanted, create_items

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_items", __name__, description="Items made in the ledger on request")

Json = dict[str, Any]


class ServiceWanted(Schema):
    """A service, and what its item shall be called."""

    code = fields.String(required=True)
    name = fields.String(load_default="", metadata={"description": "Its own name otherwise."})


class ItemsBody(Schema):
    """Which services lack an item."""

    services = fields.List(
        fields.Nested(ServiceWanted),
        required=True,
        validate=validate.Length(1, 200, error="Name 1 to 200 services."),
    )
    income_account = fields.String(
        load_default=None,
        metadata={"description": "The ledger's id of the account; kept as the default."},
    )


class ItemCreationAnswer(Schema):
    """The newest creation of a service's item."""

    service = fields.String()
    name = fields.String()
    income_account = fields.String()
    state = fields.String(metadata={"enum": ["waiting", "created", "refused"]})
    asked_by = fields.String()
    asked_at = fields.String(metadata={"format": "date-time"})
    problem = fields.Dict(allow_none=True)


class ItemCreationsAnswer(Schema):
    """Creations, one a service."""

    data = fields.List(fields.Nested(ItemCreationAnswer))


@blueprint.route("/connections/<int:connection_id>/item-creations", methods=["GET"])
@blueprint.response(200, ItemCreationsAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such connection")
def index(connection_id: int) -> Json:
    """Show what came of the items that were asked for, the newest of each service."""
    found = creations(_connection(connection_id))
    return {"data": [shown(one) for one in found.values()]}


@blueprint.route("/connections/<int:connection_id>/item-creations", methods=["POST"])
@blueprint.arguments(ItemsBody)
@blueprint.response(202, ItemCreationsAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such connection")
@blueprint.alt_response(422, schema=ErrorAnswer, description="Nothing was asked of the ledger")
def create(body: Json, connection_id: int) -> Any:
    """Have an item made for each service, all or none; mapped, and what waits for it goes."""
    connection = _connection(connection_id)
    wanted = [Wanted(one["code"], one["name"]) for one in body["services"]]
    try:
        create_items(
            connection.id,
            wanted,
            actor=actor(),
            user_id=None,
            now=clock.now(),
            income_account=body["income_account"],
        )
    except ItemsRefused as error:
        return _refused(error, wanted)
    found = creations(connection, [one.code for one in wanted])
    return {"data": [shown(one) for one in found.values()]}


def _refused(error: ItemsRefused, wanted: list[Wanted]) -> Any:
    """Name the field of every sentence, as everywhere else."""
    places = {one.code: place for place, one in enumerate(wanted)}
    errors = {
        one.field if not one.code else f"services.{places[one.code]}.{one.field}": one.sentence
        for one in error.errors
    }
    body, status = refusal(422, str(error))
    return make_response(body | {"errors": errors}, status)


def _connection(connection_id: int) -> Connection:
    found = connections.connection_of(connection_id)
    return found or turn_down(404, "There is no such connection.")
