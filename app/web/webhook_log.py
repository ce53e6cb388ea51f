"""Webhook log: do notices arrive and verify?"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.domain.cells import escaped
from app.extensions import settings
from app.ledgers import LEDGERS
from app.models import InboundEvent
from app.queries import webhook_log as queries
from app.queries.notice_outcomes import outcomes
from app.queries.own_apps import apps_of
from app.queries.webhook_log import BILLING, PERIODS, Filters
from app.usecases.book.receive_webhook import FORGED
from app.usecases.company.apps import notice_address
from app.web.guard import workspace_id
from app.web.menu import menu
from app.web.notice_words import came_of
from app.web.presentation import ledger_name, now, today
from app.web.sent_file import begun, csv_file

AUTHENTICATION = "session"

blueprint = Blueprint("webhook_log", __name__, url_prefix="/webhook-log")
blueprint.add_app_template_filter(came_of)

COLUMNS = ("received", "from", "about", "signature", "result", "reason", "event id", "address")
_FILE_ROWS = 100_000
OUTCOMES = {"": "All", "accepted": "Verified", "ignored": "Ignored", "refused": "Refused"}


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show what billing and the ledgers told us."""
    names = queries.sources()
    filters = _filters(names)
    number, moment = workspace_id(), now()
    listed = queries.listed(number, names, filters, moment)
    rows = listed.rows
    refusals, last_refusal = queries.refused(number, names, moment)
    senders = queries.senders(number, names, moment)
    last = max((each.last for each in senders if each.last), default=None)
    return render_template(
        "webhook_log/index.html",
        rows=rows,
        older=listed.older,
        filters=filters,
        names=names,
        outcomes=OUTCOMES,
        mismatch=FORGED,
        periods=PERIODS,
        counts=listed.counts,
        senders=senders,
        refused_last=last_refusal is not None and (last is None or last_refusal > last),
        refusals=refusals,
        last_refusal=last_refusal,
        refused_lately=queries.refusals(number, names, moment),
        addresses=_addresses(names),
        companies=queries.companies(number),
        came=outcomes(rows),
        ours=queries.our_documents(rows),
        replayable={each.id for each in rows if is_replayable(each)},
        since=moment.isoformat(),
    )


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    """Say how many notices came since the page was shown; it shows them when asked to."""
    try:
        since = datetime.fromisoformat(request.args.get("since", ""))
    except ValueError:
        abort(404)
    if since.tzinfo is None:
        abort(404)
    count = queries.newer_than(workspace_id(), queries.sources(), since, now())
    return render_template("webhook_log/new.html", count=count)


@blueprint.get("/webhook-log.csv")
def export() -> ResponseReturnValue:
    """Hand out what the filters show as a file; all pages."""
    names = queries.sources()
    rows = begun(queries.every(workspace_id(), names, _filters(names), now(), _FILE_ROWS))
    return Response(
        stream_with_context(csv_file(COLUMNS, map(_line, rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="webhook-log-{today()}.csv"'},
    )


@blueprint.app_template_filter("sender")
def sender(source: str) -> str:
    """Return who sent a notice, in words."""
    return "Billing" if source == BILLING else ledger_name(source)


@blueprint.app_template_filter("about")
def about(event: InboundEvent) -> str:
    """Say in words what a notice is about: Payment 312 created."""
    if not event.type:
        return "Not read"
    if event.type == "body":
        return "Several companies' notices"
    if event.source == BILLING:
        return event.type.replace(".", " ").replace("_", " ").capitalize()
    entity, _, number = (event.subject or "").partition(":")
    verb = event.type.rpartition(".")[2]
    kind = LEDGERS.get(event.source)
    words = kind.provider.notice_words.get(entity) if kind else None
    return f"{words or entity.capitalize()} {number} {verb}".strip()


def is_replayable(event: InboundEvent) -> bool:
    """Tell a ledger's notice about a company: its body can be read again."""
    return event.source != BILLING and event.connection_id is not None


@blueprint.app_template_test("forged")
def is_forged(event: InboundEvent) -> bool:
    """Tell a body that was refused unread, mostly because its signature did not match."""
    return event.status == "refused" and not event.type


def _filters(names: list[str]) -> Filters:
    asked = request.args
    days, source = asked.get("days", "7"), asked.get("source", "")
    return Filters(
        status=asked.get("status", "") if asked.get("status", "") in OUTCOMES else "",
        source=source if source in names else "",
        days=int(days) if days in PERIODS else 7,
        typed=asked.get("q", "").strip()[:100],
        before=asked.get("before", type=int),
    )


def _addresses(names: list[str]) -> list[tuple[str, str]]:
    """Return where each sender is to send its notices."""
    base, shell = settings().public_url.rstrip("/"), menu()
    slug = shell.user.workspace.slug if shell else ""
    found = []
    for name in names:
        if name == BILLING:
            found.append((sender(name), f"{base}/hooks/billing/{slug}"))
            continue
        apps = apps_of(name)
        if apps.shared or apps.current is None:
            found.append((sender(name), notice_address(name)))
        if apps.current or apps.retired:
            found.append((f"{sender(name)}, your own app", notice_address(name, slug)))
    return found


def _line(event: InboundEvent) -> list[str]:
    """Return one line: times in UTC, cells that no spreadsheet takes for a formula."""
    signature = "does not match or not checked" if is_forged(event) else "verified"
    result = {"accepted": "taken in"}.get(event.status, event.status)
    texts = [sender(event.source), about(event), signature, result]
    texts += [event.reason or "", event.event_id or "", event.address or ""]
    at = event.received_at.astimezone(UTC).isoformat(timespec="seconds")
    return [at, *(escaped(text) for text in texts)]
