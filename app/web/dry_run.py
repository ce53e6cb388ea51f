"""What would be sent of everything that waits for a company: shown, and nothing is written."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.domain.going_live import until_switched_on
from app.queries import connections
from app.usecases.push import dry_run as usecase
from app.usecases.push.dry_run import Buyer, Fate
from app.web.json_shown import laid_out
from app.web.presentation import ledger_name

AUTHENTICATION = "session"

blueprint = Blueprint("dry_run", __name__)
blueprint.add_app_template_filter(until_switched_on)

# Bodies written out on one page; the command and REST give all of them.
_SHOWN = 200


@blueprint.get("/connections/<int:connection_id>/dry-run")
def show(connection_id: int) -> ResponseReturnValue:
    """Show per document what would be sent, what is stopped, and whom it is for."""
    if connections.connection_of(connection_id) is None:
        abort(404)
    found = usecase.dry_run(connection_id)
    return render_template(
        "dry_run/show.html",
        found=found,
        fates=[fate for fate in Fate if found.of(fate)],
        connection=found.connection,
        ledger=ledger_name(found.connection.provider),
        shown=_SHOWN,
        buyers=Buyer,
        laid_out=laid_out,
    )
