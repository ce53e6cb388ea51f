"""Plain words for every code: what happened, what it means, what to do."""

from __future__ import annotations

import pytest

from app.ledgers import errors
from app.ledgers.quickbooks.explanations import _BY_CODE, _BY_KIND, explain

# The codes of the error table in the design, and the common ones of QuickBooks' own.
EXPECTED_CODES = (
    "120 500 600 610 620 2010 2020 2040 2050 2210 2500 4001 5010 5020 6000 6070 6100 6140 6190 6200"
    " 6210 6240 6250 6270 6430 6470 6540 10000 invalid_grant invalid_client"
)
# Words a finance person should never meet (design: words).
NEVER = ("failed", "oops", "went wrong", "please", "sorry", "invalid ", "entity", "token", "QBO")


@pytest.mark.parametrize("code", EXPECTED_CODES.split())
def test_every_common_code_is_known(code: str) -> None:
    assert explain(errors.Refused("words", code=code)).known


@pytest.mark.parametrize("words", [*_BY_CODE.values(), *(words for _, words in _BY_KIND)])
def test_every_explanation_has_three_parts_in_plain_words(words: object) -> None:
    for part in (words.happened, words.means, words.do):  # type: ignore[attr-defined]
        assert part.endswith(".")
        assert not [word for word in NEVER if word.lower() in part.lower()]


def test_an_unknown_code_says_so_and_points_to_the_exact_words() -> None:
    words = explain(errors.Refused("something new", code="7777"))
    assert not words.known
    assert words.happened == ("QuickBooks refused this invoice with a reason we do not know yet.")


@pytest.mark.parametrize(
    ("error", "happened"),
    [
        (errors.Throttled(code="3001"), "asked us to wait"),
        (errors.Unsure(), "did not answer in time"),
        (errors.Unavailable(), "could not be reached"),
        (errors.PermissionDoubted(code="3200"), "renewed a moment before"),
        (errors.NotAuthorised(code="3200"), "stopped accepting our permission"),
        (errors.Disconnected(code="invalid_grant"), "stopped accepting our permission"),
        (errors.NotAuthorised(code="120"), "lost access"),
        (errors.Misconfigured(code="invalid_client"), "by the key we sent"),
        (errors.Misconfigured(), "refused our application"),
        (errors.Refused(code="6210"), "closed for the period"),
        (errors.NumberTaken(), "already has a document with this number"),
        (errors.Gone(), "inactive or deleted"),
    ],
)
def test_what_happened(error: errors.LedgerError, happened: str) -> None:
    assert happened in explain(error).happened


def test_whoever_may_have_booked_says_it_is_never_booked_twice() -> None:
    for error in (errors.Unsure(), errors.Unsure(code="10000"), errors.Unsure(code="600")):
        assert "never booked twice" in explain(error).means
