"""The golden invoices through the database: what is stored to be sent is the same to the byte."""

from datetime import timedelta

import pytest

from app.usecases.company.open_ledger import on_paper
from app.usecases.push.claim import claim
from app.usecases.push.judge import block_unready
from app.usecases.push.ready import store_bodies
from tests.golden.cases import NOW, companies, load, paths
from tests.golden.stored import bill, connect, push_of

pytestmark = pytest.mark.usefixtures("app_context")


def test_what_is_stored_to_be_sent_is_what_the_golden_files_say():
    cases = [load(path) for path in paths()]
    connections = {
        name: connect(company, number) for number, (name, company) in enumerate(companies().items())
    }
    billed = [(case, bill(case, connections[case.company.name])) for case in cases]
    for connection in connections.values():
        prepare(connection.id)

    wrong = [case.name for case, invoice in billed if came_of(invoice) != expected(case)]

    assert wrong == []


def prepare(connection_id):
    """Do what a drain does, up to where something would leave."""
    ids = claim(connection_id, "test", NOW + timedelta(days=400), 500)
    block_unready(ids, connection_id)
    store_bodies(ids, connection_id, on_paper("quickbooks", "sandbox", "1"))


def came_of(invoice):
    """Return body and note, or who refused and how."""
    if invoice is None:
        return "the door"
    push = push_of(invoice)
    return (push.problem or {}).get("title") or (push.body, push.note)


def expected(case):
    if case.refused is None:
        return case.body, case.note
    return "the door" if case.refused["by"] == "the door" else case.refused["says"]
