"""Read JSON without the guesses of the usual reader."""

from __future__ import annotations

import json
from typing import Any


class NotJson(Exception):
    """Raised with a sentence saying what is wrong with the bytes."""


def read_json(raw: bytes) -> Any:
    """Parse a UTF-8 body; NaN, Infinity and a key given twice are refused. Raises NotJson."""
    try:
        return json.loads(
            raw.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_without_repeats
        )
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None
    except RecursionError:
        raise NotJson("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"The body is not JSON: {error.msg} ({where}).") from None
    except ValueError:  # an integer of thousands of digits
        raise NotJson("The body holds a number nobody can read.") from None


def _refuse(word: str) -> Any:
    raise NotJson(f"{word} is not a number of JSON.")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"The key {twice[:50]!r} is there twice in one object.")
    return found
