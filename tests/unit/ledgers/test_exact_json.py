"""JSON whose numbers stay what they were."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledgers import exact_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("100.00"), b"100.00"),
        (Decimal("1E+3"), b"1000"),
        (Decimal("0.0000001"), b"0.0000001"),
        (Decimal("123456789012345.12345"), b"123456789012345.12345"),
        ({"a": [1, True, None, "£"]}, b'{"a":[1,true,null,"\\u00a3"]}'),
        ('quote " and \\', b'"quote \\" and \\\\"'),
    ],
)
def test_a_value_is_written_exactly(value: Any, text: bytes) -> None:
    assert exact_json.dump(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5))
def test_a_decimal_comes_back_as_it_went(value: Decimal) -> None:
    assert exact_json.load(exact_json.dump(value)) == value


@pytest.mark.parametrize(
    "value", [0.1, [1.0], {"a": object()}, Decimal("NaN"), Decimal("Infinity")]
)
def test_what_has_no_exact_place_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        exact_json.dump(value)


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        exact_json.load("[NaN]")
