"""The invoice's PDF comes to the invoice in the ledger, once, and never stands in its way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, update

from app.billing.fetch_document import NotFetched
from app.domain.states import FileState, PushState
from app.extensions import db
from app.models import InvoiceDocument, Push, PushRun
from app.usecases.attach import attach, wake_wanted_documents
from app.usecases.documents import put_document, try_again
from app.usecases.manage_connection import disconnect
from simulator.client import NORTHGATE
from tests.connected import Connected, connect, now

pytestmark = pytest.mark.usefixtures("app_context")

PDF = b"%PDF-1.7\nINV-0001\n"


class Files:
    """Billing's files; status: what it answers instead, while that is set."""

    def __init__(self) -> None:
        self.content, self.status, self.asked = PDF, 200, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/INV-0001.pdf"


@pytest.fixture
def files() -> Iterator[Files]:
    made = Files()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def northgate(app_context: Any, simulator: Any) -> Connected:
    made = connect(simulator)
    made.map_all()
    return made


def bill(northgate: Connected, files: Files, number: str = "INV-0001", **document: Any) -> int:
    """Let billing finalise an invoice and say where its PDF is; book it."""
    invoice_id = northgate.bill(number, document={"url": files.url} | document)
    northgate.drain()
    assert northgate.states()[number] == "pushed"
    return invoice_id


def bring(northgate: Connected) -> None:
    """Fetch what is wanted, then push it, as the jobs do."""
    attach(northgate.connection_id, now())
    northgate.drain()


def there(northgate: Connected) -> list[tuple[str, str]]:
    """Return name and invoice of everything that is attached in the ledger."""
    found = northgate.simulator.books(NORTHGATE)["attachments"]
    return [(one["FileName"], one["AttachableRef"][0]["EntityRef"]["value"]) for one in found]


def document(name: str = "INV-0001.pdf") -> InvoiceDocument:
    return db.session.scalars(
        select(InvoiceDocument)
        .where(InvoiceDocument.name == name)
        .execution_options(populate_existing=True)
    ).one()


def upload() -> Push:
    return db.session.scalars(
        select(Push).where(Push.document_kind == "attachment").order_by(Push.id.desc())
    ).first()  # type: ignore[return-value]


def test_it_is_attached_once_the_invoice_is_booked(northgate, files):
    bill(northgate, files)
    bring(northgate)
    assert there(northgate) == [("INV-0001.pdf", northgate.booked("INV-0001")["Id"])]
    assert document().state == FileState.ATTACHED
    assert upload().body is None


def test_nothing_is_fetched_before_the_invoice_is_booked(northgate, files):
    northgate.bill("INV-0001", code="SOC", name="Managed SOC", document={"url": files.url})
    northgate.drain()
    bring(northgate)
    assert files.asked == 0
    assert document().state == FileState.WANTED


def test_an_upload_is_free_and_goes_after_the_invoices(northgate, files, simulator):
    bill(northgate, files)
    attach(northgate.connection_id, now())
    northgate.bill("INV-0002")
    simulator.reset_counters()
    northgate.drain()
    writes = [r["entity"] for r in simulator.requests(NORTHGATE) if r["operation"] != "query"]
    assert writes == ["Invoice", "Attachable"]
    assert simulator.counters(NORTHGATE)["metered"] == 0


def test_the_bytes_are_stored_before_they_leave(northgate, files):
    bill(northgate, files)
    attach(northgate.connection_id, now())
    assert PDF in upload().body
    assert upload().key


@pytest.mark.parametrize("kind", ["reset", "server_error", "truncated"])
def test_an_answer_that_never_came_leaves_one_file(northgate, files, simulator, kind):
    """Even where the ledger does not know an upload again by its key."""
    simulator.inject(kind, entity="Attachable", operation="upload", when="after")
    bill(northgate, files)
    bring(northgate)
    assert document().state == FileState.SENDING
    northgate.make_due()
    northgate.drain()
    assert len(there(northgate)) == 1
    assert document().state == FileState.ATTACHED


def test_an_upload_that_never_arrived_goes_again(northgate, files, simulator):
    simulator.inject("reset", entity="Attachable", operation="upload", when="before")
    bill(northgate, files)
    bring(northgate)
    northgate.make_due()
    northgate.drain()
    assert len(there(northgate)) == 1


def test_after_a_disconnect_half_way_it_is_looked_for(northgate, files, simulator):
    simulator.inject("reset", entity="Attachable", operation="upload", when="after")
    bill(northgate, files)
    bring(northgate)
    disconnect(northgate.connection_id, "Priya Nair", None, now())
    again = northgate.reconnect()
    again.drain()
    bring(again)
    assert len(there(again)) == 1
    assert document().state == FileState.ATTACHED


def test_billing_away_for_a_while_is_asked_again_later(northgate, files):
    files.status = 503
    bill(northgate, files)
    bring(northgate)
    assert document().state == FileState.WANTED
    assert document().problem["title"] == "Billing answered 503 when asked for the document."
    assert document().due_at > now() + timedelta(seconds=30)
    files.status = 200
    document().due_at = now()
    db.session.commit()
    bring(northgate)
    assert document().state == FileState.ATTACHED


def test_billing_away_for_good_is_for_a_person(northgate, files):
    files.status = 503
    bill(northgate, files)
    for _ in range(5):
        document().due_at = now()
        db.session.commit()
        bring(northgate)
    assert document().state == FileState.FAILED
    assert files.asked == 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"<html>Sign in</html>", "What was found is not a PDF document.")],
)
def test_what_is_no_pdf_touches_nothing_of_the_invoice(northgate, files, content, sentence):
    files.content = content
    bill(northgate, files)
    bring(northgate)
    assert document().problem["title"] == sentence
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.problem("INV-0001") == {}
    assert there(northgate) == []


def test_a_private_address_is_never_opened(northgate):
    northgate.bill("INV-0001", document={"url": "https://169.254.169.254/latest/meta-data"})
    northgate.drain()
    bring(northgate)
    assert document().state == FileState.FAILED
    assert "private network" in document().problem["title"]
    assert "169.254" not in str(document().problem)


def test_a_refusal_of_the_ledger_comes_with_a_200_and_is_told(northgate, files, simulator):
    fault = {"Error": [{"Message": "", "Detail": "File is bad", "code": "6041"}]}
    body = json.dumps({"AttachableResponse": [{"Fault": fault}]})
    simulator.inject("answer", entity="Attachable", operation="upload", status=200, body=body)
    bill(northgate, files)
    bring(northgate)
    assert document().state == FileState.FAILED
    assert document().problem["ledger_message"] == "File is bad"
    assert "in QuickBooks as it should be" in document().problem["means"]
    assert northgate.states() == {"INV-0001": "pushed"}


def test_a_person_may_try_again(northgate, files):
    files.status = 404
    bill(northgate, files)
    bring(northgate)
    assert document().state == FileState.FAILED
    files.status = 200
    assert try_again(document().id, "Priya Nair", None, now())
    bring(northgate)
    assert document().state == FileState.ATTACHED
    assert not try_again(document().id, "Priya Nair", None, now())


def test_a_new_revision_with_the_same_address_attaches_nothing_more(northgate, files):
    bill(northgate, files)
    bring(northgate)
    northgate.revise("INV-0001", net="460.00", document={"url": files.url})
    northgate.drain()
    bring(northgate)
    assert len(there(northgate)) == 1


def test_another_address_is_another_file_of_another_name(northgate, files):
    bill(northgate, files)
    bring(northgate)
    northgate.revise("INV-0001", net="460.00", document={"url": files.url + "?v=2"})
    northgate.drain()
    bring(northgate)
    assert [name for name, _ in there(northgate)] == ["INV-0001.pdf", "INV-0001 (2).pdf"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Invoice 1", "Invoice 1.pdf"), ("../../etc/passwd.PDF", "-..-etc-passwd.pdf"),
     ('a"b\\c.pdf', "a-b-c.pdf")],
)  # fmt: skip
def test_a_name_is_a_plain_file_name(northgate, files, given, kept):
    bill(northgate, files, name=given)
    bring(northgate)
    assert [name for name, _ in there(northgate)] == [kept]


def test_a_pdf_handed_over_is_attached_and_twice_is_once(northgate):
    invoice_id = northgate.bill("INV-0001")
    northgate.drain()
    first = put_document(invoice_id, PDF, None, "API key Billing", now())
    again = put_document(invoice_id, PDF, "other", "API key Billing", now())
    assert first.id == again.id
    bring(northgate)
    assert len(there(northgate)) == 1


def test_what_is_handed_over_must_be_a_pdf(northgate):
    invoice_id = northgate.bill("INV-0001")
    with pytest.raises(NotFetched, match="not a PDF"):
        put_document(invoice_id, b"PK\x03\x04", None, "API key Billing", now())


def test_a_void_or_deleted_invoice_gets_none(northgate, files):
    bill(northgate, files)
    northgate.void("INV-0001")
    northgate.drain()
    bring(northgate)
    assert files.asked == 0


def test_an_upload_alone_is_no_run(northgate, files):
    bill(northgate, files)
    db.session.execute(update(PushRun).values(finished_at=now()))
    db.session.commit()
    runs = len(db.session.scalars(select(PushRun.id)).all())
    bring(northgate)
    assert len(db.session.scalars(select(PushRun.id)).all()) == runs


def test_the_clock_wakes_only_companies_with_something_to_attach(northgate, files):
    assert wake_wanted_documents(now()) == 0
    bill(northgate, files)
    assert wake_wanted_documents(now()) == 1
    bring(northgate)
    assert wake_wanted_documents(now()) == 0


def test_a_worker_killed_between_fetching_and_sending_leaves_one_file(northgate, files):
    bill(northgate, files)
    attach(northgate.connection_id, now())
    upload().state, upload().claimed_by = PushState.PUSHING, "a dead worker"
    db.session.commit()
    northgate.drain()
    assert len(there(northgate)) == 1
