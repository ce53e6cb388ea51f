"""The opening: the main job, step by step. Each step looks first whether it is done already."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from demo import bookkeeper, books
from demo.billing import Billing
from demo.invoices import demo_invoices
from demo.memory import Memory
from demo.person import Page, Person
from demo.product import SLUG, Login, Product, Verdict
from demo.surroundings import DemoFailed, Surroundings
from demo.terminal import Terminal
from simulator.client import NORTHGATE, SimulatorClient

COUNT = 40
_LONGEST = 90.0  # seconds anything may take before the demo gives up


class Opening:
    """Shows how invoices go out and payments come back."""

    def __init__(
        self, place: Surroundings, product: Product, memory: Memory, terminal: Terminal
    ) -> None:
        self._place, self._product = place, product
        self._memory, self._terminal = memory, terminal
        self._simulator = SimulatorClient(place.simulator_url)
        self._person = Person(place.url)
        today = memory.first_day(datetime.now(UTC).date())
        self._invoices = demo_invoices(today, COUNT)
        self.login: Login

    def play(self) -> str:
        """Do everything that is not done yet; returns the last line. Raises DemoFailed."""
        self._make_accounts()
        connection_id = self._connect()
        self._bill()
        self._map(connection_id)
        self._push()
        self._pay()
        verdict = self._reconcile(connection_id)
        return (
            f"ready: {self._booked()} of {COUNT} invoices booked,"
            f" {self._product.payments_back()} payments back,"
            f" reconciliation {verdict.words}, {self._place.url}"
        )

    # ------------------------------------------------------------------ steps

    def _make_accounts(self) -> None:
        self.login, new = self._product.login(self._memory)
        if new:
            self._terminal.line("Workspace “Northgate IT Services Ltd” with one owner, made")

    def _connect(self) -> int:
        known = self._product.connection()
        if known is None:
            with self._terminal.step("Connecting to QuickBooks by its consent page (OAuth)"):
                self._consent()
            known = self._product.connection()
            if known is None:
                raise DemoFailed("QuickBooks gave its consent, but nothing was connected.")
            self._terminal.detail(f"connected to: {known[1]}")
        return known[0]

    def _consent(self) -> None:
        """Sign in, press connect, choose the company on QuickBooks' page, come back."""
        self._person.log_in(self.login.email, self.login.password)
        page = self._person.open("/connect")
        asked = self._person.submit(page, page.form_to("/connect/quickbooks"))
        if not asked.url.startswith(self._place.simulator_url):
            raise DemoFailed(f"Connecting led to {asked.url} ({asked.status}), not to QuickBooks.")
        back = self._person.submit(
            asked, asked.form_to("/connect/oauth2"), realm=NORTHGATE, decision="connect"
        )
        _require_ok(back)

    def _bill(self) -> None:
        there = self._product.totals()
        missing = [invoice for invoice in self._invoices if invoice["number"] not in there]
        if not missing:
            return
        hook = f"{self._place.url}/hooks/billing/{SLUG}"
        with self._terminal.step(f"Billing finalises {len(missing)} invoices: signed hooks"):
            answers = Billing(hook, self.login.hook_secret).finalise(missing)
        self._terminal.detail(", ".join(f"{count} {word}" for word, count in answers.items()))

    def _map(self, connection_id: int) -> None:
        if self._memory.get("mapped"):
            return
        with self._terminal.step("They wait, each saying what is not mapped yet"):
            self._until("the invoices did not come to wait", self._all_looked_at)
        self._simulator.reset_counters()
        codes, released = self._product.accept_certain(connection_id)
        with self._terminal.step(f"{codes} certain mappings accepted: {released} invoices go"):
            self._until("the invoices were not pushed", self._all_looked_at)
        codes, released = self._product.choose_the_rest(connection_id)
        self._terminal.line(f"{codes} more chosen by hand: {released} more go")
        self._memory.keep(mapped="yes")

    def _push(self) -> None:
        if self._memory.get("pushed"):
            return
        with self._terminal.step(f"{COUNT} invoices pushed"):
            self._until("not every invoice was pushed", lambda: self._booked() == COUNT)
        sum_ = books.check_totals(self._simulator, self._product.totals())
        self._terminal.detail(f"QuickBooks holds exactly {COUNT}, £{sum_:,.2f}, to the penny")
        spent, matched = books.cost(self._simulator), self._product.customers()
        self._terminal.detail(f"it cost {spent.words}")
        self._terminal.detail(
            f"of {sum(matched.values())} customers {matched['found']} were found there by name,"
            f" {matched['created']} made"
        )
        self._memory.keep(pushed="yes")

    def _pay(self) -> None:
        wanted = bookkeeper.receipts(self._invoices)
        recorded = bookkeeper.record(self._simulator, wanted)
        if recorded:
            sum_ = sum(receipt.amount for receipt in wanted)
            self._terminal.line(f"The bookkeeper records {recorded} payments, £{sum_:,.2f}")
        if recorded or self._product.payments_back() < len(wanted):
            with self._terminal.step("They come back by signed webhook"):
                self._until("the payments did not come back", self._paid_here_as_there)
            shown = self._product.statuses()
            self._terminal.detail(
                f"{shown['paid']} invoices paid, {shown['part_paid']} part paid,"
                f" {shown['open']} open"
            )

    def _reconcile(self, connection_id: int) -> Verdict:
        if self._product.verdict() is None:
            with self._terminal.step("Both books compared"):
                self._product.reconcile(connection_id)
                self._until("the reconciliation did not end", self._product.verdict)
            self._show_mail()
        verdict = self._product.verdict()
        if verdict is None or verdict.verdict == "failed":
            reason = verdict.error if verdict else "nobody knows why"
            raise DemoFailed(f"The reconciliation could not be made: {reason}")
        return verdict

    def _show_mail(self) -> None:
        subjects = self._product.mails()
        if not subjects:
            raise DemoFailed("The reconciliation wrote no e-mail.")
        self._person.log_in(self.login.email, self.login.password)
        page = self._person.open("/mailbox")
        if page.status != 200 or not _shows(page, subjects[-1]):
            raise DemoFailed(f"{page.url} ({page.status}) does not show “{subjects[-1]}”.")
        self._terminal.detail(f"e-mail in {self._place.url}/mailbox: “{subjects[-1]}”")

    # ------------------------------------------------------------------ looking

    def _booked(self) -> int:
        return self._product.states()["pushed"]

    def _all_looked_at(self) -> bool:
        states = self._product.states()
        return sum(states.values()) == COUNT and not states["waiting"] + states["pushing"]

    def _paid_here_as_there(self) -> bool:
        return self._product.balances() == books.balances(self._simulator)

    def _until(self, what_if_not: str, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + _LONGEST
        while not condition():
            if time.monotonic() > deadline:
                raise DemoFailed(f"After {_LONGEST:.0f} seconds {what_if_not}. {self._stand()}")
            time.sleep(0.1)

    def _stand(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self._product.states().items())
        problems = "; ".join(f"{n} × {title}" for title, n in self._product.problems().items())
        return f"The invoices: {states}. {problems} The logs are in {self._place.logs}."


def _require_ok(page: Page) -> None:
    if page.status >= 400:
        raise DemoFailed(f"{page.url.partition('?')[0]} answered {page.status}.")


def _shows(page: Page, words: str) -> bool:
    import html

    return words in html.unescape(page.text)
