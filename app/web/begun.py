"""A file that is sent while it is read: begun only once its first row could be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import TypeVar

T = TypeVar("T")


def begun(rows: Iterator[T]) -> Iterator[T]:
    """Read the first row now: a question that no column can answer is then told by a page.

    Once a file has begun there is no page any more, it could only break off.
    """
    return chain(list(islice(rows, 1)), rows)
