"""A file that is sent while it is read: begun only once its first row could be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

T = TypeVar("T")
# Lines sent together: a line at a time would be a packet each.
_TOGETHER = 200


def begun(rows: Iterator[T]) -> Iterator[T]:
    """Read the first row now: a question that no column can answer is then told by a page.

    Once a file has begun there is no page any more, it could only break off.
    """
    return chain(list(islice(rows, 1)), rows)


def csv_file(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a file of cells that are escaped already, some lines at a time."""
    out = io.StringIO("\ufeff", newline="")  # Excel takes UTF-8 for Latin without the mark
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for number, line in enumerate(lines, 1):
        writer.writerow(line)
        if number % _TOGETHER == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
