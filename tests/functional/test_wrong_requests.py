"""A request to REST with something wrong in it is told so by field, in our words."""

import pytest

from app.extensions import db
from app.usecases.accounts import create_api_key
from tests.builders import a_workspace

HELD = {"connection": 1, "day": "2026-11-20", "recurring": True, "expected": 4}


@pytest.fixture
def key(app):
    with app.app_context():
        workspace = a_workspace()
        db.session.commit()
        return {"Authorization": f"Bearer {create_api_key(workspace.id, 'Meridian')}"}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({**HELD, "expected": None}, {"expected": "This may not be null."}),
        ({**HELD, "day": "Friday"}, {"day": "This must be a day such as 2026-11-20."}),
        ({**HELD, "recurring": "now and then"}, {"recurring": "This must be true or false."}),
        ({**HELD, "expected": "four"}, {"expected": "This must be a whole number."}),
        ({**HELD, "sum": "9.00"}, {"sum": "There is no such field here."}),
        ([HELD], {"body": "This must be an object."}),
    ],
)
def test_each_field_of_a_held_run_is_named(client, key, body, errors):
    answer = client.post("/api/v1/held/push", headers=key, json=body)
    assert (answer.status_code, answer.json["errors"]) == (422, errors)


def test_the_message_names_the_only_wrong_field_and_counts_several(client, key):
    answer = client.post("/api/v1/held/push", headers=key, json=HELD | {"day": None})
    assert answer.json["message"] == "day: This may not be null."
    answer = client.post("/api/v1/held/push", headers=key, json={})
    assert answer.json["message"] == "4 fields are wrong."
    assert set(answer.json["errors"]) == {"connection", "day", "recurring", "expected"}


def test_a_field_within_a_list_is_named_by_its_place(client, key):
    answer = client.post(
        "/api/v1/connections/1/item-creations", headers=key, json={"services": [{"name": "SOC"}]}
    )
    assert answer.json["errors"] == {"services.0.code": "This is missing."}
