"""Say how pushing stands: one line a company, one heading for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.domain.forecast import said_of
from app.domain.states import ConnectionState
from app.domain.wording import done_words, format_sums, plural
from app.queries.sync_state import left_out
from app.web.presentation import now, today, zone
from app.web.sync_figures import Call, State

NOBODY_CAN_SAY = "Nobody can say when it is done."


class Verdict(NamedTuple):
    """What a person reads first: icon, tone, what is so, what that means."""

    icon: str
    tone: str
    title: str
    text: str


def verdict(state: State) -> Verdict:
    """Return the line about one company."""
    if state.connection.state == ConnectionState.PAUSED:
        why = state.connection.state_reason or ""
        text = f"{why} {_until_somebody(state, 'resumes')}".strip()
        return Verdict("player-pause", "wait", "Pushing is paused.", text)
    if state.connection.state == ConnectionState.ACTIVE and not state.connection.live:
        text = _until_somebody(state, "switches it on")
        return Verdict("player-pause", "wait", "Pushing is not switched on yet.", text)
    if state.connection.state != ConnectionState.ACTIVE:
        text = _until_somebody(state, "reconnects")
        return Verdict("plug-connected-x", "bad", f"{state.ledger} is disconnected.", text)
    if state.allowance is None:
        return Verdict("alert-triangle", "wait", "Redis does not answer.", _without_redis(state))
    if not state.backlog.waiting.count:
        return Verdict("circle-check", "ok", "Nothing waits to be sent.", _finished(state))
    return _moving(state)


def _moving(state: State) -> Verdict:
    done, going = done_sentence(state.done_at), _on_the_way(state)
    if state.pause is None:
        lately = state.lately.count
        pace = f" {plural(lately, 'document')} in the last minute." if lately else ""
        return Verdict("loader-2", "busy", done, f"{going}{pace}")
    until = f"Paused until {state.pause.until.astimezone(zone()):%H:%M:%S}."
    text = f"{state.pause.reason} {going} Nothing to do.".strip()
    return Verdict("player-pause", "busy", f"{until} {done}", text)


def done_sentence(done: datetime | None) -> str:
    """Return when a run is done, where the workspace is."""
    if done is None:
        return NOBODY_CAN_SAY
    said = said_of(done, now())
    return done_words(said.astimezone(zone()) if said else None, today())


def _until_somebody(state: State, acts: str) -> str:
    if not state.backlog.waiting.count:
        return "Nothing waits."
    return f"{_waits(state)} here and {_go(state)} as soon as somebody {acts}. {NOBODY_CAN_SAY}"


def _without_redis(state: State) -> str:
    safe = "Nothing is sent and nothing is lost."
    if not state.backlog.waiting.count:
        return f"{safe} What billing finalises meanwhile goes by itself once it answers."
    return f"{safe} {_waits(state)} in the database and {_go(state)} as soon as it answers."


def _finished(state: State) -> str:
    stopped = state.backlog.stopped.count + state.backlog.dead.count
    if stopped:
        return f"{plural(stopped, 'document needs', 'documents need')} a person."
    apart = " or left out on purpose" if left_out(state.connection.id) else ""
    return f"Everything finalised is in {state.ledger}{apart}."


def _waits(state: State) -> str:
    return plural(state.backlog.waiting.count, "document waits", "documents wait")


def _go(state: State) -> str:
    return "goes" if state.backlog.waiting.count == 1 else "go"


def _on_the_way(state: State) -> str:
    sums, count = state.backlog.on_its_way, state.backlog.waiting.count
    worth = f" worth {format_sums(sums, state.connection.home_currency)}" if sums else ""
    return f"{plural(count, 'document')}{worth} {'is' if count == 1 else 'are'} on the way."


def call_words(call: Call, several: bool) -> str:
    """Say what is under way and for how long; several: each line names what it is."""
    took = plural(max(int((now() - call.since).total_seconds()), 0), "second")
    if several:
        return f"{call.name}, {took}"
    return f"{'Pushing' if call.pushes else 'Asking'} for {took}"


# ------------------------------------------------------------------ all companies together


class Heading(NamedTuple):
    """The page's heading and the sentence beneath it."""

    title: str
    lede: str


def heading(states: Sequence[State], currency: str) -> Heading:
    """Return the verdict over all companies of the workspace."""
    if not states:
        return Heading("No ledger is connected", "Connect one, and what waits goes by itself.")
    count = sum(state.backlog.waiting.count for state in states)
    away = any(state.allowance is None for state in states)
    if away:
        waits = (
            f" {plural(count, 'document waits', 'documents wait')} in the database."
            if count
            else ""
        )
        return Heading("Nothing is sent: Redis does not answer", f"Nothing is lost.{waits}")
    if not count:
        return Heading(
            "Nothing waits to be sent", "What billing finalises goes to its ledger within seconds."
        )
    return Heading(_title(states, count, currency), _lede(states, count))


def _title(states: Sequence[State], count: int, currency: str) -> str:
    sums: dict[str, Decimal] = {}
    for state in states:
        for code, amount in state.backlog.on_its_way.items():
            sums[code] = sums.get(code, Decimal(0)) + amount
    what = format_sums(sums, currency) if sums else plural(count, "document")
    several = len(sums) > 1 or (not sums and count > 1)
    if any(state.moves and state.backlog.waiting.count for state in states):
        return f"{what} {'are' if several else 'is'} on the way"
    return f"{what} {'wait' if several else 'waits'} for somebody to act"


def _lede(states: Sequence[State], count: int) -> str:
    waiting = [state.done_at for state in states if state.backlog.waiting.count]
    known = [each for each in waiting if each is not None]
    done = done_sentence(max(known) if len(known) == len(waiting) else None)
    return f"{plural(count, 'document')}. {done}"
