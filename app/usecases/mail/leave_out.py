"""Let somebody who just came in get no e-mails, whatever their role."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from app.domain.mail_topics import Topic
from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Connection, User
from app.usecases.mail.mail_lists import (
    TOPICS_OF_ALL,
    Lists,
    lists_of,
    lists_of_all,
    save_lists,
    save_lists_of_all,
)


def leave_out(person: User, *, actor: str, user_id: int | None) -> None:
    """Let every list stay as it was before somebody came in; commits.

    Only lists that follow the roles would take them up; those are chosen now, as they stood.
    """
    workspace_id, number = person.workspace_id, person.id
    connections = db.session.scalars(
        select(Connection).where(
            Connection.workspace_id == workspace_id,
            Connection.state != ConnectionState.DISCONNECTED,
        )
    ).all()
    people = db.session.scalars(
        select(User).where(User.workspace_id == workspace_id).order_by(User.id)
    ).all()
    of_all = lists_of_all(workspace_id, people)
    if _goes_to_somebody(of_all, number, TOPICS_OF_ALL):
        wanted = _without(of_all, number)
        save_lists_of_all(workspace_id, wanted, of_all.outside, actor=actor, user_id=user_id)
    for connection_id, lists in lists_of(connections, people).items():
        if _goes_to_somebody(lists, number, tuple(Topic)):
            wanted = _without(lists, number)
            save_lists(connection_id, wanted, lists.outside, actor=actor, user_id=user_id)


def _without(lists: Lists, number: int) -> Mapping[Topic, Collection[int]]:
    return {topic: who - {number} for topic, who in lists.people.items()}


def _goes_to_somebody(lists: Lists, number: int, topics: Collection[Topic]) -> bool:
    """Tell whether every topic is left with somebody: else it stays with the roles."""
    return all(lists.people[topic] - {number} or lists.outside[topic] for topic in topics)
