"""What every ledger must do with credit notes and their use."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.domain.crediting import ApplicationPlan
from app.domain.push_plan import VoidPlan
from app.domain.states import DocumentKind, Operation
from app.ledgers.errors import Gone, Refused, Stale
from app.ledgers.interface import Outcome, Written
from tests.contract.books import Books, booked

CREDIT, USE = DocumentKind.CREDIT_NOTE, DocumentKind.CREDIT_APPLICATION


def credited(books: Books, customer: str, net: str = "100.00", number: str = "CN-0007") -> Written:
    plan = books.plan(customer, net, number=number, external_id="cn_7", marker="Ledgerbridge cn_7")
    return booked(books.write(plan, kind=CREDIT))


def used(
    books: Books, customer: str, credit: Written, invoice: Written, amount: str = "120.00"
) -> Outcome:
    plan = ApplicationPlan(
        credit_ledger_id=credit.ledger_id,
        invoice_ledger_id=invoice.ledger_id,
        customer_ledger_id=customer,
        amount=Decimal(amount),
        currency="GBP",
        made_on=date(2026, 11, 20),
        marker="Ledgerbridge cn_7/1/1",
    )
    return books.write(plan, kind=USE)


def present(books: Books, kind: DocumentKind, ledger_id: str) -> Written:
    found = books.ledger.read(kind, ledger_id)
    assert found is not None
    return found


def test_a_credit_note_is_booked_to_the_penny_and_found_by_its_number(books: Books) -> None:
    written = credited(books, books.customer())
    assert (written.total, written.tax_total, written.balance) == (120, 20, 120)
    [found] = books.ledger.look_for(CREDIT, "CN-0007")
    assert (found.ledger_id, found.marker) == (written.ledger_id, "Ledgerbridge cn_7")


def test_its_use_lowers_both_and_is_read_back_with_its_mark(books: Books) -> None:
    customer = books.customer()
    credit, invoice = credited(books, customer), books.invoice(customer)
    written = booked(used(books, customer, credit, invoice))
    assert written.total is None
    assert present(books, CREDIT, credit.ledger_id).balance == 0
    assert present(books, DocumentKind.INVOICE, invoice.ledger_id).balance == 420
    [there] = books.ledger.applications(customer)
    assert (there.ledger_id, there.marker) == (written.ledger_id, "Ledgerbridge cn_7/1/1")
    assert there.credits == {credit.ledger_id: 120}
    assert there.invoices == {invoice.ledger_id: 120}


def test_money_without_a_credit_is_no_use_of_one(books: Books) -> None:
    customer = books.customer()
    invoice = books.invoice(customer)
    books.bookkeeper.record_payment(books.company_id, customer, [(invoice.ledger_id, "100.00")])
    assert list(books.ledger.applications(customer)) == []


def test_more_than_the_invoice_owes_is_refused(books: Books) -> None:
    customer = books.customer()
    credit, invoice = credited(books, customer, "900.00"), books.invoice(customer)
    assert isinstance(used(books, customer, credit, invoice, "540.01").error, Refused)


def test_a_credit_that_is_gone_is_said_to_be_gone(books: Books) -> None:
    customer = books.customer()
    credit, invoice = credited(books, customer), books.invoice(customer)
    booked(books.write(VoidPlan(credit.ledger_id, credit.version), kind=CREDIT,
                       operation=Operation.VOID))  # fmt: skip
    assert books.ledger.read(CREDIT, credit.ledger_id) is None
    assert isinstance(used(books, customer, credit, invoice).error, Gone | Refused)


def test_a_use_taken_back_gives_both_their_balance_again(books: Books) -> None:
    customer = books.customer()
    credit, invoice = credited(books, customer), books.invoice(customer)
    use = booked(used(books, customer, credit, invoice))
    gone = books.write(VoidPlan(use.ledger_id, use.version), kind=USE, operation=Operation.VOID)
    assert booked(gone).deleted
    assert present(books, CREDIT, credit.ledger_id).balance == 120
    assert present(books, DocumentKind.INVOICE, invoice.ledger_id).balance == 540


def test_a_use_moves_the_credit_notes_version(books: Books) -> None:
    customer = books.customer()
    credit, invoice = credited(books, customer), books.invoice(customer)
    booked(used(books, customer, credit, invoice))
    void = VoidPlan(credit.ledger_id, credit.version)
    error = books.write(void, kind=CREDIT, operation=Operation.VOID).error
    assert isinstance(error, Stale)
