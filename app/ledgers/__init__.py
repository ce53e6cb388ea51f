"""The ledgers this product can talk to."""

from __future__ import annotations

from app.ledgers import quickbooks
from app.ledgers.interface import LedgerKind

LEDGERS: dict[str, LedgerKind] = {kind.provider.key: kind for kind in (quickbooks.KIND,)}
