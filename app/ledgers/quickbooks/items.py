"""Create an item, and find one by its name.

QuickBooks: Item. A service needs a name of its own among all items and an income account; what tax
it bears is said on each line, so nothing is guessed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.push_plan import ItemPlan
from app.ledgers import exact_json
from app.ledgers.interface import Written
from app.ledgers.quickbooks import catalogue, queries, reader, text
from app.ledgers.quickbooks.client import Client

Document = Mapping[str, Any]


def item_body(plan: ItemPlan) -> bytes:
    """Return the body of a service item. Raises ValueError with a sentence."""
    name = text.item_name(plan.name)
    if not name:
        raise ValueError("An item needs a name that QuickBooks can keep.")
    if len(name) > text.ITEM_NAME:
        raise ValueError(
            f"The name has {len(name)} characters; QuickBooks keeps {text.ITEM_NAME}. Shorten it."
        )
    document: dict[str, Any] = {
        "Name": name,
        "Type": "Service",
        "IncomeAccountRef": {"value": plan.income_account_id},
    }
    return exact_json.dump(document)


def named(client: Client, name: str) -> Sequence[Document]:
    """Return the items of a name, inactive ones and categories too: one metered call."""
    condition = f"Name = {queries.literal(text.item_name(name))}"
    statement = queries.select("Item", condition, queries.ANY_ACTIVE)
    return reader.documents(client.ask("item look-up", statement), "Item")


def written_item(document: Document, *, request_id: str | None, status: int | None) -> Written:
    """Read an item as it was booked or found."""
    entry = catalogue.item_of(document)
    return Written(
        ledger_id=entry.ledger_id,
        version=str(document.get("SyncToken") or ""),
        request_id=request_id,
        status=status,
        name=entry.name,
        voided=not entry.active,
        created_at=reader.created_at(document),
        entry=entry,
    )
