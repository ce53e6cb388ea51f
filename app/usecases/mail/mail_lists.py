"""Who is e-mailed about a connection, or the whole workspace: the chosen, or owners and finance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from app.domain.mail_address import is_address
from app.domain.mail_topics import TOLD_ROLES, TOPIC_WORDS, Topic
from app.extensions import db
from app.models import Connection, MailRecipient, User, Workspace
from app.usecases.accounts import AccountRefused
from app.usecases.audit import audit
from app.usecases.changed_meanwhile import differences, mark_of, refuse_changed

MOST_OUTSIDE = 10  # addresses of nobody who signs in here, for one connection
_ACTION = "connection.recipients"
_ACTION_OF_ALL = "workspace.recipients"
# What is written about the whole workspace.
TOPICS_OF_ALL = (Topic.ALARM,)


@dataclass(frozen=True, slots=True)
class Lists:
    """Who gets what about one connection: people by number, and addresses outside, by topic.

    chosen: the topics for which somebody decided; the others follow the roles.
    """

    people: Mapping[Topic, frozenset[int]]
    outside: Mapping[Topic, frozenset[str]]
    chosen: frozenset[Topic]

    @property
    def addresses(self) -> list[str]:
        """Return every address outside, for the rows of a form."""
        return sorted(set().union(*self.outside.values()))

    @property
    def mark(self) -> str:
        """Return the mark of what is stored."""
        return mark_of(_kept(self))


def recipients_of(
    connection: Connection, topic: Topic, roles: Collection[str] = TOLD_ROLES
) -> list[str]:
    """Return whom an e-mail of a topic about a connection goes to.

    roles: who is told unless somebody chose. Those shut out are not, and where nobody chosen is
    left, the roles are told after all: silence would be the worst answer.
    """
    return _recipients(connection.workspace_id, connection.id, topic, roles)


def recipients_of_all(workspace_id: int) -> list[str]:
    """Return whom an alarm about the whole workspace goes to, by the same rules."""
    return _recipients(workspace_id, None, Topic.ALARM, TOLD_ROLES)


def _recipients(
    workspace_id: int, connection_id: int | None, topic: Topic, roles: Collection[str]
) -> list[str]:
    wanted = *_about(workspace_id, connection_id), MailRecipient.topic == topic
    theirs = User.workspace_id == workspace_id, User.disabled_at.is_(None)
    people = db.session.scalars(
        select(User.email)
        .join(MailRecipient, MailRecipient.user_id == User.id)
        .where(*wanted, *theirs)
        .order_by(User.id)
    ).all()
    outside = db.session.scalars(
        select(MailRecipient.address)
        .where(*wanted, MailRecipient.address.is_not(None))
        .order_by(MailRecipient.id)
    ).all()
    found = [*people, *(address for address in outside if address)]
    if not found:
        found = list(
            db.session.scalars(
                select(User.email).where(*theirs, User.role.in_(roles)).order_by(User.id)
            )
        )
    return list({address.casefold(): address for address in found}.values())


def lists_of(connections: Sequence[Connection], people: Sequence[User]) -> dict[int, Lists]:
    """Return who gets what about each of these connections, in one query."""
    rows: dict[int | None, list[MailRecipient]] = {each.id: [] for each in connections}
    found = db.session.scalars(
        select(MailRecipient)
        .where(MailRecipient.connection_id.in_(rows))
        .order_by(MailRecipient.id)
    )
    for row in found:
        rows[row.connection_id].append(row)
    return {each.id: _lists(rows[each.id], _told(people)) for each in connections}


def lists_of_all(workspace_id: int, people: Sequence[User]) -> Lists:
    """Return who gets what about the whole workspace."""
    return _stored(workspace_id, None, _told(people))


def save_lists(
    connection_id: int,
    people: Mapping[Topic, Collection[int]],
    outside: Mapping[Topic, Collection[str]],
    *,
    actor: str,
    user_id: int | None,
    seen: str = "",
) -> None:
    """Store who is e-mailed about a connection. Commits.

    A topic that goes to exactly those of the roles is left to follow them. Raises AccountRefused,
    and ChangedMeanwhile when seen is not the mark of what is stored.
    """
    connection = db.session.get_one(Connection, connection_id, with_for_update={"key_share": True})
    about = _Form(connection.workspace_id, connection_id, tuple(Topic), seen)
    _save(about, _ACTION, people, outside, actor, user_id)


def save_lists_of_all(
    workspace_id: int,
    people: Mapping[Topic, Collection[int]],
    outside: Mapping[Topic, Collection[str]],
    *,
    actor: str,
    user_id: int | None,
    seen: str = "",
) -> None:
    """Store who is e-mailed about the whole workspace, as save_lists does. Commits."""
    db.session.get_one(Workspace, workspace_id, with_for_update={"key_share": True})
    about = _Form(workspace_id, None, TOPICS_OF_ALL, seen)
    _save(about, _ACTION_OF_ALL, people, outside, actor, user_id)


@dataclass(frozen=True, slots=True)
class _Form:
    """What a form is about: a connection, or the whole workspace; seen: the mark it showed."""

    workspace_id: int
    connection_id: int | None
    topics: tuple[Topic, ...]
    seen: str

    @property
    def subject(self) -> str:
        if self.connection_id is None:
            return f"workspace:{self.workspace_id}"
        return f"connection:{self.connection_id}"

    def stored(self, told: frozenset[int]) -> Lists:
        return _stored(self.workspace_id, self.connection_id, told)


def _stored(workspace_id: int, connection_id: int | None, told: frozenset[int]) -> Lists:
    where = _about(workspace_id, connection_id)
    rows = db.session.scalars(select(MailRecipient).where(*where).order_by(MailRecipient.id))
    return _lists(rows.all(), told)


def _about(workspace_id: int, connection_id: int | None) -> tuple[ColumnElement[bool], ...]:
    """Match the rows about a connection, or, with None, about the whole workspace."""
    return (
        MailRecipient.workspace_id == workspace_id,
        MailRecipient.connection_id.is_not_distinct_from(connection_id),
    )


def _save(
    form: _Form,
    action: str,
    people: Mapping[Topic, Collection[int]],
    outside: Mapping[Topic, Collection[str]],
    actor: str,
    user_id: int | None,
) -> None:
    """Store a form whose connection or workspace is locked; commits."""
    everybody = db.session.scalars(
        select(User).where(User.workspace_id == form.workspace_id).order_by(User.id)
    ).all()
    told, names = _told(everybody), {person.id: person.name for person in everybody}
    before = form.stored(told)
    refuse_changed(form.seen, _kept(before), form.workspace_id, form.subject, action)
    wanted_people = {topic: set(people.get(topic, ())) & set(names) for topic in form.topics}
    wanted_outside = {topic: _checked(outside.get(topic, ())) for topic in form.topics}
    _refuse(wanted_people, wanted_outside)
    _store(form, wanted_people, wanted_outside, told)
    changed = differences(_named(before, names), _named(form.stored(told), names))
    if changed:
        subject = form.subject
        audit(form.workspace_id, actor, action, subject, user_id=user_id, changed=changed)
    db.session.commit()


def _told(people: Iterable[User]) -> frozenset[int]:
    """Return who is told unless somebody chose."""
    return frozenset(p.id for p in people if p.role in TOLD_ROLES and p.disabled_at is None)


def _lists(rows: Sequence[MailRecipient], told: frozenset[int]) -> Lists:
    chosen = frozenset(Topic(row.topic) for row in rows)
    people, outside = {}, {}
    for topic in Topic:
        mine = [row for row in rows if row.topic == topic]
        named = frozenset(row.user_id for row in mine if row.user_id is not None)
        people[topic] = named if topic in chosen else told
        outside[topic] = frozenset(row.address for row in mine if row.address is not None)
    return Lists(people, outside, chosen)


def _store(
    form: _Form,
    people: Mapping[Topic, Collection[int]],
    outside: Mapping[Topic, Collection[str]],
    told: frozenset[int],
) -> None:
    db.session.execute(delete(MailRecipient).where(*_about(form.workspace_id, form.connection_id)))
    for topic in form.topics:
        if set(people[topic]) == told and not outside[topic]:
            continue
        of_topic = {
            "workspace_id": form.workspace_id,
            "connection_id": form.connection_id,
            "topic": topic.value,
        }
        db.session.add_all(MailRecipient(**of_topic, user_id=one) for one in sorted(people[topic]))
        db.session.add_all(MailRecipient(**of_topic, address=a) for a in sorted(outside[topic]))
    db.session.flush()


def _checked(addresses: Collection[str]) -> set[str]:
    found = {address.strip().lower() for address in addresses if address.strip()}
    for address in found:
        if not is_address(address):
            raise AccountRefused("address", f"“{address}” is not an e-mail address.")
    return found


def _refuse(people: Mapping[Topic, Collection[int]], outside: Mapping[Topic, set[str]]) -> None:
    for topic in people:
        if not people[topic] and not outside[topic]:
            name = TOPIC_WORDS[topic].name
            raise AccountRefused(topic, f"Somebody must get “{name}”: tick at least one.")
    if len(set().union(*outside.values())) > MOST_OUTSIDE:
        raise AccountRefused("address", f"At most {MOST_OUTSIDE} addresses outside.")


def _kept(lists: Lists) -> dict[str, Any]:
    return {
        topic.value: [
            topic in lists.chosen,
            sorted(lists.people[topic]) if topic in lists.chosen else [],
            sorted(lists.outside[topic]),
        ]
        for topic in Topic
    }


def _named(lists: Lists, names: Mapping[int, str]) -> dict[str, Any]:
    """Return the lists as the audit tells them."""
    return {
        topic.value: sorted(names[one] for one in lists.people[topic])
        + sorted(lists.outside[topic])
        if topic in lists.chosen
        else "owners and finance"
        for topic in Topic
    }
