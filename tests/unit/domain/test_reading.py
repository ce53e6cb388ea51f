"""What is read of a book, in which order, and what is not read twice."""

from datetime import UTC, date, datetime

from app.domain.reading import BookKind, Step, Task, catch_up_steps, history_steps, must_be_read

SINCE = datetime(2026, 10, 18, tzinfo=UTC)
OCTOBER, APRIL = date(2026, 10, 1), date(2026, 4, 1)
PAYMENT, INVOICE, CREDIT_NOTE = BookKind.PAYMENT, BookKind.INVOICE, BookKind.CREDIT_NOTE
REFUND = BookKind.REFUND
DATED = (PAYMENT, INVOICE, CREDIT_NOTE, REFUND)


def test_payments_are_read_and_looked_for_before_the_invoices_they_pay():
    steps = list(catch_up_steps({INVOICE, PAYMENT}, SINCE))
    assert [(step.kind, step.task) for step in steps] == [
        (PAYMENT, Task.READ),
        (PAYMENT, Task.CHECK),
        (INVOICE, Task.READ),
        (INVOICE, Task.CHECK),
    ]


def test_customers_are_never_deleted_so_nobody_looks_for_them():
    assert list(catch_up_steps({BookKind.CUSTOMER}, SINCE)) == [
        Step(BookKind.CUSTOMER, since=SINCE)
    ]


def test_nothing_of_ours_hangs_on_a_refund_so_nobody_looks_for_one():
    assert list(catch_up_steps({REFUND}, SINCE)) == [Step(REFUND, since=SINCE)]


def test_where_payments_are_not_known_invoices_are_read_along():
    assert must_be_read({PAYMENT}) == {PAYMENT, INVOICE}
    assert must_be_read({CREDIT_NOTE}) == {CREDIT_NOTE}
    assert must_be_read(set()) == set()


def test_a_first_history_has_all_customers_and_older_invoices_that_are_owed():
    steps = list(history_steps(OCTOBER, {}))
    assert steps[0] == Step(BookKind.CUSTOMER)
    assert steps[1:5] == [Step(kind, first=OCTOBER) for kind in DATED]
    assert steps[5:] == [Step(INVOICE, Task.OWED, before=OCTOBER)]


def test_an_earlier_date_adds_what_is_older_of_each_kind():
    begun = {PAYMENT: OCTOBER, INVOICE: APRIL, CREDIT_NOTE: OCTOBER, REFUND: APRIL}
    assert list(history_steps(APRIL, begun)) == [
        Step(PAYMENT, first=APRIL, before=OCTOBER),
        Step(CREDIT_NOTE, first=APRIL, before=OCTOBER),
    ]


def test_a_later_date_adds_nothing():
    assert list(history_steps(OCTOBER, dict.fromkeys(DATED, APRIL))) == []
