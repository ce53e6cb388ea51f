"""The finance person of the demo: does with the product's pages what a person would do."""

from __future__ import annotations

import html
from datetime import date

from demo.catalogue import CHOSEN_ITEMS, CHOSEN_TAX_CODES
from demo.person import Page, Person
from demo.surroundings import DemoFailed
from simulator.client import NORTHGATE

_GO_LIVE = "/setup/go-live"
_CHOSEN = CHOSEN_ITEMS | CHOSEN_TAX_CODES


class FinancePerson(Person):
    """Connects the company, maps, reconciles, reads the e-mail. Each deed raises DemoFailed."""

    def connect(self, consent_at: str) -> None:
        """Press connect, choose the company on QuickBooks' own page, come back."""
        page = self._opened("/connect")
        asked = self.submit(page, page.form_to("/connect/quickbooks"))
        if not asked.url.startswith(consent_at):
            raise DemoFailed(f"Connecting led to {asked.url} ({asked.status}), not to QuickBooks.")
        form = asked.form_to("/connect/oauth2")
        _good(self.submit(asked, form, realm=NORTHGATE, decision="connect"))

    def accept_certain(self) -> None:
        """Accept the suggestions that are certain, in one click."""
        page = self._opened("/mappings")
        _good(self.submit(page, page.form_to("/mappings/accept"), which="certain"))

    def choose_the_rest(self) -> int:
        """Choose an entry for each code that is left; returns how many."""
        page = self._opened("/mappings")
        left = {f.fields["code"]: f for f in page.forms if f.action.endswith("/mappings/save")}
        chosen = [code for code in left if code in _CHOSEN]
        for code in chosen:
            _good(self.submit(page, left[code], ledger_name=_CHOSEN[code]))
        return len(chosen)

    def choose_start(self, day: date) -> None:
        """Choose from which day on invoices go."""
        page = self._opened(_GO_LIVE)
        form = page.form_to("/go-live/start")
        _good(self.submit(page, form, starts_on=day.isoformat()))

    def try_one(self) -> None:
        """Push the invoice that the page offers first."""
        page = self._opened(_GO_LIVE)
        _good(self.submit(page, page.form_to("/go-live/try")))

    def go_live(self) -> None:
        """Press the button that lets everything go."""
        page = self._opened(_GO_LIVE)
        [form] = [form for form in page.forms if form.action.endswith("/go-live")]
        _good(self.submit(page, form))

    def reconcile(self) -> None:
        """Press the button that compares both books."""
        page = self._opened("/reconciliation")
        _good(self.submit(page, page.form_to("/reconciliation/run")))

    def find_mail(self, subject: str) -> None:
        """Find an e-mail in the mailbox page."""
        page = self._opened("/mailbox")
        if subject not in html.unescape(page.text):
            raise DemoFailed(f"{page.url} does not show the e-mail “{subject}”.")

    def _opened(self, address: str) -> Page:
        return _good(self.open(address))


def _good(page: Page) -> Page:
    """Return the page unless it says that something failed."""
    if page.status >= 400:
        raise DemoFailed(f"{page.url.partition('?')[0]} answered {page.status}.")
    return page
