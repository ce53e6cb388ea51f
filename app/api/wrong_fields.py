"""Say what is wrong with a request field by field, in our words instead of the framework's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.wording import plural

# marshmallow's own sentences; those that a schema of ours writes are ours already.
_OURS = {
    "Missing data for required field.": "This is missing.",
    "Field may not be null.": "This may not be null.",
    "Invalid value.": "This value is not allowed.",
    "Not a valid integer.": "This must be a whole number.",
    "Not a valid boolean.": "This must be true or false.",
    "Not a valid date.": "This must be a day such as 2026-11-20.",
    "Not a valid datetime.": "This must be a moment such as 2026-11-20T09:30:00Z.",
    "Not a valid string.": "This must be a string.",
    "Not a valid list.": "This must be a list.",
    "Invalid type.": "This must be an object.",
    "Invalid input type.": "This must be an object.",
    "Unknown field.": "There is no such field here.",
}
# The body itself, where it is not even an object.
_SCHEMA = "_schema"


def sentences_of(messages: Mapping[str, Any]) -> dict[str, str]:
    """Return path → one sentence; a field of the body has no prefix, one of the query "query."."""
    return {path: _OURS.get(said, said) for path, said in _flat(messages, ())}


def message_of(sentences: Mapping[str, str]) -> str:
    """Return the one sentence for all of it; the only wrong field by its name."""
    if len(sentences) != 1:
        return f"{plural(len(sentences), 'field is', 'fields are')} wrong."
    [(path, sentence)] = sentences.items()
    return f"{path}: {sentence}"


def _flat(messages: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, more in messages.items():
            yield from _flat(more, path if name == _SCHEMA else (*path, str(name)))
        return
    first = messages[0] if isinstance(messages, Sequence) and messages else messages
    place = path[1:] if path[:1] == ("json",) else path
    yield ".".join(place) or "body", first if isinstance(first, str) else str(first)
