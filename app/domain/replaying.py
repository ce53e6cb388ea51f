"""What replaying notices did, in words."""

from __future__ import annotations

from app.domain.wording import plural


def sentence(
    ledger: str, in_use: bool, *, bodies: int, notices: int, stored: int, merges: int, unread: int
) -> str:
    """Say what a replay did and what follows; in_use: neither paused nor broken."""
    left = (
        f" {plural(unread, 'delivery', 'deliveries')} held nothing that could be read."
        if unread
        else ""
    )
    if not notices:
        return f"No notice about this company was kept for this period.{left}"
    said = f"{plural(notices, 'notice')} of {plural(bodies, 'delivery', 'deliveries')} read again"
    parts = [f"{stored} not known before"] if stored else []
    parts += [f"{plural(merges, 'merged customer')} followed"] if merges else []
    what = f": {', '.join(parts)}" if parts else ", all known already"
    soon = "within seconds" if in_use else "once this connection is in use again"
    return f"{said}{what}. What changed in {ledger} is read {soon}.{left}"
