"""A document of an invoice by hook and REST, and on the page of its invoice."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.billing.fetch_document import MOST
from app.domain.states import FileState
from app.extensions import db
from app.models import InvoiceDocument, Workspace
from app.usecases.accounts import create_api_key
from app.usecases.documents import file_problem
from tests import billing
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

PDF = b"%PDF-1.7\nINV-2041\n"


@pytest.fixture
def invoice_id(app: Flask) -> int:
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        invoice = an_invoice(a_connection(workspace), number="INV-2041", external_id="inv_8812")
        db.session.commit()
        return invoice.id


@pytest.fixture
def headers(app: Flask, invoice_id: int) -> dict[str, str]:
    with app.app_context():
        workspace = db.session.scalars(select(Workspace)).one()
        return {"Authorization": f"Bearer {create_api_key(workspace.id, 'Billing')}"}


def put(client: FlaskClient, headers: dict[str, str], content: bytes, query: str = "") -> Any:
    address = f"/api/v1/invoices/inv_8812/document{query}"
    return client.put(address, data=content, headers=headers, content_type="application/pdf")


def failed(app: Flask, invoice_id: int) -> int:
    with app.app_context():
        document = InvoiceDocument(
            workspace_id=db.session.scalars(select(Workspace.id)).one(),
            invoice_id=invoice_id,
            name="INV-2041.pdf",
            url="https://billing.example/inv_8812.pdf?token=secret",
            due_at=db.func.now(),
            state=FileState.FAILED,
            problem=file_problem(
                "not_fetched", "What was found is not a PDF document.", "QuickBooks"
            ).as_json(),
        )
        db.session.add(document)
        db.session.commit()
        return document.id


def test_a_pdf_is_taken_and_shown(client, headers):
    answer = put(client, headers, PDF)
    assert answer.status_code == 202
    assert (answer.json["name"], answer.json["state"]) == ("INV-2041.pdf", "wanted")
    [listed] = client.get("/api/v1/invoices/inv_8812/document", headers=headers).json["data"]
    assert listed == answer.json


def test_ten_megabytes_are_taken_and_one_byte_more_is_not(client, headers):
    assert put(client, headers, PDF.ljust(MOST, b"0"), "?name=big").status_code == 202
    assert put(client, headers, PDF.ljust(MOST + 1, b"0")).status_code == 413


def test_what_is_no_pdf_is_refused_with_a_sentence(client, headers):
    answer = put(client, headers, b"PK\x03\x04")
    assert (answer.status_code, answer.json["message"]) == (
        422,
        "What was found is not a PDF document.",
    )


def test_an_invoice_nobody_knows(client, headers):
    address = "/api/v1/invoices/inv_9999/document"
    assert client.put(address, data=PDF, headers=headers).status_code == 404


def test_by_rest_what_failed_is_tried_again(client, app, headers, invoice_id):
    failed(app, invoice_id)
    address = "/api/v1/invoices/inv_8812/document/try-again"
    [document] = client.post(address, headers=headers).json["data"]
    assert (document["state"], document["problem"]) == ("wanted", None)


def test_the_timeline_says_why_it_is_not_there_and_offers_to_try_again(client, app, invoice_id):
    document_id = failed(app, invoice_id)
    priya = Visitor(client)
    page = text_of(priya.get(f"/invoices/{invoice_id}"))
    assert "“INV-2041.pdf” is not attached in QuickBooks" in page
    assert "What was found is not a PDF document. The invoice itself is in QuickBooks" in page
    assert "secret" not in priya.get(f"/invoices/{invoice_id}").text

    answer = priya.post(f"/invoices/{invoice_id}/documents/{document_id}/again")
    assert answer.status_code == 303
    page = text_of(priya.get(f"/invoices/{invoice_id}"))
    assert "“INV-2041.pdf” is tried again." in page
    assert "“INV-2041.pdf” is attached soon" in page


def test_a_document_of_another_invoice_is_not_there(client, app, invoice_id):
    document_id = failed(app, invoice_id)
    with app.app_context():
        workspace = db.session.scalars(select(Workspace)).one()
        other = an_invoice(a_connection(workspace, company_id="9130359"))
        db.session.commit()
        other_id = other.id
    answer = Visitor(client).post(f"/invoices/{other_id}/documents/{document_id}/again")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"name": "x.pdf"}, "data.document.url"),
        ({"url": "ftp://billing.example/x"}, "data.document.url"),
        ({"url": "https://billing.example/x", "name": "n" * 151}, "data.document.name"),
        ("x.pdf", "data.document"),
    ],
)
def test_a_document_that_cannot_be_read_is_named(client, headers, document, path):
    event = billing.finalised(document=document)
    answer = client.post("/api/v1/events", json=event, headers=headers)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [path]
