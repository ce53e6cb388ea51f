"""The opening: the main job, step by step. Each step looks first whether it is done already."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from demo import bookkeeper, books
from demo.billing import Billing
from demo.finance import FinancePerson
from demo.invoices import demo_invoices
from demo.memory import Memory
from demo.product import SLUG, Login, Product
from demo.surroundings import DemoFailed, Surroundings
from demo.terminal import Terminal
from simulator.client import SimulatorClient

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
        self._person: FinancePerson | None = None
        today = memory.first_day(datetime.now(UTC).date())
        self._invoices = demo_invoices(today, COUNT)
        self.login: Login

    def play(self) -> str:
        """Do everything that is not done yet; returns the last line. Raises DemoFailed."""
        self._make_accounts()
        self._connect()
        self._bill()
        self._map()
        self._go_live()
        self._push()
        self._pay()
        self._reconcile()
        if self._person is not None:
            self._person.close()
        # All there are: who tried billing's door meanwhile has sent more than the demo's own.
        verdict, states = self._product.verdict(), self._product.states()
        return (
            f"ready: {states['pushed']} of {states.total()} invoices booked,"
            f" {self._product.payments_back()} payments back,"
            f" reconciliation {verdict.words if verdict else 'not made'}, {self._place.url}"
        )

    # ------------------------------------------------------------------ steps

    def _make_accounts(self) -> None:
        self.login, new = self._product.login(self._memory)
        if new:
            self._terminal.line("Workspace “Northgate IT Services Ltd” with one owner, made")

    def _connect(self) -> None:
        known = self._product.connection()
        if known is None:
            with self._terminal.step("Connecting to QuickBooks by its consent page (OAuth)"):
                self._signed_in().connect(self._place.simulator_url)
            known = self._product.connection()
            if known is None:
                raise DemoFailed("QuickBooks gave its consent, but nothing was connected.")
            self._terminal.detail(f"connected to: {known}")
            if self._done("pushed"):
                self._find_again()

    def _find_again(self) -> None:
        """Wait until what was booked before a disconnect is known to be booked again."""
        with self._terminal.step("The invoices found there again, by number"):
            self._until("not every invoice was looked for", self._none_under_way)

    def _bill(self) -> None:
        there = self._product.totals()
        missing = [invoice for invoice in self._invoices if invoice["number"] not in there]
        if not missing:
            return
        hook = f"{self._place.url}/hooks/billing/{SLUG}"
        billing = Billing(hook, self.login.hook_secret)
        with self._terminal.step(f"Billing finalises {len(missing)} invoices: signed hooks"):
            answers = billing.finalise(missing)
        billing.close()
        self._terminal.detail(", ".join(f"{count} {word}" for word, count in answers.items()))

    def _map(self) -> None:
        if self._done("mapped"):
            return
        person = self._signed_in()
        with self._terminal.step("They wait; the certain mappings accepted in one click"):
            person.accept_certain()
        with self._terminal.step("The other codes chosen one by one"):
            count = person.choose_the_rest()
        self._terminal.detail(f"{count} codes; nothing is sent before pushing is switched on")
        self._note("mapped")

    def _go_live(self) -> None:
        if self._product.live():
            return
        person = self._signed_in()
        first = min(date.fromisoformat(invoice["issue_date"]) for invoice in self._invoices)
        with self._terminal.step("Start date chosen, the books read since"):
            person.choose_start(first)
            self._until("the books were not read", self._product.history_is_read)
        self._simulator.reset_counters()
        with self._terminal.step("One invoice tried first"):
            person.try_one()
            self._until("the first invoice was not pushed", lambda: self._booked() == 1)
        with self._terminal.step("Pushing switched on"):
            person.go_live()

    def _push(self) -> None:
        if self._done("pushed"):
            return
        with self._terminal.step(f"{COUNT} invoices pushed"):
            self._until("not every invoice was pushed", lambda: self._booked() == COUNT)
        sum_ = books.check_totals(self._simulator, self._product.totals())
        self._terminal.detail(f"QuickBooks holds exactly {COUNT}, £{sum_:,.2f}, to the penny")
        spent, matched = books.cost(self._simulator), self._product.customers()
        self._terminal.detail(f"it cost {spent.words}")
        if spent.change_reads:
            self._terminal.detail(
                f"(and {spent.change_reads} looks at what changed: QuickBooks announces our own"
                " writes to us too)"
            )
        self._terminal.detail(
            f"of {sum(matched.values())} customers {matched['found']} were found there by name,"
            f" {matched['created']} made"
        )
        self._note("pushed")

    def _pay(self) -> None:
        if self._done("paid"):
            return
        wanted = bookkeeper.receipts(self._invoices)
        sum_ = sum(receipt.amount for receipt in wanted)
        with self._terminal.step(f"The bookkeeper records {len(wanted)} payments, £{sum_:,.2f}"):
            bookkeeper.record(self._simulator, wanted)
        with self._terminal.step("They come back by signed webhook"):
            self._until("the payments did not come back", self._paid_here_as_there)
        shown = self._product.statuses()
        self._terminal.detail(
            f"{shown['paid']} invoices paid, {shown['part_paid']} part paid, {shown['open']} open"
        )
        self._note("paid")

    def _reconcile(self) -> None:
        if self._done("reconciled"):
            return
        began = datetime.now(UTC)
        with self._terminal.step("Both books compared"):
            self._signed_in().reconcile()
            verdict = self._until("no verdict came", lambda: self._product.verdict(since=began))
        if verdict.verdict == "failed":
            raise DemoFailed(f"The reconciliation could not be made: {verdict.error}")
        subject = self._product.mails()[-1]
        self._signed_in().find_mail(subject)
        self._terminal.detail(f"e-mail in {self._place.url}/mailbox: “{subject}”")
        self._note("reconciled")

    def _signed_in(self) -> FinancePerson:
        """Return the finance person, signed in by the product's page for it."""
        if self._person is None:
            self._person = FinancePerson(self._place.url)
            self._person.log_in(self.login.email, self.login.password)
        return self._person

    def _done(self, what: str) -> bool:
        return self._memory.get(what) is not None

    def _note(self, what: str) -> None:
        self._memory.keep(**{what: datetime.now(UTC).isoformat(timespec="seconds")})

    # ------------------------------------------------------------------ looking

    def _booked(self) -> int:
        return self._product.states()["pushed"]

    def _none_under_way(self) -> bool:
        states = self._product.states()
        return not states["waiting"] + states["pushing"]

    def _paid_here_as_there(self) -> bool:
        return self._product.balances() == books.balances(self._simulator)

    def _until(self, what_if_not: str, condition: Callable[[], Any]) -> Any:
        """Wait until a condition holds and return its value; raises DemoFailed."""
        deadline = time.monotonic() + _LONGEST
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise DemoFailed(f"After {_LONGEST:.0f} seconds {what_if_not}. {self._stand()}")
            time.sleep(0.1)
        return value

    def _stand(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self._product.states().items())
        problems = "; ".join(f"{n} × {title}" for title, n in self._product.problems().items())
        return f"The invoices: {states}. {problems} The logs are in {self._place.logs}."
