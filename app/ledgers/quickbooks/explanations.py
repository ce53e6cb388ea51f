"""Plain words for what QuickBooks says no with: what happened, what it means, what to do, where.

Key on the code, then on what was being done and on QuickBooks' known phrases; its exact text
stands beside on the page.
"""

from __future__ import annotations

from app.domain.states import DocumentKind
from app.ledgers.errors import (
    Disconnected,
    Faltered,
    Gone,
    LedgerError,
    Misconfigured,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    PermissionDoubted,
    Stale,
    Throttled,
    Unavailable,
    Unsure,
)
from app.ledgers.interface import Deed, Explanation
from app.ledgers.quickbooks.codes import BY_CODE, said_of
from app.ledgers.quickbooks.phrases import means_after, said_by_deed, said_by_words
from app.ledgers.quickbooks.said import (
    CHECKED,
    GOES,
    INACTIVE,
    MISCONFIGURED,
    NAME_USED,
    NOTHING,
    NUMBER_USED,
    PERHAPS,
    RECONNECT,
    Said,
    by_itself,
)

# For what has no code, or one that says less than the kind of error.
_BY_KIND: tuple[tuple[type[LedgerError], Said], ...] = (
    (Throttled, by_itself("QuickBooks asked us to wait.", do=NOTHING)),
    (Unsure, by_itself("QuickBooks did not answer in time.", PERHAPS, CHECKED)),
    (
        PermissionDoubted,
        by_itself(
            "QuickBooks did not accept a permission it had renewed a moment before.",
            do="Nothing: we try again in a minute. If the permission is gone, you are told.",
        ),
    ),
    (
        Faltered,
        by_itself(
            "QuickBooks says that it could not carry it out.",
            do="Nothing: we try once more, and you are told if that comes to nothing too.",
        ),
    ),
    (Unavailable, by_itself("QuickBooks could not be reached.")),
    (NumberTaken, NUMBER_USED),
    (NameTaken, NAME_USED),
    (Stale, BY_CODE["5010"]),
    (Gone, INACTIVE),
    (NotAuthorised, RECONNECT),
    (Disconnected, RECONNECT),
    (Misconfigured, MISCONFIGURED),
)

# Raised by these kinds the code says less than the kind: 3001, 3200 and their like.
_KIND_SAYS_MORE = (Throttled, PermissionDoubted, Faltered)

_SPOKEN = {DocumentKind.CREDIT_NOTE: "credit note"}


def explain(error: LedgerError, deed: Deed | None = None) -> Explanation:
    """Return plain words for an error; known is False for a code nobody put into words yet."""
    said, known = said_of(error.code), not error.code or said_of(error.code) is not None
    if said is None or isinstance(error, _KIND_SAYS_MORE):
        said = next((words for kind, words in _BY_KIND if isinstance(error, kind)), None)
    else:
        said = said_by_words(error.code, error.message) or said_by_deed(error.code, deed) or said
    if said is None:
        return _unknown(deed)
    return _for(said, deed).explained(means_after(deed), known=known)


def _unknown(deed: Deed | None) -> Explanation:
    what = "invoice" if deed is None else _SPOKEN.get(deed.kind, str(deed.kind))
    said = Said(
        f"QuickBooks refused this {what} with a reason we do not know yet.",
        "Read the exact text below. Tell support if it does not say what to change.",
        where=None,
    )
    return said.explained(means_after(deed), known=False)


def _for(said: Said, deed: Deed | None) -> Said:
    """Promise nothing that does not happen: a customer corrected in billing moves no invoice."""
    if deed is None or deed.kind not in (DocumentKind.CUSTOMER, DocumentKind.ITEM):
        return said
    return Said(said.happened, said.do.replace(GOES, ", then try again."), said.means, said.where)
