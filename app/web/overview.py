"""Overview: what needs a person, what it is worth, one button each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.states import ConnectionState
from app.domain.verdict import known
from app.domain.wording import day_long, day_short, format_money, format_sums, listed, plural
from app.models import Connection, Reconciliation
from app.queries import alarms, attention, overview
from app.queries import notices as ledger_notices
from app.queries.cause import Cause
from app.queries.given_up import Away, given_up
from app.queries.overview import Day
from app.queries.reconciliations import sums_now
from app.web.attention import Work, away_name, away_row, work
from app.web.guard import workspace, workspace_id
from app.web.pause import Pause, allowance, pause_of
from app.web.presentation import ledger_name, local_day, now, today, zone
from app.web.setup_steps import flow_for

AUTHENTICATION = "session"

blueprint = Blueprint("overview", __name__)


class Page:
    """What the overview shows; every part is read once, when the template comes to it."""

    def __init__(self) -> None:
        self.currency = workspace().currency
        self.midnight = overview.midnight(zone(), today())

    @cached_property
    def stopped(self) -> list[Cause]:
        """Return what keeps invoices out of the ledger."""
        return attention.not_in_ledger(self.currency)

    @cached_property
    def differing(self) -> list[Cause]:
        """Return what differs between the books."""
        return attention.differences(self.currency)

    @cached_property
    def away(self) -> list[Away]:
        """Return the companies that were disconnected, where no other is connected."""
        return [] if self.connections else given_up(workspace_id())

    @cached_property
    def work(self) -> list[Work]:
        """Return the rows of "Needs attention", dearest first; first what was disconnected."""
        causes = [
            *self.stopped,
            *self.differing,
            *attention.credit_notes(),
            *alarms.ringing(now()),
        ]
        found = [work(cause) for cause in attention.dearest_first(causes, self.currency)]
        return [away_row(each) for each in self.away] + found

    @cached_property
    def verdict(self) -> str:
        """Return the heading: the money that is not where it should be."""
        if self.away:
            names = listed([away_name(each.connection) for each in self.away])
            return f"{names} {'is' if len(self.away) == 1 else 'are'} disconnected"
        missing = attention.totals(self.stopped)
        differs = attention.totals(self.differing)
        if any(missing.values()):
            many = len([amount for amount in missing.values() if amount]) > 1
            verb = "are" if many else "is"
            return f"{self._shown(missing)} {verb} not in your ledger yet"
        if self.changes:
            verb = "is" if self.changes == 1 else "are"
            return f"{self._changes} {verb} not in your ledger yet"
        if any(differs.values()):
            return f"{self._shown(differs)} differs between billing and {self.ledgers}"
        if self.work:
            return f"{plural(len(self.work), 'thing needs', 'things need')} you"
        if self.today["queue"].count:
            return f"Nothing needs you. {self._shown(self.today['queue'].sums)} is on its way."
        return "All square. Nothing needs you." if self.square else "Nothing needs you."

    @cached_property
    def lede(self) -> str:
        """Return the sentence beneath the heading."""
        if self.away:
            return "Nothing is sent or read until somebody reconnects. Nothing is lost."
        missing, differs = attention.totals(self.stopped), attention.totals(self.differing)
        if any(missing.values()) or self.changes:
            said = []
            if any(missing.values()):
                new = [cause for cause in self.stopped if cause.count > cause.changes]
                count = sum(cause.count - cause.changes for cause in new)
                said = [f"{plural(count, 'invoice')}, {plural(len(new), 'cause')}."]
                if self.changes:
                    said.append(f"{self._changes} {'waits' if self.changes == 1 else 'wait'} too.")
            else:
                said = [f"What was changed is in {self.ledgers} as it was before."]
            if any(differs.values()):
                sums = self._shown(differs)
                said.append(f"Another {sums} differs between billing and {self.ledgers}.")
            return " ".join(said)
        if self.work:
            return self._all_is_there
        agree = "both ledgers agree" if len(self.connections) == 2 else "the books agree"
        if len(self.connections) > 2:
            agree = "all ledgers agree"
        if self.square and not self.today["queue"].count:
            if self.known:
                return f"{agree.capitalize()} with billing, apart from what is known: {self.known}."
            return f"Every finalised invoice is in the ledger and {agree} with billing."
        return f"{self._all_is_there} The books are compared daily."

    @property
    def _all_is_there(self) -> str:
        if self.opted_out.count:
            return "Every finalised invoice is in the ledger, on its way or left out on purpose."
        return "Every finalised invoice is in the ledger or on its way."

    @property
    def known(self) -> str:
        """Return what the newest checks found apart and explained, as a part of a sentence."""
        each = (known(sums_now(row), ledger_name(of.provider)) for of, row in self.checks)
        return listed([words for words in each if words])

    @property
    def changes(self) -> int:
        """Return how many invoices of the ledger wait to be changed there."""
        return sum(cause.changes for cause in self.stopped)

    @property
    def _changes(self) -> str:
        return plural(self.changes, "change of a booked invoice", "changes of booked invoices")

    def _shown(self, sums: dict[str, Decimal]) -> str:
        return format_sums({code: each for code, each in sums.items() if each}, self.currency)

    @cached_property
    def connections(self) -> list[Connection]:
        """Return the connections in use, or meant to be."""
        return overview.connections()

    @property
    def ledgers(self) -> str:
        """Return the ledger's name, where there is only one."""
        names = {ledger_name(connection.provider) for connection in self.connections}
        return names.pop() if len(names) == 1 else "the ledgers"

    def pause(self, connection: Connection) -> Pause | None:
        """Return the pause in force: the ledger asked, or a limit is used up."""
        return pause_of(connection, allowance(connection))

    @cached_property
    def notices(self) -> dict[int, ledger_notices.Notices]:
        """Return today's notices of each connection."""
        return ledger_notices.since(self.midnight, self.connections)

    @cached_property
    def checks(self) -> list[tuple[Connection, Reconciliation]]:
        """Return the newest reconciliation of each connection in use, else of those given up."""
        found = overview.latest_checks()
        shown = self.connections or [each.connection for each in self.away]
        return [(each, found[each.id]) for each in shown if each.id in found]

    def open_differences(self, connection: Connection) -> int:
        """Return how many differences of a connection are to be resolved."""
        compared = [each for each in self.differing if each.kind != "changed_there"]
        return sum(each.count for each in compared if each.connection_id == connection.id)

    def changed_since(self, connection: Connection) -> int:
        """Return how many invoices somebody changed in the ledger since the books were compared."""
        since = [each for each in self.differing if each.kind == "changed_there"]
        return sum(each.count for each in since if each.connection_id == connection.id)

    @property
    def square(self) -> bool:
        """Tell whether every connection was compared and found square."""
        verdicts = [check.verdict for _, check in self.checks]
        return len(verdicts) == len(self.connections) and set(verdicts) == {"square"}

    @cached_property
    def today(self) -> dict[str, Any]:
        """Return today's four figures."""
        return {
            "pushed": overview.pushed_since(self.midnight),
            "refused": overview.refused_since(self.midnight),
            "payments": overview.payments_since(self.midnight),
            "credits": overview.credits_since(self.midnight),
            "queue": overview.queue(),
        }

    @cached_property
    def opted_out(self) -> overview.Figure:
        """Return what somebody marked "Do not push"."""
        return overview.opted_out()

    @cached_property
    def days(self) -> list[Day]:
        """Return the last thirty days."""
        return overview.last_days(today(), self.currency)


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of the last thirty days: its finding in words, and what is drawn."""

    label: str
    data: dict[str, Any]


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the overview, or the first steps while nothing has come."""
    page, count = Page(), overview.invoice_count()
    live = [each for each in page.connections if each.live]
    if not count or not (live or page.away):
        newest = page.connections[-1] if page.connections else None
        flow = flow_for(live[0] if live else newest, workspace_id())
        return render_template("overview/first_run.html", flow=flow, count=count)
    if "HX-Request" in request.headers:
        return render_template("overview/fresh.html", page=page)
    return render_template("overview/show.html", page=page, chart=chart(page))


def chart(page: Page) -> Chart:
    """Return what the chart draws; figures are for drawing, sentences carry the exact amounts."""
    days, code = page.days, page.currency
    finding = _finding(days, code)
    top = max(days, key=lambda each: each.total)
    return Chart(
        f"Column chart: amounts invoiced per day over {len(days)} days. The largest is"
        f" {day_long(top.day)} with {format_money(top.total, code)}. {finding}",
        {
            "days": [day_short(each.day) for each in days],
            "ok": [_drawn(each.in_ledger) for each in days],
            "wait": [_drawn(each.stopped + each.on_its_way) for each in days],
            "text": [day_words(each, code) for each in days],
            "hint": f"{finding} Point at a day for its figures.",
            "symbol": format_money(0, code).rstrip("0.,"),
        },
    )


def _finding(days: Sequence[Day], code: str) -> str:
    late = [each.day for each in days if each.stopped or each.on_its_way]
    if not late:
        return "Everything is in the ledger."
    when = f"on {day_long(late[0])}"
    if len(late) > 1:
        when = f"between {day_short(late[0])} and {day_short(late[-1])}"
    on_its_way = sum((each.on_its_way for each in days), Decimal(0))
    waiting = sum((each.stopped for each in days), on_its_way)
    part = f", {format_money(on_its_way, code)} of it is on its way" if on_its_way else ""
    return f"{format_money(waiting, code)} invoiced {when} is not in the ledger yet{part}."


def day_words(day: Day, currency: str) -> str:
    """Say what became of one day's invoices."""
    total = f"{day_short(day.day)}: {format_money(day.total, currency)} invoiced"
    if day.stopped or day.on_its_way:
        waiting = format_money(day.stopped + day.on_its_way, currency)
        return f"{total}, {waiting} not in the ledger yet"
    return f"{total}, all in the ledger" if day.in_ledger else total


def _drawn(amount: Decimal) -> int:
    """Return an amount to draw: whole units are finer than a pixel."""
    return int(amount.to_integral_value())


@blueprint.app_template_global("check_sums")
def check_sums(check: Reconciliation) -> Sequence[Any]:
    """Return the figures of a reconciliation with what was decided since, a currency each."""
    return sums_now(check)


@blueprint.app_template_global("day_of")
def day_of(value: datetime | None) -> str:
    """Say on which day something was: today, or its date."""
    day = local_day(value)
    return "" if day is None else "today" if day == today() else f"on {day_long(day)}"


@blueprint.app_template_test("broken")
def is_broken(connection: Connection) -> bool:
    """Tell whether the permission is gone."""
    return connection.state == ConnectionState.BROKEN
