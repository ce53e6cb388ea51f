"""An item that a person asked to be made in a ledger, and whether one found there is that one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

# Their clock and ours; a ledger keeps whole seconds.
_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ItemWish:
    """What is to be made, who asked for it, and since when it may be there without our knowing.

    sent_since: when an earlier creation of it left us that nobody ever heard of again.
    """

    name: str
    account_id: str
    account_name: str
    asked_by: str
    user_id: int | None = None
    sent_since: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the wish as it is stored."""
        since = self.sent_since.isoformat() if self.sent_since else None
        return asdict(self) | {"sent_since": since}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ItemWish:
        """Rebuild a wish from what as_json returned."""
        since = stored.get("sent_since")
        values = {**stored, "sent_since": datetime.fromisoformat(since) if since else None}
        return cls(**values)


def surely_ours(
    wish: ItemWish,
    sent_at: datetime | None,
    *,
    account_id: str | None,
    created_at: datetime | None,
    usable: bool,
) -> bool:
    """Tell whether an item of the wish's name is the one we sent and heard nothing of.

    sent_at: when this creation left us first. Only one that came into being after something of ours
    left, with the account we sent, is; any other somebody made, and a person decides.
    """
    sent = [at for at in (sent_at, wish.sent_since) if at is not None]
    if not sent or created_at is None or not usable:
        return False
    return account_id == wish.account_id and created_at >= min(sent) - _SKEW
