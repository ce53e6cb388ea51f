"""Month-end realities, each with the exact body QuickBooks is sent, or the exact refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import Sent, load, paths, work_out
from tests.published_fields import published_types, unknown

CASES = paths()
ENTITY = {"invoice": "Invoice", "credit_note": "CreditMemo"}

every_case = pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)


@every_case
def test_billings_event_becomes_exactly_this(path: Path) -> None:
    case, came = load(path), work_out(load(path))

    if isinstance(came, Sent):
        assert (came.body, came.note) == (case.body, case.note), case.why
    else:
        assert {"by": came.by, "says": came.says} == case.refused, case.why


@every_case
def test_every_field_of_it_is_published(path: Path) -> None:
    case = load(path)
    body: Any = json.loads(case.body or b"{}")

    assert list(unknown(body, ENTITY[case.kind], published_types())) == []


def test_there_are_enough_of_them_and_each_says_why_it_is_there() -> None:
    cases = [load(path) for path in CASES]

    assert len(cases) >= 40
    assert len({case.why for case in cases}) == len(cases)
