"""Clients that others wrote work against the simulator: python-quickbooks and intuit-oauth."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from simulator.client import CLIENT_ID, CLIENT_SECRET, NORTHGATE, SimulatorProcess

pytest.importorskip("quickbooks", reason="python-quickbooks is not installed")

from intuitlib.client import AuthClient
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.base import Ref
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine


@pytest.fixture
def auth(simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthClient]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback speaks plain http
    client = AuthClient(
        CLIENT_ID, CLIENT_SECRET, "http://127.0.0.1:8000/callback", simulator.discovery_url
    )
    client.refresh(refresh_token=simulator.issue_refresh_token(NORTHGATE))
    yield client
    client.close()


@pytest.fixture
def quickbooks(simulator: SimulatorProcess, auth: AuthClient) -> Iterator[QuickBooks]:
    client = QuickBooks(
        auth_client=auth, refresh_token=auth.refresh_token, company_id=NORTHGATE, minorversion=75
    )
    client.api_url_v3 = f"{simulator.url}/v3"
    yield client
    client.session.close()


def reference(value: str) -> Ref:
    made = Ref()
    made.value = value
    return made


def new_invoice(number: str) -> Invoice:
    line = SalesItemLine()
    line.Amount = 100
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = reference("7")
    line.SalesItemLineDetail.TaxCodeRef = reference("6")
    invoice = Invoice()
    invoice.CustomerRef = reference("58")
    invoice.DocNumber = number
    invoice.Line.append(line)
    return invoice


def test_intuit_oauth_refreshes_and_revokes(auth: AuthClient) -> None:
    assert (auth.expires_in, auth.x_refresh_token_expires_in) == (3600, 8_640_000)
    assert auth.revoke(token=auth.refresh_token) is True
    with pytest.raises(AuthClientError) as refused:
        auth.refresh()
    assert refused.value.status_code == 400
    assert b"invalid_grant" in refused.value.content
    assert refused.value.intuit_tid


def test_python_quickbooks_saves_reads_and_voids_an_invoice(quickbooks: QuickBooks) -> None:
    invoice = new_invoice("INV-1").save(qb=quickbooks, request_id="push-1")
    assert (invoice.Id, invoice.TotalAmt) == ("301", 120.0)
    assert Invoice.get("301", qb=quickbooks).DocNumber == "INV-1"
    assert [x.Id for x in Invoice.filter(DocNumber="INV-1", qb=quickbooks)] == ["301"]
    invoice.void(qb=quickbooks)
    assert Invoice.get("301", qb=quickbooks).PrivateNote == "Voided"


def test_python_quickbooks_pays_and_hears_of_the_change(
    quickbooks: QuickBooks, simulator: SimulatorProcess
) -> None:
    invoice = new_invoice("INV-1")
    invoice.save(qb=quickbooks)
    line = PaymentLine()
    line.Amount = 50
    line.LinkedTxn.append(invoice.to_linked_txn())
    payment = Payment()
    payment.CustomerRef = reference("58")
    payment.TotalAmt = 50
    payment.Line.append(line)
    payment.save(qb=quickbooks)
    now = str(simulator.call("GET", "/clock")["now"])[:10]
    changed: Any = change_data_capture([Invoice, Payment], f"{now}T00:00:00Z", qb=quickbooks)
    assert [(x.Id, x.Balance) for x in changed.Invoice] == [("301", 70.0)]
    assert changed.Payment[0].UnappliedAmt == 0


def test_python_quickbooks_lists_and_batches(quickbooks: QuickBooks) -> None:
    assert len(Item.all(qb=quickbooks, order_by="Name")) == 13
    customers = []
    for number in range(3):
        customer = Customer()
        customer.DisplayName = f"Tenant {number}"
        customers.append(customer)
    customers[2].DisplayName = "Tamar Joinery Ltd"
    result = batch_create(customers, qb=quickbooks)
    assert (len(result.successes), len(result.faults)) == (2, 1)


def test_python_quickbooks_sees_a_fault_as_its_own_error(quickbooks: QuickBooks) -> None:
    new_invoice("INV-1").save(qb=quickbooks)
    with pytest.raises(QuickbooksException) as refused:
        new_invoice("INV-1").save(qb=quickbooks)
    assert refused.value.error_code == 6140


def test_decimals_sent_as_text_are_taken(quickbooks: QuickBooks) -> None:
    quickbooks.use_decimal = True
    invoice = new_invoice("INV-2")
    invoice.Line[0].Amount = Decimal("12.34")
    assert invoice.save(qb=quickbooks).TotalAmt == Decimal("14.81")
