"""One document as billing and as a ledger have it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.compare import judge
from app.domain.drift import (
    Amounts,
    Cause,
    Figures,
    Kind,
    Ours,
    Pair,
    Scene,
    Theirs,
    Twin,
    accepted,
)
from app.domain.states import DocumentKind, InvoiceStatus, SyncState

CREDIT = DocumentKind.CREDIT_NOTE
KINDS = (DocumentKind.INVOICE, CREDIT)
SCENE = Scene("QuickBooks", ZoneInfo("Europe/London"))
CHANGED = datetime(2026, 11, 18, 11, 20, tzinfo=UTC)


def amounts(total="540.00", tax="90.00", owed="540.00"):
    return Amounts(1, Decimal(total), Decimal(tax), Decimal(owed))


OURS = Ours(
    invoice_id=12,
    number="INV-2041",
    customer="Oak & Ash Ltd",
    status=InvoiceStatus.OPEN,
    sync_state=SyncState.PUSHED,
    amounts=amounts(),
)
TWIN = Twin(12, "INV-2041", "Oak & Ash Ltd", Decimal("540.00"), "GBP")
THEIRS = Theirs(
    ledger_id="301",
    number="INV-2041",
    customer="Oak & Ash Ltd",
    amounts=amounts(),
    currency="GBP",
    issued_on=date(2026, 11, 18),
    changed_at=CHANGED,
)


def judged(ours=OURS, theirs=THEIRS):
    return judge(Pair("GBP", ours, theirs), SCENE)


def found(judgement):
    return [(f.kind, f.ours, f.theirs, f.amount, f.quiet) for f in judgement.findings]


def test_a_total_the_ledger_booked_so_is_nobodys_edit():
    there = replace(THEIRS, amounts=amounts("540.01", "90.01", "540.01"))
    [edited] = judged(theirs=there).findings
    assert edited.explanation.startswith("Changed in QuickBooks")
    [so] = judged(replace(OURS, booked_total=Decimal("540.01")), there).findings
    assert so.explanation == "QuickBooks booked it so, with other tax. Nobody changed it since."


MINUS_540 = Decimal("-540.00")


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"there": False}, (Kind.MISSING_THERE, "£540.00", "Not there", MINUS_540, None)),
        ({"deleted": True}, (Kind.DELETED_THERE, "£540.00", "Deleted", MINUS_540, None)),
        ({"voided": True}, (Kind.VOIDED_THERE, "£540.00", "Voided", MINUS_540, None)),
        (
            {"amounts": amounts("300.00", "50.00", "540.00")},
            (Kind.AMOUNT, "£540.00", "£300.00", Decimal("-240.00"), None),
        ),
        (
            {"amounts": amounts(tax="89.99")},
            (Kind.TAX, "£90.00", "£89.99", Decimal("-0.01"), None),
        ),
        (
            {"amounts": amounts(owed="0")},
            (Kind.BALANCE, "£540.00", "£0.00", Decimal("-540.00"), None),
        ),
        ({"number": "A-1"}, (Kind.NUMBER, "INV-2041", "A-1", Decimal(0), None)),
        (
            {"currency": "USD"},
            (Kind.AMOUNT, "£540.00", "USD\u00a0540.00", MINUS_540, None),
        ),
    ],
)
def test_every_difference_has_a_name_and_an_amount(changes, finding):
    assert found(judged(theirs=replace(THEIRS, **changes))) == [finding]


def test_an_edited_amount_is_one_difference_though_it_moves_what_is_owed_too():
    there = amounts("550.50", "90.00", "550.50")
    judgement = judged(theirs=replace(THEIRS, amounts=there))
    assert found(judgement) == [(Kind.AMOUNT, "£540.00", "£550.50", Decimal("10.50"), None)]
    assert (judgement.gap.total, judgement.gap.owed) == (Decimal("10.50"), Decimal("10.50"))


def test_a_payment_beside_an_edited_amount_is_named_by_what_was_paid():
    there = amounts("550.50", "90.00", "450.50")
    findings = found(judged(theirs=replace(THEIRS, amounts=there)))
    assert findings[1:] == [(Kind.BALANCE, "£540.00", "£450.50", Decimal("-100.00"), None)]


def test_the_sentence_says_when_in_the_workspaces_zone():
    [finding] = judged(theirs=replace(THEIRS, voided=True)).findings
    assert finding.explanation == (
        "Voided in QuickBooks on 18 Nov 2026, 11:20. Still open in billing."
    )
    assert finding.subject == "invoice:12"


def test_two_that_agree_are_no_difference():
    judgement = judged()
    assert judgement.findings == ()
    assert judgement.gap == Amounts(0, Decimal(0), Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (SyncState.WAITING, Cause.WAITING),
        (SyncState.BLOCKED, Cause.WAITING),
        (SyncState.HELD, Cause.WAITING),
        (SyncState.UNCONFIRMED, Cause.WAITING),
        (SyncState.FAILED, Cause.REFUSED),
        (SyncState.DEAD, Cause.REFUSED),
        (SyncState.NOT_SENT, Cause.NOT_SENT),
        (SyncState.UNLINKED, Cause.UNLINKED),
    ],
)
def test_what_never_reached_the_ledger_is_explained(state, cause):
    judgement = judged(replace(OURS, sync_state=state, linked=False), None)
    assert (judgement.findings, judgement.cause) == ((), cause)
    assert judgement.gap.total == MINUS_540


def test_what_says_it_is_in_the_ledger_and_has_no_link_is_missing():
    judgement = judged(replace(OURS, linked=False), None)
    assert [finding.kind for finding in judgement.findings] == [Kind.MISSING_THERE]


def test_a_payment_that_came_after_the_pull_is_on_its_way():
    judgement = judged(theirs=replace(THEIRS, amounts=amounts(owed="0"), fresh=True))
    assert (judgement.findings, judgement.cause) == ((), Cause.ON_ITS_WAY)


def test_void_on_both_sides_is_no_difference():
    void = replace(OURS, status=InvoiceStatus.VOID, sync_state=SyncState.VOIDED)
    assert judged(void, replace(THEIRS, voided=True)).findings == ()
    assert judged(void, replace(THEIRS, deleted=True)).findings == ()


def test_void_in_billing_and_live_in_the_ledger_is_one_unless_the_void_is_on_its_way():
    void = replace(OURS, status=InvoiceStatus.VOID)
    assert found(judged(void)) == [(Kind.AMOUNT, "Void", "£540.00", Decimal("540.00"), None)]
    waiting = judged(replace(void, sync_state=SyncState.WAITING))
    assert (waiting.findings, waiting.cause) == ((), Cause.WAITING)


@pytest.mark.parametrize(
    ("changes", "kind", "quiet"),
    [
        ({}, Kind.MISSING_HERE, Cause.BY_HAND),
        ({"twin": TWIN}, Kind.DUPLICATE_NUMBER, None),
        ({"twin": replace(TWIN, by_number=False)}, Kind.MISSING_HERE, None),
        ({"twin": replace(TWIN, left=True)}, Kind.MISSING_HERE, Cause.BY_HAND),
        ({"marked": True}, Kind.MISSING_HERE, None),
        ({"twin": replace(TWIN, booked_as="300")}, Kind.DUPLICATE_NUMBER, None),
        ({"twin": replace(TWIN, same=True)}, Kind.DUPLICATE_NUMBER, None),
        ({"twin": replace(TWIN, same=True, booked_as="300")}, Kind.DUPLICATE, None),
        (
            {"twin": replace(TWIN, same=True, booked_as="300"), "marked": True},
            Kind.DUPLICATE,
            None,
        ),
    ],
)
def test_what_only_the_ledger_has(changes, kind, quiet):
    judgement = judged(None, replace(THEIRS, **changes))
    assert found(judgement) == [(kind, "Not there", "£540.00", Decimal("540.00"), quiet)]
    assert judgement.findings[0].subject == "ledger:301"


def test_both_that_are_one_of_billings_are_named():
    twin = replace(TWIN, same=True, booked_as="300")
    [finding] = judged(None, replace(THEIRS, twin=twin)).findings
    assert finding.twin_id == 12
    assert finding.explanation == (
        "INV-2041 of Oak & Ash Ltd, £540.00, is in QuickBooks twice: billing’s invoice is the one"
        " with the ID 300; this one has the ID 301 and the same number, customer, total and date."
        " Void or delete it in QuickBooks."
    )


@pytest.mark.parametrize(
    ("here", "there", "kind", "words"),
    [
        (
            {},
            {"there": False},
            Kind.MISSING_THERE,
            "QuickBooks has no such credit note. Still open in billing.",
        ),
        (
            {"status": InvoiceStatus.PART_PAID},
            {"voided": True},
            Kind.VOIDED_THERE,
            "Voided in QuickBooks on 18 Nov 2026, 11:20. Still part used in billing.",
        ),
        (
            {},
            {"amounts": amounts(owed="0")},
            Kind.BALANCE,
            "Used in QuickBooks on 18 Nov 2026, 11:20, billing has not heard.",
        ),
        (
            {"amounts": amounts(owed="0")},
            {},
            Kind.BALANCE,
            "Taken off an invoice in QuickBooks on 18 Nov 2026, 11:20; billing has it on more.",
        ),
    ],
)
def test_a_credit_note_is_compared_like_an_invoice_in_its_own_words(here, there, kind, words):
    pair = Pair("GBP", replace(OURS, **here), replace(THEIRS, **there), CREDIT)
    [finding] = judge(pair, SCENE).findings
    assert (finding.kind, finding.subject) == (kind, "credit_note:12")
    assert (finding.document, finding.explanation) == (CREDIT, words)


def test_a_credit_note_of_the_ledgers_own_is_another_subject_than_an_invoice():
    subjects = {judge(Pair("GBP", None, THEIRS, kind), SCENE).findings[0].subject for kind in KINDS}
    assert subjects == {"ledger:301", "ledger_credit_note:301"}


def test_both_are_named_where_one_may_be_there_twice():
    [finding] = judged(None, replace(THEIRS, number="1042", twin=TWIN)).findings
    assert finding.number == "1042"
    assert "INV-2041 of Oak & Ash Ltd, £540.00" in finding.explanation


def test_an_accepted_difference_is_quiet_while_both_sides_say_the_same():
    judgement = judged(theirs=replace(THEIRS, number="A-1"))
    key = ("invoice:12", Kind.NUMBER)
    assert not accepted(judgement, {key: ("INV-2041", "A-1")}).loud
    assert accepted(judgement, {key: ("INV-2041", "A-2")}).loud


money = st.decimals("0", "9999.99", places=2)
any_amounts = st.builds(Amounts, st.just(1), money, money, money)
pairs = st.builds(
    Pair,
    st.just("GBP"),
    st.none()
    | st.builds(
        replace,
        st.just(OURS),
        amounts=any_amounts,
        status=st.sampled_from([s for s in InvoiceStatus if s != InvoiceStatus.DRAFT]),
        sync_state=st.sampled_from(SyncState),
        linked=st.booleans(),
    ),
    st.none()
    | st.builds(
        replace,
        st.just(THEIRS),
        amounts=any_amounts,
        currency=st.sampled_from(["GBP", "USD", None]),
        there=st.booleans(),
        voided=st.booleans(),
        deleted=st.booleans(),
        fresh=st.booleans(),
        twin=st.sampled_from(
            [
                None,
                TWIN,
                replace(TWIN, by_number=False),
                replace(TWIN, same=True, booked_as="300"),
            ]
        ),
        marked=st.booleans(),
    ),
    st.sampled_from(KINDS),
)


@given(st.lists(pairs, max_size=20))
def test_the_difference_is_known_plus_to_resolve_whatever_the_books_hold(books):
    figures = Figures()
    for pair in books:
        figures.count(judge(pair, SCENE))
    assert figures.theirs - figures.ours == figures.known + figures.resolve


@given(pairs)
def test_no_gap_is_without_a_name(pair):
    judgement = judge(pair, SCENE)
    if judgement.gap != Amounts():
        assert judgement.findings or judgement.cause


def test_what_is_void_here_and_found_there_without_a_link_has_a_name():
    ours = replace(OURS, status=InvoiceStatus.VOID, sync_state=SyncState.VOIDED, linked=False)
    [finding] = found(judged(ours, THEIRS))
    assert finding[0] == Kind.AMOUNT


@pytest.mark.parametrize(
    ("state", "theirs"),
    [
        (SyncState.HELD, None),
        (SyncState.HELD, replace(THEIRS, deleted=True)),
        (SyncState.VOIDED, replace(THEIRS, voided=True)),
    ],
)
def test_what_a_person_took_back_is_known(state, theirs):
    ours = replace(OURS, sync_state=state, taken_back=True, linked=state == SyncState.VOIDED)
    judgement = judged(ours, theirs)
    assert (found(judgement), judgement.cause) == ([], Cause.TAKEN_BACK)


def test_what_somebody_voided_there_is_not_known():
    [finding] = found(
        judged(replace(OURS, sync_state=SyncState.VOIDED), replace(THEIRS, voided=True))
    )
    assert finding[0] == Kind.VOIDED_THERE
