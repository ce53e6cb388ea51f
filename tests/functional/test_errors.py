"""What a request hears when something it needs is away, or what it names cannot exist."""

import pytest
import redis
from sqlalchemy.exc import DataError, OperationalError

AWAY = [
    (redis.ConnectionError("refused"), "Redis does not answer."),
    (OperationalError("SELECT 1", {}, Exception("secret")), "The database does not answer."),
]


@pytest.mark.parametrize(("error", "sentence"), AWAY)
def test_a_service_that_is_away_is_a_503_with_a_sentence(app, error, sentence):
    with app.test_request_context("/api/v1/events"):
        answer = app.make_response(app.handle_user_exception(error))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.json["message"].startswith(sentence)
    assert "secret" not in answer.get_data(as_text=True)


def test_what_no_column_can_hold_is_refused_and_not_an_error_of_ours(app):
    with app.test_request_context("/api/v1/invoices?customer=1"):
        answer = app.make_response(app.handle_user_exception(DataError("", {}, Exception())))
    assert answer.status_code == 400
