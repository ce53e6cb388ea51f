"""What differs between billing and a ledger, document by document, and whether it is explained.

A difference has a name, an amount (ledger minus billing) and a sentence. What waits, was refused or
was opted out is explained; what a person decided to leave is explained too; the rest is to resolve.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from app.domain.states import DocumentKind, InvoiceStatus, SyncState

ZERO = Decimal(0)


class Kind(StrEnum):
    """Name a difference."""

    MISSING_THERE = "missing_there"
    DELETED_THERE = "deleted_there"
    VOIDED_THERE = "voided_there"
    AMOUNT = "amount"
    TAX = "tax"
    BALANCE = "balance"
    NUMBER = "number"
    DUPLICATE = "duplicate"  # one of billing's, there twice
    DUPLICATE_NUMBER = "duplicate_number"  # of billing's, on something else
    MISSING_HERE = "missing_here"


class Cause(StrEnum):
    """Name what explains a difference."""

    WAITING = "waiting"
    TAKEN_BACK = "taken_back"  # a person undid its push
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    BEFORE_START = "before_start"  # dated before the day on which pushing begins
    UNLINKED = "unlinked"
    ON_ITS_WAY = "on_its_way"  # changed in the ledger after the last pull
    BY_HAND = "by_hand"  # made in the ledger by people, none of billing's business
    ACCEPTED = "accepted"  # a person decided to leave it


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a side has: how many documents, their total, the tax in it, and what is still owed.

    Of credit notes, what is owed is what is not used yet, and what is paid is used.
    """

    count: int = 0
    total: Decimal = ZERO
    tax: Decimal = ZERO
    owed: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        """Return what is settled, never less than nothing."""
        return max(self.total - self.owed, ZERO)

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.count + other.count,
            self.total + other.total,
            self.tax + other.tax,
            self.owed + other.owed,
        )

    def __sub__(self, other: Amounts) -> Amounts:
        return self + Amounts(-other.count, -other.total, -other.tax, -other.owed)


@dataclass(frozen=True, slots=True)
class Ours:
    """Billing's side of a pair.

    linked: we hold the ledger's id of it. taken_back: a person undid its push; billing knows.
    before_start: nobody opted it out, it is dated before the day on which pushing begins.
    booked_total: what the ledger answered when it was last written; another is somebody's edit.
    settled: what the ledger said is paid, where that is not the total less what is owed.
    """

    invoice_id: int
    number: str
    customer: str
    status: InvoiceStatus
    sync_state: SyncState
    amounts: Amounts
    linked: bool = True
    pushed_at: datetime | None = None
    expected_number: str | None = None
    taken_back: bool = False
    before_start: bool = False
    booked_total: Decimal | None = None
    settled: Decimal | None = None

    @property
    def paid(self) -> Decimal:
        """Return what billing has heard is paid."""
        return self.amounts.paid if self.settled is None else self.settled


@dataclass(frozen=True, slots=True)
class Twin:
    """One of billing's documents that the ledger may have twice, or instead of ours.

    by_number: it has the same number; else customer, total and week agree, and it is booked. left:
    it was not sent, because the ledger had this one. booked_as: the ledger's id of the one we are
    linked to, while that counts there. same: number, customer, total and date all agree.
    """

    invoice_id: int
    number: str
    customer: str
    total: Decimal
    currency: str
    by_number: bool = True
    left: bool = False
    booked_as: str | None = None
    same: bool = False


@dataclass(frozen=True, slots=True)
class Theirs:
    """The ledger's side of a pair.

    there: False when the ledger has it no more. fresh: it changed after the last pull. marked: it
    carries our mark. twin: which of billing's it may be, though none is linked to it.
    """

    ledger_id: str
    number: str | None
    customer: str | None
    amounts: Amounts
    currency: str | None = None
    issued_on: date | None = None
    there: bool = True
    voided: bool = False
    deleted: bool = False
    fresh: bool = False
    marked: bool = False
    twin: Twin | None = None
    changed_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Tell whether it counts in the ledger's books."""
        return self.there and not (self.voided or self.deleted)


@dataclass(frozen=True, slots=True)
class Pair:
    """One document as both sides have it; one side may be missing."""

    currency: str
    ours: Ours | None
    theirs: Theirs | None
    document: DocumentKind = DocumentKind.INVOICE


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose words a comparison uses: the ledger's name and the workspace's time zone."""

    ledger: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference; quiet: known and explained, nobody need act.

    invoice_id: ours, a credit note too. twin_id: which of ours it may be, though it is not linked.
    """

    kind: Kind
    subject: str
    currency: str
    ours: str
    theirs: str
    amount: Decimal
    explanation: str
    invoice_id: int | None = None
    ledger_id: str | None = None
    number: str | None = None
    customer: str | None = None
    quiet: Cause | None = None
    document: DocumentKind = DocumentKind.INVOICE
    twin_id: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one pair adds to the figures: both sides, the differences, and what explains the gap."""

    ours: Amounts
    theirs: Amounts
    findings: tuple[Finding, ...] = ()
    cause: Cause | None = None

    @property
    def gap(self) -> Amounts:
        """Return ledger minus billing."""
        return self.theirs - self.ours

    @property
    def decidable(self) -> bool:
        """Tell whether a person may decide about it, or did."""
        return any(finding.quiet in (None, Cause.ACCEPTED) for finding in self.findings)

    @property
    def loud(self) -> bool:
        """Tell whether somebody must look."""
        return any(finding.quiet is None for finding in self.findings)


def accepted(judgement: Judgement, decided: dict[tuple[str, str], tuple[str, str]]) -> Judgement:
    """Quieten what a person accepted, as long as both sides still say what they said then.

    decided: (subject, kind) to (ours, theirs) as shown when it was accepted.
    """
    findings = tuple(
        replace(finding, quiet=Cause.ACCEPTED)
        if decided.get((finding.subject, finding.kind)) == (finding.ours, finding.theirs)
        else finding
        for finding in judgement.findings
    )
    quiet = next((f.quiet for f in findings if f.quiet), judgement.cause)
    return replace(judgement, findings=findings, cause=judgement.cause or quiet)


@dataclass(slots=True)
class Figures:
    """The sums of one currency: difference = known + to resolve, to the penny.

    agreed: what both sides have and say the same of; neither known nor to resolve is any of it.
    """

    ours: Amounts = field(default_factory=Amounts)
    theirs: Amounts = field(default_factory=Amounts)
    agreed: Amounts = field(default_factory=Amounts)
    known: Amounts = field(default_factory=Amounts)
    resolve: Amounts = field(default_factory=Amounts)
    causes: dict[Cause, Amounts] = field(default_factory=dict)
    findings: int = 0
    gross: Decimal = ZERO

    def agree(self, amounts: Amounts) -> None:
        """Count documents that both sides have alike."""
        self.ours += amounts
        self.theirs += amounts
        self.agreed += amounts

    def count(self, judgement: Judgement) -> None:
        """Count one document that is not plainly alike."""
        self.ours += judgement.ours
        self.theirs += judgement.theirs
        if not judgement.findings and judgement.cause is None:
            self.agreed += judgement.ours
        if judgement.loud:
            self.resolve += judgement.gap
        else:
            self.known += judgement.gap
        loud = [finding for finding in judgement.findings if finding.quiet is None]
        self.findings += len(loud)
        self.gross += sum((abs(finding.amount) for finding in loud), ZERO)
        if judgement.cause and not judgement.loud:
            one = replace(judgement.gap, count=1)
            self.causes[judgement.cause] = self.causes.get(judgement.cause, Amounts()) + one
