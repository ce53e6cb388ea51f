"""The golden bodies in the simulated QuickBooks: it takes every one, and books billing's total."""

from decimal import Decimal

from app.config import Settings
from app.domain.states import Operation
from app.ledgers import LEDGERS
from app.ledgers.interface import Write
from tests.contract.books import now
from tests.golden.cases import companies, load, paths


def test_quickbooks_takes_every_golden_body_and_books_the_same_total(simulator):
    ledgers = {
        name: opened(simulator, company, number)
        for number, (name, company) in enumerate(companies().items())
    }
    cases = [load(path) for path in paths()]

    wrong = [
        (case.name, came)
        for number, case in enumerate(case for case in cases if case.body)
        if (came := booked(ledgers[case.company.name], case, number)) != wanted(case)
    ]

    assert wrong == []


def opened(simulator, company, number):
    """Open a company of its own with the settings a golden company has."""
    realm = f"77001{number:02}"
    simulator.add_company(realm, company.name, like=company.realm)
    if company.simulator:
        simulator.set_company(realm, **company.simulator)
    for kind, ids in (("classes", "class"), ("departments", "department")):
        for code in company.mappings.get(ids, {}):
            simulator.create(realm, kind, Name=code)
    kind = LEDGERS["quickbooks"]
    app = kind.app_of(Settings.from_environment({**simulator.environment}))
    tokens = kind.oauth.refresh(app, "sandbox", simulator.issue_refresh_token(realm), now())
    return kind.open(app, "sandbox", realm, tokens.access_token, lambda _call: None)


def booked(ledger, case, number):
    """Send one body; returns number, total and tax as booked, or the fault."""
    write = Write(number, case.kind, Operation.CREATE, f"golden-{case.name}", case.body)
    [outcome] = ledger.send([write])
    if outcome.written is None:
        return str(outcome.error), getattr(outcome.error, "code", None)
    written = outcome.written
    return written.number, written.total, written.tax_total


def wanted(case):
    data = case.event["data"]
    number = data["number"][-21:]
    return number, Decimal(data["total"]), Decimal(data["tax_total"])
