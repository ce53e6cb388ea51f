"""What happened to an invoice lists what billing changed, not only that it was pushed."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice, Workspace
from tests.back import drained
from tests.builders import a_person
from tests.connected import connect
from tests.people import sign_in
from tests.visitor import text_of

pytestmark = pytest.mark.usefixtures("app_context")


def test_each_later_revision_is_listed_with_what_it_came_to(simulator, client):
    northgate = connect(simulator)
    northgate.map_all()
    northgate.bill("INV-0001")
    drained(northgate)
    northgate.revise("INV-0001", "250.00")
    drained(northgate)
    northgate.edit_in_billing("INV-0001", "100.00")  # not pushed yet
    northgate.void("INV-0001")
    a_person(db.session.get_one(Workspace, northgate.workspace_id))
    sign_in(client)

    shown = text_of(client.get(f"/invoices/{db.session.scalars(select(Invoice.id)).one()}"))

    happened = shown[shown.index("What happened") :]
    third = happened.index("Changed in billing: revision 3, £120.00")
    second = happened.index("Changed in billing: revision 2, £300.00")
    assert third < second < happened.index("Finalised in billing")
    assert happened.count("Changed in billing") == 2  # its void brought no other figures
