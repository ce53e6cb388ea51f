"""What the page shows on which pushing is switched on: what would go, what stays, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from hashlib import sha256

from app.domain.going_live import until_switched_on
from app.domain.states import IN_HAND, DocumentKind, Operation
from app.domain.wording import format_sums, plural
from app.ledgers import LEDGERS
from app.models import AuditEntry, Connection, Invoice
from app.queries import connections, setting_up
from app.queries.setting_up import KeptOut
from app.usecases.push.dry_run import DryRun, Fate, Would, dry_run
from app.web.connections import Page as ConnectionPage
from app.web.presentation import ledger_name

# Offered to be tried first, smallest first; any other is pushed once pushing is on.
_OFFERED = 50


@dataclass
class Reason:
    """Why some documents would not go."""

    title: str
    what_to_do: str
    documents: list[Would] = field(default_factory=list)

    @property
    def sums(self) -> dict[str, Decimal]:
        """Return what they are worth, each currency for itself."""
        found: dict[str, Decimal] = {}
        for one in self.documents:
            found[one.currency] = found.get(one.currency, Decimal(0)) + one.total
        return found


class GoLivePage:
    """One connection before its go-live; every part is read once, when asked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def found(self) -> DryRun:
        """Return what would go to the company; ends the transaction under way."""
        return dry_run(self.connection.id)

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return ledger_name(self.connection.provider)

    @property
    def kind(self) -> str:
        """Return what kind of company it is: "sandbox company", "live company"."""
        where = self.connection.environment
        word = LEDGERS[self.connection.provider].provider.company_word
        return f"{'live' if where == 'production' else where} {word}"

    @property
    def going(self) -> tuple[Would, ...]:
        """Return what would go by itself once pushing is on."""
        return self.found.of(Fate.GOES)

    @property
    def held(self) -> tuple[Would, ...]:
        """Return what would wait for review."""
        return self.found.of(Fate.HELD)

    @property
    def fates(self) -> list[Fate]:
        """Return what would become of what waits, where something would."""
        return [fate for fate in Fate if self.found.of(fate)]

    @cached_property
    def reasons(self) -> list[Reason]:
        """Return what keeps documents from going, the largest amount first."""
        found: dict[str, Reason] = {}
        for one in (*self.found.of(Fate.BLOCKED), *self.found.of(Fate.STOPPED)):
            problem = one.problem
            title = problem.title if problem else "Somebody must look at it."
            what = until_switched_on(problem.what_to_do) if problem else ""
            found.setdefault(title, Reason(title, what)).documents.append(one)
        return sorted(found.values(), key=self._dearest)

    @cached_property
    def matters(self) -> str:
        """Return what needs a person before everything goes, counted once; "" when nothing does."""
        failing = ConnectionPage(self.connection).failing
        if failing:
            return f"{plural(failing, 'check needs', 'checks need')} you."
        stops = plural(len(self.reasons), "thing stops", "things stop")
        return f"{stops} invoices." if self.reasons else ""

    def _dearest(self, reason: Reason) -> tuple[Decimal, int]:
        home = reason.sums.get(self.connection.home_currency, Decimal(0))
        return -home, -len(reason.documents)

    @property
    def to_map(self) -> bool:
        """Tell whether a mapping lets some of them go."""
        problems = [one.problem for reason in self.reasons for one in reason.documents]
        missing = [each for problem in problems if problem for each in problem.missing]
        return any(each.kind in ("service", "tax_code") and each.code for each in missing)

    @property
    def sums(self) -> str:
        """Return what the invoices that would go are worth."""
        sums: dict[str, Decimal] = {}
        for one in self.going:
            if one.kind == DocumentKind.INVOICE:
                sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.total
        return format_sums(sums, self.connection.home_currency)

    @property
    def many(self) -> str:
        """Return how many would go: "28 invoices", with credit notes where there are any."""
        credit = len([one for one in self.going if one.kind == DocumentKind.CREDIT_NOTE])
        invoices = len(self.going) - credit
        more = f" and {plural(credit, 'credit note')}" if credit else ""
        return f"{plural(invoices, 'invoice')}{more}"

    @property
    def goes(self) -> str:
        """Return "goes" or "go", as many do."""
        return "goes" if len(self.going) == 1 else "go"

    @property
    def what_goes_now(self) -> str:
        """Say what goes now that pushing is on."""
        if not self.going:
            return "What billing finalises from now on goes by itself."
        return f"{self.many}, {self.sums}, {self.goes} now."

    @property
    def fingerprint(self) -> str:
        """Return what the button said that goes, to be compared when it is pressed."""
        shown = [(one.number, str(one.total)) for one in self.going]
        return sha256(repr((shown, self.found.left_out)).encode()).hexdigest()[:20]

    @cached_property
    def offered(self) -> Sequence[Would]:
        """Return the invoices that may be tried first, smallest first."""
        invoices = [
            one
            for one in (*self.going, *self.held)
            if one.kind == DocumentKind.INVOICE and one.operation == Operation.CREATE
        ]
        return sorted(invoices, key=lambda one: one.total)[:_OFFERED]

    @cached_property
    def kept_out(self) -> KeptOut:
        """Return what stays in billing because of its date."""
        return setting_up.kept_out(self.connection)

    @cached_property
    def tried(self) -> Invoice | None:
        """Return the invoice that somebody tried."""
        return setting_up.tried(self.connection)

    @cached_property
    def tried_is_there(self) -> bool:
        """Tell whether it is in the ledger."""
        return self.tried is not None and setting_up.is_there(self.tried)

    @property
    def trying(self) -> bool:
        """Tell whether it is on its way."""
        moving = self.tried is not None and self.tried.sync_state in IN_HAND
        return moving and not self.connection.live

    @cached_property
    def switched_on(self) -> AuditEntry | None:
        """Return who switched pushing on, and when."""
        return connections.last_deed(self.connection, "connection.go_live")
