"""Live reads of a ledger company by REST: asked now, through the governor, nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from marshmallow import Schema

from app import clock
from app.api.billing_answers import turn_down
from app.api.described import ErrorAnswer
from app.api.described_live import (
    LiveAccountsAnswer,
    LiveCompanyAnswer,
    LiveCustomersAnswer,
    LiveInvoicesAnswer,
    LiveItemsAnswer,
    LiveListing,
    LiveTaxCodesAnswer,
)
from app.api.guard import KeyBlueprint
from app.api.live_rows import ROWS, company_row
from app.domain.metering import NOT_LIVE_FROM
from app.domain.wording import day_long
from app.governor import GovernorUnavailable
from app.ledgers import LEDGERS
from app.ledgers.errors import Disconnected, LedgerError, NotAuthorised, Throttled, TryAgain
from app.ledgers.interface import LedgerKind, LiveList
from app.models import Connection
from app.queries import connections
from app.queries.api_invoices import moment
from app.usecases.company.line import NotConnected
from app.usecases.company.read_live import Paused, QuotaNearEnd, read_company_live, read_list

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_live", __name__, description="What a ledger holds now")

Json = dict[str, Any]
T = TypeVar("T")
# When nobody can say how long it takes, seconds.
_LATER = 10.0


def _turned_down(view: Callable[..., Any]) -> Callable[..., Any]:
    """Describe how a live read may be turned down."""
    for status, when in (
        (503, "The ledger is busy, asked us to wait, or does not answer; Retry-After says when"),
        (429, "The rest of the month's reads is kept for pushes and payments; see Retry-After"),
        (409, "The connection is paused or disconnected, or the ledger refuses"),
        (404, "No such connection"),
    ):
        view = blueprint.alt_response(status, schema=ErrorAnswer, description=when)(view)
    return view


def _list(path: str, answer: type[Schema]) -> Callable[[Callable[..., Json]], Any]:
    """Describe one of the lists: its address, what may be asked of it, its answers."""

    def described(view: Callable[..., Json]) -> Any:
        view = blueprint.response(200, answer)(_turned_down(view))
        view = blueprint.arguments(LiveListing, location="query")(view)
        return blueprint.route(f"/connections/<int:connection_id>/{path}", methods=["GET"])(view)

    return described


@blueprint.route("/connections/<int:connection_id>/company", methods=["GET"])
@blueprint.response(200, LiveCompanyAnswer)
@_turned_down
def company(connection_id: int) -> Json:
    """Read the company and what of its preferences decides what may be pushed."""
    now = clock.now()
    connection = _connection(connection_id)
    head = _head(connection, now)
    found = _asked(connection, lambda: read_company_live(connection_id, now))
    return head | company_row(found)


@_list("customers", LiveCustomersAnswer)
def customers(listing: Json, connection_id: int) -> Json:
    """Read customers by name, inactive ones too."""
    return _rows(connection_id, LiveList.CUSTOMERS, listing)


@_list("invoices", LiveInvoicesAnswer)
def invoices(listing: Json, connection_id: int) -> Json:
    """Read invoices, newest first, those that are not billing's too."""
    return _rows(connection_id, LiveList.INVOICES, listing)


@_list("items", LiveItemsAnswer)
def items(listing: Json, connection_id: int) -> Json:
    """Read items by name, inactive ones too."""
    return _rows(connection_id, LiveList.ITEMS, listing)


@_list("accounts", LiveAccountsAnswer)
def accounts(listing: Json, connection_id: int) -> Json:
    """Read accounts by name, of every type, inactive ones too."""
    return _rows(connection_id, LiveList.ACCOUNTS, listing)


@_list("tax-codes", LiveTaxCodesAnswer)
def tax_codes(listing: Json, connection_id: int) -> Json:
    """Read tax codes by name with their rates, inactive ones too."""
    return _rows(connection_id, LiveList.TAX_CODES, listing)


def _rows(connection_id: int, what: LiveList, listing: Json) -> Json:
    now, most = clock.now(), listing["max_results"]
    connection = _connection(connection_id)
    head, home = _head(connection, now), connection.home_currency
    found = _asked(connection, lambda: read_list(connection_id, what, most, now))
    rows = [ROWS[what](one, home, now.date()) for one in found]
    return head | {"complete": len(rows) < most, "data": rows}


def _connection(connection_id: int) -> Connection:
    found = connections.connection_of(connection_id)
    return found or turn_down(404, "There is no such connection.")


def _head(connection: Connection, now: datetime) -> Json:
    return {
        "connection": str(connection.id),
        "ledger": connection.provider,
        "read_at": moment(now),
    }


def _asked(connection: Connection, read: Callable[[], T]) -> T:
    """Read, or say in a sentence why not, and when it is worth asking again."""
    kind, company_name = LEDGERS[connection.provider], connection.company_name
    try:
        return read()
    except Paused:
        turn_down(409, f"{company_name} is paused here. Resume it on the connection’s page first.")
    except QuotaNearEnd as error:
        turn_down(429, _used_up(kind, error.until), (error.until - clock.now()).total_seconds())
    except (NotConnected, Disconnected, NotAuthorised):
        turn_down(409, f"{company_name} is disconnected from {kind.provider.name}. Reconnect it.")
    except GovernorUnavailable:
        turn_down(503, "Redis does not answer. Ask again in a minute.", _LATER)
    except Throttled as error:
        wait = _LATER if error.retry_after is None else error.retry_after
        turn_down(503, f"{error.message} Ask again later.", wait)
    except LedgerError as error:
        _refused(error, kind)


def _used_up(kind: LedgerKind, until: datetime) -> str:
    return (
        f"{NOT_LIVE_FROM}% of this month’s {kind.provider.name} reads are used. The rest is kept"
        f" for pushes and payments. Ask again from {day_long(until.date())} on."
    )


def _refused(error: LedgerError, kind: LedgerKind) -> NoReturn:
    if isinstance(error, TryAgain):
        name = kind.provider.name
        turn_down(503, f"{name} did not answer in time. Ask again, or for fewer rows.", _LATER)
    said = kind.explain(error)
    turn_down(409, f"{said.happened} {said.do}")
