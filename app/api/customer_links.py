"""Who billing's customers are in a ledger, by REST: what was found there, and settling it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from app import clock
from app.api.billing_answers import turn_down
from app.api.described import ErrorAnswer
from app.api.guard import KeyBlueprint, actor
from app.domain.still_waiting import Going
from app.governor import GovernorUnavailable
from app.ledgers.errors import LedgerError
from app.ledgers.interface import LedgerCustomer, NameHolder
from app.models import Connection, Customer, CustomerLink
from app.queries import customer_choices as queries
from app.queries.api_invoices import amount
from app.usecases.company.line import NotConnected
from app.usecases.customers import choose_customer as choices
from app.usecases.customers.choose_customer import By, ChoiceRefused

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_customer_links", __name__, description="Who customers are there")

Json = dict[str, Any]
_ONE = ("ledger_id", "create_as", "activate")
_UNREAD = (LedgerError, GovernorUnavailable, NotConnected)


class LinkListing(Schema):
    """In which ledger, and what to look for there beside the customer's own name and e-mail."""

    connection = fields.Integer(required=True)
    q = fields.String(load_default="")


class LinkPlace(Schema):
    """In which ledger."""

    connection = fields.Integer(required=True)


class LinkBody(Schema):
    """How it is settled: exactly one of ledger_id, create_as and activate."""

    ledger_id = fields.String(metadata={"description": "Link to this customer of the ledger."})
    create_as = fields.String(metadata={"description": "Create one under this display name."})
    activate = fields.String(metadata={"description": "Make this inactive one active, and link."})
    currency = fields.String(
        load_default=None, metadata={"description": "With create_as, where invoices have several."}
    )
    confirmed = fields.Boolean(
        load_default=False,
        metadata={"description": "Another customer of billing leads there, and both are the same."},
    )

    @validates_schema
    def _says_one(self, data: Json, **_more: Any) -> None:
        if sum(name in data for name in _ONE) != 1:
            raise ValidationError(f"Say exactly one of {', '.join(_ONE)}.", "ledger_id")


class LinkAnswer(Schema):
    """Who a customer is in one ledger; invoices, credit_notes: how many wait for that."""

    customer = fields.String()
    connection = fields.String()
    link = fields.Dict(allow_none=True)
    question = fields.String(allow_none=True)
    invoices = fields.Integer()
    credit_notes = fields.Integer()
    candidates = fields.List(fields.Dict())
    name_taken_by = fields.List(fields.Dict())


class SettledAnswer(Schema):
    """What came of settling it; released: invoices that go on now."""

    customer = fields.String()
    connection = fields.String()
    link = fields.Dict(allow_none=True)
    released = fields.Integer()


@blueprint.route("/customers/<path:name>/link", methods=["GET"])
@blueprint.arguments(LinkListing, location="query")
@blueprint.response(200, LinkAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such customer or connection")
@blueprint.alt_response(503, schema=ErrorAnswer, description="The ledger cannot be read just now")
def show(listing: Json, name: str) -> Json:
    """Show who a customer is in a ledger and who else it might be there, read live."""
    connection, customer = _named(listing["connection"], name)
    try:
        found = choices.look(connection.id, customer.id, listing["q"].strip()[:200], clock.now())
    except _UNREAD:
        turn_down(503, "The ledger cannot be read just now. Nothing was changed.")
    connection, customer = _named(listing["connection"], name)
    asked = queries.asked_of(connection, customer)
    return {
        "customer": customer.external_id,
        "connection": str(connection.id),
        "link": _link(queries.link_in(connection, customer)),
        "question": asked.reason or None,
        "invoices": asked.count - asked.credit_notes,
        "credit_notes": asked.credit_notes,
        "candidates": [_candidate(one, connection) for one in found.alike],
        "name_taken_by": [_holder(one) for one in found.holders],
    }


@blueprint.route("/customers/<path:name>/link", methods=["POST"])
@blueprint.arguments(LinkPlace, location="query")
@blueprint.arguments(LinkBody)
@blueprint.response(200, SettledAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such customer or connection")
@blueprint.alt_response(409, schema=ErrorAnswer, description="It cannot be settled so")
@blueprint.alt_response(503, schema=ErrorAnswer, description="The ledger cannot be read just now")
def settle(place: Json, body: Json, name: str) -> Json:
    """Settle who a customer is in a ledger; every invoice that waited for it goes on."""
    connection, customer = _named(place["connection"], name)
    try:
        found = _settled(connection.id, customer.id, body, By(actor(), None, clock.now()))
    except ChoiceRefused as error:
        turn_down(409, str(error))
    except _UNREAD:
        turn_down(503, "The ledger cannot be reached just now. Nothing was changed.")
    connection, customer = _named(place["connection"], name)
    return {
        "customer": customer.external_id,
        "connection": str(connection.id),
        "link": _link(queries.link_in(connection, customer)),
        "released": found.released,
    }


def _settled(connection_id: int, customer_id: int, body: Json, by: By) -> Going:
    there = (connection_id, customer_id)
    if "ledger_id" in body:
        return choices.link_to(*there, body["ledger_id"], by, confirmed=body["confirmed"])
    if "activate" in body:
        return choices.activate(*there, body["activate"], by, confirmed=body["confirmed"])
    return choices.create_as(*there, body["create_as"], by, currency=body["currency"])


def _named(connection_id: int, name: str) -> tuple[Connection, Customer]:
    connection = queries.live_connection(connection_id)
    if connection is None:
        turn_down(404, "There is no such connection.")
    return connection, queries.customer_named(name) or turn_down(404, "There is no such customer.")


def _link(link: CustomerLink | None) -> Json | None:
    if link is None:
        return None
    return {
        "ledger_id": link.ledger_id,
        "name": link.ledger_name,
        "how": link.how,
        "currency": link.currency,
        "gone": link.gone,
        "set_by": link.set_by,
    }


def _candidate(one: LedgerCustomer, connection: Connection) -> Json:
    currency = one.currency or connection.home_currency
    return {
        "ledger_id": one.ledger_id,
        "name": one.plain_name or one.name,
        "email": one.email,
        "city": one.details.address.get("city"),
        "currency": one.currency,
        "balance": amount(one.balance, currency) if one.balance is not None else None,
        "active": one.active,
    }


def _holder(one: NameHolder) -> Json:
    return {"kind": one.kind, "name": one.name, "active": one.active}
