"""Do one thing to one company at a time, whichever worker does it.

PostgreSQL's advisory locks, held outside any transaction: they end by themselves when a worker is
killed, at once and without a time-out to wait for, and emptying Redis does not open them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection as DbConnection
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.extensions import db

# Distinguishes our locks from each other (first key of two).
_CLASSES = {
    "drain": 5101,
    "pull": 5102,
    "reconcile": 5103,
    "refresh": 5104,
    "mail": 5105,
    "read_lists": 5106,
    "refresh_token": 5107,
    "map": 5108,
    "judge_readiness": 5109,
    "meter": 5110,
    "alarm": 5111,
    "history": 5120,
    "undo": 5121,
    "attach": 5122,
    "give_back": 5124,
    "connect": 5125,
    "start_date": 5126,
    "hand_out": 5131,
    "deliver": 5132,
    "deliver_failing": 5133,
    "mirror": 5141,
    "push_all": 5151,
}


class Hold:
    """Whether the deed is ours alone; true while it is, as far as we know."""

    def __init__(self, line: DbConnection, held: bool) -> None:
        self._line = line
        self._held = held

    def __bool__(self) -> bool:
        return self._held

    def lost(self) -> bool:
        """Tell whether the line that holds the lock broke: another may hold it by now."""
        try:
            self._line.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self._held = False
        return not self._held


@contextmanager
def exclusively(deed: str, subject_id: int, wait_seconds: int = 0) -> Iterator[Hold]:
    """Yield something true while this process alone does the deed; false when another has it.

    wait_seconds: how long to wait for the other; 0 does not wait.
    """
    keys = {"deed": _CLASSES[deed], "subject": subject_id}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        held = _wait(line, keys, wait_seconds) if wait_seconds else _try(line, keys)
        try:
            yield Hold(line, held)
        finally:
            if held and not line.invalidated:
                line.execute(text("SELECT pg_advisory_unlock(:deed, :subject)"), keys)


def _try(line: DbConnection, keys: dict[str, int]) -> bool:
    return bool(line.execute(text("SELECT pg_try_advisory_lock(:deed, :subject)"), keys).scalar())


def _wait(line: DbConnection, keys: dict[str, int], seconds: int) -> bool:
    try:
        line.execute(text("SELECT set_config('lock_timeout', :t, false)"), {"t": f"{seconds}s"})
        line.execute(text("SELECT pg_advisory_lock(:deed, :subject)"), keys)
    except OperationalError:
        return False
    finally:
        line.execute(text("SELECT set_config('lock_timeout', '0', false)"))
    return True


def in_turn(deed: str, subject_id: int) -> None:
    """Let one transaction at a time do the deed: wait for the other's end, then hold until ours."""
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(:deed, :subject)"),
        {"deed": _CLASSES[deed], "subject": subject_id},
    )


def in_passing(deed: str, subject_id: int) -> None:
    """Let nobody do the deed in_turn until our transaction ends; others pass as well."""
    db.session.execute(
        text("SELECT pg_advisory_xact_lock_shared(:deed, :subject)"),
        {"deed": _CLASSES[deed], "subject": subject_id},
    )
