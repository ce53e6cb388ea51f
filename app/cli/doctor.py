"""Look at everything the application stands on, and say what to do about what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import click
from flask.cli import with_appcontext

from app import clock
from app.cli.answer import REFUSED, json_option, say
from app.domain.wording import day, plural
from app.extensions import settings
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.ledgers.interface import LedgerKind
from app.queries.notices import Door, door_of
from app.queries.own_apps import Brought, brought, by_shared
from app.queries.services import database_problem, migrations_problem, redis_problem
from app.queries.unexplained import Unexplained, unexplained
from app.secrets import UnreadableSecret
from app.usecases.company.apps import as_app, door_of_workspace, notice_address

_THIS_MACHINE = (
    "PUBLIC_URL is this machine only: a simulated ledger on it can send webhooks there, a live one"
    " cannot."
)
# Letters of a ledger's own words.
_SHOWN = 200


class Finding(NamedTuple):
    """One thing looked at; problem says what to do and is empty when all is well."""

    what: str
    problem: str = ""
    needed: bool = True  # without it nothing runs; else only a part of the product


@click.command("doctor")
@json_option
@with_appcontext
def doctor(as_json: bool) -> None:
    """Check settings, database, migrations, Redis and ledgers; exit with 1 when one is needed."""
    findings = [*_services(), *_settings(), *_ledgers(), *_doors(), *_unknown_codes()]
    say(
        "\n".join(_line(finding) for finding in findings),
        as_json,
        healthy=not any(f.problem and f.needed for f in findings),
        findings=[finding._asdict() for finding in findings],
    )
    if any(finding.problem and finding.needed for finding in findings):
        raise click.exceptions.Exit(REFUSED)


def _line(finding: Finding) -> str:
    if not finding.problem:
        return f"ok       {finding.what}"
    return f"{'PROBLEM' if finding.needed else 'note   '}  {finding.what}: {finding.problem}"


def _services() -> Iterator[Finding]:
    database = database_problem()
    yield Finding("database", database or "")
    if not database:
        yield Finding("migrations", migrations_problem() or "")
    yield Finding("Redis", redis_problem() or "")


def _settings() -> Iterator[Finding]:
    ours = settings()
    yield Finding(f"settings ({ours.app_env})")
    mail = "" if ours.mail_url else "MAIL_URL is not set; e-mails are kept in the mailbox page."
    yield Finding("e-mail", mail, needed=False)
    local = ours.public_url.startswith(("http://127.", "http://localhost"))
    reach = _THIS_MACHINE if local else ""
    yield Finding("public address", reach, needed=False)


def _ledgers() -> Iterator[Finding]:
    for kind in LEDGERS.values():
        yield Finding(kind.provider.name, _ledger_problem(kind), needed=False)
        if not (database_problem() or migrations_problem()):
            yield from _apps(kind)


def _apps(kind: LedgerKind) -> Iterator[Finding]:
    """Say by which applications companies go: the shared one, and those workspaces brought."""
    vendor, key = kind.provider.vendor, kind.provider.key
    shared, count = kind.app_of(settings()).client_id, by_shared(key)
    go = f"{plural(count, 'company', 'companies')} by it"
    lost = f"{go}, but it is not set." if count and not shared else ""
    yield Finding(f"shared {vendor} app {shared or '(none)'}, {go}", lost, needed=False)
    for each in brought(key):
        used = " (not asked by any more)" if each.app.retired_at else ""
        what = f"own {vendor} app {each.app.client_id} of {each.slug}{used}"
        by_it = f"{plural(each.companies, 'company', 'companies')} by it"
        to = notice_address(key, each.slug)
        yield Finding(f"{what}, {by_it}, notices to {to}", _own_problem(kind, each), needed=False)


def _own_problem(kind: LedgerKind, brought_one: Brought) -> str:
    own = brought_one.app
    try:
        as_app(kind, own)
        door_of_workspace(kind, own.workspace_id)
    except UnreadableSecret:
        return "no key of ENCRYPTION_KEYS opens its secrets; restore the key, or enter them again."
    if own.verifier_encrypted is None and own.retired_at is None:
        return "it has no verifier token, so its notices are refused; an owner sets it in Settings."
    return ""


def _ledger_problem(kind: LedgerKind) -> str:
    app = kind.app_of(settings())
    if not (app.client_id and app.client_secret):
        return (
            "no shared application is set; its client id and secret come from the vendor's portal."
            " A workspace may bring its own in Settings."
        )
    try:
        # Reading where people consent needs the vendor's discovery document.
        kind.oauth.authorise_url(
            app, kind.provider.environments[0], f"{settings().public_url}/doctor", "doctor"
        )
    except LedgerError as error:
        return f"cannot be reached: {error}"
    return ""


def _doors() -> Iterator[Finding]:
    """Say where each ledger is to send its notices, when one came last and what was refused."""
    if database_problem() or migrations_problem():
        return
    for key, kind in LEDGERS.items():
        door = door_of(key, clock.now())
        last = f"last received {door.last:%Y-%m-%d %H:%M} UTC" if door.last else "none received yet"
        address = notice_address(key)
        what = f"notices of {kind.provider.name} to {address}, {last}"
        yield Finding(what, _door_problem(kind, door), needed=False)


def _door_problem(kind: LedgerKind, door: Door) -> str:
    if not kind.app_of(settings()).webhook_tokens:
        return "no verifier token is set, so every notice is refused."
    said = [
        f"{plural(each.count, 'body', 'bodies')} refused in 24 hours from {each.address}:"
        f" {each.reason}"
        for each in door.refused
    ]
    if door.unread:
        unread = plural(door.unread, "body", "bodies")
        said.append(f"{unread} of 24 hours, well signed, held nothing that could be read.")
    return " ".join(said)


def _unknown_codes() -> Iterator[Finding]:
    """Name the codes that people were shown in the ledger's own words only."""
    if database_problem() or migrations_problem():
        return
    for one in unexplained():
        ledger = LEDGERS[one.provider].provider.name
        yield Finding(f"{ledger} code {one.code}", _met(one), needed=False)


def _met(one: Unexplained) -> str:
    return (
        f"met {plural(one.tries, 'time')}, last on {day(one.last_at.date())}, and not in our words"
        f" yet; it said “{one.message[:_SHOWN]}”."
    )


GROUPS = (doctor,)
