"""Keep one workspace's people out of another's rows, in one place.

A session marked with a workspace sees that workspace's rows only, whatever the query says. Pages,
API and hooks mark theirs before the first query; workers and commands act on ids and do not.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, scoped_session, with_loader_criteria

from app.models.base import WorkspaceRow

_MARK = "workspace_id"


def enter_workspace(session: Session | scoped_session[Any], workspace_id: int) -> None:
    """Mark a session: from now on it sees this workspace's rows only."""
    session.info[_MARK] = workspace_id


@event.listens_for(Session, "do_orm_execute")
def _stay_inside(state: ORMExecuteState) -> None:
    workspace_id = state.session.info.get(_MARK)
    if workspace_id is None or state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("all_workspaces"):
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            WorkspaceRow,
            lambda table: table.workspace_id == workspace_id,
            include_aliases=True,
        )
    )
