"""Let everything go that waits for review of one day: seen first, then released as it was seen."""

from __future__ import annotations

from datetime import datetime

from app.domain.states import DocumentKind
from app.domain.wording import plural
from app.queries.held import Batch, ids_of
from app.usecases.push.actions import push_now
from app.usecases.push.tell import KIND_WORDS


class HeldChanged(Exception):
    """Raised with a sentence when not what was seen would be released."""


def release_held(
    batch: Batch, expected: int, actor: str, user_id: int | None, now: datetime
) -> int:
    """Push every document of a batch that waits for review; returns how many; commits.

    expected: how many a person was shown. Raises HeldChanged.
    """
    ids = ids_of(batch)
    if len(ids) != expected:
        raise HeldChanged(
            f"Meanwhile {_wait(batch, len(ids))}, not {expected}."
            " Nothing was pushed. Look again, then confirm."
        )
    return push_now(ids, actor, user_id, now)


def _wait(batch: Batch, count: int) -> str:
    what = KIND_WORDS[DocumentKind(batch.kind)]
    return plural(count, f"{what} waits", f"{what}s wait")
