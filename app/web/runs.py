"""Runs of pushing: what each did in the ledger, and taking a wrong one back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.undo import WAYS, Created, Refusal, Share, refusal_words, share, way_words
from app.domain.wording import plural
from app.models import Connection, PushRun
from app.queries import connections
from app.queries import runs as queries
from app.queries.cursor import BadCursor
from app.usecases import undo_run
from app.usecases.undo_run import TYPED_FROM, Preview, UndoRefused, why_kept
from app.web.guard import actor, needs_role
from app.web.presentation import ledger_name, now

AUTHENTICATION = "session"

blueprint = Blueprint("runs", __name__)

# Documents named of each reason on the page; the rest is counted, and in the invoice list.
_NAMED = 200


@dataclass(frozen=True, slots=True)
class Group:
    """Documents that one reason keeps in the ledger."""

    why: str
    do: str
    some: tuple[Created, ...]

    @property
    def what(self) -> Share:
        """Return how many, and their money."""
        return share(self.some)


class Page:
    """What the page of one run shows; every part is read once, when asked for."""

    named = _NAMED
    ways = tuple(WAYS)

    def __init__(self, run: PushRun) -> None:
        self.run = run

    @property
    def connection(self) -> Connection:
        """Return the company it pushed into."""
        return self.run.connection

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return ledger_name(self.connection.provider)

    @cached_property
    def row(self) -> queries.RunRow:
        """Return what it did, by kind."""
        return queries.row_of(self.run)

    @cached_property
    def preview(self) -> Preview:
        """Return what may be taken back, and what was."""
        return undo_run.preview(self.run)

    @property
    def typed(self) -> bool:
        """Tell whether somebody must type the company's name: too many for a slip of the hand."""
        return self.preview.what.count > TYPED_FROM

    @property
    def stays(self) -> list[Group]:
        """Return what would stay, by reason."""
        return [self._group(reason, some) for reason, some in self.preview.stays.items()]

    def _group(self, reason: Refusal, some: tuple[Created, ...]) -> Group:
        words = refusal_words(reason, self.ledger, self.preview.books_closed_to)
        return Group(*words, some)

    @property
    def tried(self) -> tuple[int, int]:
        """Return how many were brought to an end of all that an undo was pressed for."""
        done = len(self.preview.taken_back) + len(self.preview.kept)
        return done, done + len(self.preview.under_way)

    def way(self, how: str) -> tuple[str, str]:
        """Return what a way is called and what it means for the books."""
        return way_words(how, self.ledger)

    def why_kept(self, one: Created) -> tuple[str, str]:
        """Return why the undo left a document there, and what to do."""
        problem = why_kept(one)
        if problem is None:
            return "Interrupted: the company was disconnected.", ""
        exact = f" “{problem.ledger_message}”" if problem.ledger_request_id else ""
        return f"{problem.title}{exact}", problem.what_to_do


@blueprint.get("/connections/<int:connection_id>/runs")
def index(connection_id: int) -> ResponseReturnValue:
    """List the runs of one connection, newest first."""
    connection = connections.connection_of(connection_id) or abort(404)
    try:
        rows, more = queries.runs_of(connection_id, request.args.get("before") or None)
    except BadCursor:
        abort(404)
    return render_template(
        "runs/index.html",
        connection=connection,
        ledger=ledger_name(connection.provider),
        rows=rows,
        more=more,
    )


@blueprint.get("/runs/<int:run_id>")
def show(run_id: int) -> ResponseReturnValue:
    """Show one run; its live part alone when the page polls."""
    part = "HX-Request" in request.headers
    page = Page(_run(run_id))
    return render_template("runs/live.html" if part else "runs/show.html", page=page)


@blueprint.get("/runs/<int:run_id>/undo")
@needs_role("owner", "finance")
def ask(run_id: int) -> ResponseReturnValue:
    """Show what taking it back would do, before anything is done."""
    return render_template("runs/undo.html", page=Page(_run(run_id)))


@blueprint.post("/runs/<int:run_id>/undo")
@needs_role("owner", "finance")
def undo(run_id: int) -> ResponseReturnValue:
    """Take back what a run created, once it was confirmed."""
    page = Page(_run(run_id))
    how, company = request.form.get("how", ""), page.connection.company_name
    if page.typed and request.form.get("company", "").strip() != company:
        return _refused(page, f"Type {company} exactly to confirm. Nothing was changed.")
    user_id, name = actor()
    try:
        count = undo_run.undo(
            run_id, how, name, user_id, now(), request.form.get("expected", type=int)
        )
    except UndoRefused as error:
        return _refused(Page(_run(run_id)), str(error))
    flash(f"{plural(count, 'invoice')} {'is' if count == 1 else 'are'} being taken back.", "ok")
    return redirect(url_for("runs.show", run_id=run_id), 303)


def _refused(page: Page, sentence: str) -> ResponseReturnValue:
    return render_template("runs/undo.html", page=page, sentence=sentence), 422


def _run(run_id: int) -> PushRun:
    return queries.run_of(run_id) or abort(404)
