"""Look for an item in the ledger before making it twice, or after its name was refused."""

from __future__ import annotations

from app.ledgers.errors import NameTaken
from app.ledgers.interface import Ledger
from app.usecases.push.answer import Answer
from app.usecases.push.items import ours_among
from app.usecases.push.readied import Ready


def look_for_item(ledger: Ledger, ready: Ready) -> Answer | None:
    """Adopt the item of this name when it is surely ours; NameTaken, with what is there, if not."""
    there = ledger.look_for(ready.kind, ready.name)
    if not there or ready.wish is None:
        return None
    ours = ours_among(there, ready.wish, ready.first_sent_at)
    if ours is not None:
        return Answer(written=ours, adopted=True)
    entries = tuple(one.entry for one in there if one.entry is not None)
    taken = NameTaken(f"There is an item called {ready.name}, which was not made by us.")
    return Answer(error=taken, same_name=entries)
