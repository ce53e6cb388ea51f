"""The five steps from an empty workspace to the first invoice in the ledger, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import url_for

from app.domain.wording import plural, tax_word
from app.models import Connection
from app.queries import connections as connection_queries
from app.queries import mappings
from app.queries.arrived import Arrived, what_arrived
from app.web.go_live_page import GoLivePage
from app.web.presentation import day_and_time, ledger_name

CONNECT, BILLING, MAP, CHECK, GO_LIVE = "connect", "billing", "map", "check", "go_live"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; url: its page, "" while an earlier step must be done first.

    later: it may be left for later, others can be gone on with. matter: what stands in the way on
    its page, a sentence.
    """

    key: str
    title: str
    short: str
    text: str
    action: str
    url: str
    done: bool = False
    after: str = ""
    later: bool = False
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of a workspace, for one connection; here: the key of the page it stands on."""

    steps: Sequence[Step]
    here: str = ""
    connection: Connection | None = field(default=None, repr=False)

    @property
    def left(self) -> int:
        """Return how many steps are to be done."""
        return len([step for step in self.steps if not step.done])

    @property
    def next(self) -> Step | None:
        """Return the first step that is not done and can be."""
        open_ = [step for step in self.steps if not step.done and step.url]
        return next((step for step in open_ if not step.later), open_[0] if open_ else None)

    @property
    def number(self) -> int:
        """Return where one is, counted from 1."""
        return 1 + [step.key for step in self.steps].index(self.here)

    @property
    def step(self) -> Step:
        """Return the step this page is of."""
        return self.steps[self.number - 1]

    @property
    def after(self) -> Step | None:
        """Return the step after this page's that can be gone to."""
        following = self.steps[self.number : self.number + 1]
        return next((step for step in following if step.url), None)


def flow_for(
    connection: Connection | None, workspace_id: int, here: str = "", go: GoLivePage | None = None
) -> Flow:
    """Read where a workspace stands, a set number of queries; go: what would go, if read before."""
    arrived = what_arrived(workspace_id)
    missing = _missing(connection) if connection is not None else 0
    charged = _charged(connection) if connection is not None else 0
    known = arrived.services + arrived.tax_codes
    mapped = bool(connection is not None and known and not missing and not charged)
    steps = (
        _connect(connection),
        _billing(arrived),
        _map(connection, arrived, missing, charged),
        _check(connection, go),
        _go_live(connection, mapped),
    )
    return Flow(steps, here, connection)


def _missing(connection: Connection) -> int:
    """Count the codes that must be mapped in this company and are not."""
    kinds = mappings.wanted_kinds(connection)
    return sum(connection_queries.coverage(connection, kind).lacking for kind in kinds)


def _charged(connection: Connection) -> int:
    """Count the waiting invoices that charge tax where the company has it switched off."""
    return 0 if connection.tax_enabled else connection_queries.taxed(connection)[0]


def _connect(connection: Connection | None) -> Step:
    title, short = "Connect a ledger", "Connect"
    if connection is None:
        text = "Sign in to QuickBooks and choose the company. About two minutes."
        return Step(CONNECT, title, short, text, "Connect", url_for("connect.start"))
    made = connection_queries.last_deed(connection, "connection.connect")
    when = f", connected {day_and_time(made.created_at)}" if made else ""
    text = f"{ledger_name(connection.provider)}, {connection.company_name}{when}."
    url = url_for("connections.show", connection_id=connection.id)
    return Step(CONNECT, title, short, text, "See it", url, done=True)


def _billing(arrived: Arrived) -> Step:
    title, url = "Point billing at Ledgerbridge", url_for("setup.billing")
    if arrived.hooks:
        text = "Billing has sent its first event."
        return Step(BILLING, title, "Billing", text, "Show the address", url, done=True)
    if arrived.sample:
        text = (
            "A sample invoice is here to try the next steps with. Billing itself has sent"
            " nothing yet: its address and secret can follow."
        )
        return Step(BILLING, title, "Billing", text, "Show the address", url, later=True)
    text = (
        "Nothing received yet. Put the address and a signing secret into your billing"
        " application, or send a sample invoice to try it."
    )
    return Step(BILLING, title, "Billing", text, "Show the address", url)


def _map(connection: Connection | None, arrived: Arrived, missing: int, charged: int) -> Step:
    title, short = "Map services and tax codes", "Map"
    known = arrived.services + arrived.tax_codes
    if not known or connection is None:
        text = "They come from billing with its first invoice; each is then suggested its place."
        ready = connection is not None and arrived.hooks
        url = url_for("mappings.index", connection=connection.id) if ready and connection else ""
        waits = "" if url else "After steps 1 and 2"
        return Step(MAP, title, short, text, "Start mapping", url, after=waits)
    url = url_for("mappings.index", connection=connection.id)
    services = plural(arrived.services, "service")
    read = f"{services} and {plural(arrived.tax_codes, 'tax code')} came from billing."
    matter = _tax_is_off(connection, charged) if charged else ""
    if missing:
        certain = len(mappings.suggested(mappings.unmapped(connection), "certain"))
        left = plural(missing, "is not mapped yet", "are not mapped yet")
        sure = f", {certain} with a certain match" if certain else ""
        text = f"{read} {left}{sure}."
        return Step(MAP, title, short, text, "Start mapping", url, matter=matter)
    if charged:
        return Step(MAP, title, short, matter, "See mappings", url, matter=matter)
    all_ = "All are mapped."
    if not connection.tax_enabled:
        tax = tax_word(connection.country)
        off = f"{tax} is off in {ledger_name(connection.provider)}, so tax codes need no place."
        all_ = f"Every service is mapped. {off}"
    return Step(MAP, title, short, f"{read} {all_}", "See mappings", url, done=True)


def _tax_is_off(connection: Connection, charged: int) -> str:
    ledger, tax = ledger_name(connection.provider), tax_word(connection.country)
    charge = plural(charged, f"waiting invoice charges {tax}", f"waiting invoices charge {tax}")
    go = "It does not go" if charged == 1 else "They do not go"
    return (
        f"{charge}, and {tax} is switched off in {ledger}: tax codes have no place there."
        f" {go} until it is switched on in {ledger} and read again in step 4."
    )


def _check(connection: Connection | None, go: GoLivePage | None) -> Step:
    title, short = "Check what would go", "Check"
    text = "What the company allows, and what would be sent of everything that waits."
    if connection is None:
        return Step(CHECK, title, short, text, "Check", "", after="After step 1")
    url = url_for("setup.check", connection_id=connection.id)
    if connection.live:
        return Step(CHECK, title, short, text, "Check", url, done=True)
    go = go or GoLivePage(connection)
    matters = go.matters
    if go.found.documents:
        would = f"{go.many}, {go.sums}, would go." if go.going else "Nothing would go yet."
        text = f"{would} {matters or 'Every check passes.'}"
    looked = bool(go.found.documents or connection.trial_id is not None)
    return Step(CHECK, title, short, text, "Check", url, done=looked and not matters)


def _go_live(connection: Connection | None, mapped: bool) -> Step:
    title, short = "Switch pushing on", "Switch on"
    text = "Choose a start date so that older invoices stay where they are. Try one invoice first."
    if connection is None:
        return Step(GO_LIVE, title, short, text, "Switch on", "", after="After steps 1 to 3")
    url = url_for("setup.show_go_live", connection_id=connection.id)
    if connection.live:
        text = f"Invoices go to {ledger_name(connection.provider)} as soon as they are finalised."
        return Step(GO_LIVE, title, short, text, "See it", url, done=True)
    return Step(GO_LIVE, title, short, text, "Switch on" if mapped else "See it", url)
