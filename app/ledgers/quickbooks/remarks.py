"""Collect, while a body is built, what of billing's words QuickBooks does not get whole."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.wording import listed, number
from app.ledgers.quickbooks import text

# Places named in one sentence: a timeline is no list of 750 lines.
_NAMED = 3


class Remarks:
    """Cuts texts to what fits and remembers where something was lost."""

    def __init__(self) -> None:
        self._cut: dict[int, list[str]] = {}
        self._dropped: list[str] = []
        self._said: list[str] = []

    def say(self, sentence: str) -> None:
        """Remember a sentence."""
        self._said.append(sentence)

    def many_lines(self, place: str, said: str | None, limit: int) -> str:
        """Return a text as QuickBooks keeps it; place: what people call where it stands."""
        kept = text.many_lines(said, limit)
        if len(text.many_lines(said, len(said or ""))) > limit:
            self._cut.setdefault(limit, []).append(place)
        if text.loses(said):
            self._dropped.append(place)
        return kept

    def sentences(self) -> Sequence[str]:
        """Return everything remembered, each once."""
        cut = [
            f"Cut to {number(limit)} characters: {_named(places)}."
            for limit, places in self._cut.items()
        ]
        dropped = (
            [f"Characters that QuickBooks cannot keep were left out of {_named(self._dropped)}."]
            if self._dropped
            else []
        )
        return list(dict.fromkeys([*self._said, *cut, *dropped]))


def _named(places: Sequence[str]) -> str:
    more = len(places) - _NAMED
    return listed([*places[:_NAMED], f"{number(more)} more"] if more > 0 else list(places))
