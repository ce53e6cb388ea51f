"""Have items made in a ledger for services that nothing there stands for; when a person asks."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app import queue
from app.domain.item_wish import ItemWish
from app.domain.push_plan import ItemPlan
from app.domain.states import (
    FINISHED,
    CatalogueKind,
    ConnectionState,
    DocumentKind,
    Lane,
    MappingKind,
    Operation,
    PushState,
)
from app.extensions import db
from app.models import CatalogueRow, Connection, Mapping, Push, Service
from app.usecases.audit import audit
from app.usecases.company.exclusive import in_turn
from app.usecases.company.open_ledger import on_paper
from app.usecases.mapping.item_accounts import ItemError, ItemsRefused, income_account_of, refused
from app.usecases.push.readied import new_key

__all__ = ("ItemError", "ItemsRefused", "Wanted", "create_items")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One service and what its item shall be called; the service's own name unless one is given."""

    code: str
    name: str = ""


def create_items(
    connection_id: int,
    wanted: Sequence[Wanted],
    *,
    actor: str,
    user_id: int | None,
    now: datetime,
    income_account: str | None = None,
) -> list[Push]:
    """Intend to create an item for each service, all or none; commits, then wakes a worker.

    Each goes as every write does, body and key stored first, before any invoice; booked, it is
    listed, the service is mapped to it, and what waited for that goes. A creation under way already
    is returned as it is. income_account: an id of the ledger's; kept as the connection's default.
    Raises ItemsRefused.
    """
    try:
        connection = _locked(connection_id)
        account = income_account_of(connection, income_account, actor, user_id)
        made = _Asking(connection, account, actor, user_id, now).ask(wanted)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    queue.wake(connection_id, "express")
    return made


def _locked(connection_id: int) -> Connection:
    connection = db.session.get_one(Connection, connection_id)
    in_turn("map", connection.id)
    db.session.refresh(connection)
    if connection.state == ConnectionState.DISCONNECTED:
        raise refused("", "code", "This connection was disconnected: nothing can be created there.")
    return connection


class _Asking:
    """One request for items, collecting what is wrong with it."""

    def __init__(
        self,
        connection: Connection,
        account: CatalogueRow,
        actor: str,
        user_id: int | None,
        now: datetime,
    ) -> None:
        self.connection, self.account = connection, account
        self.actor, self.user_id, self.now = actor, user_id, now
        self.paper = on_paper(connection.provider, connection.environment, connection.company_id)
        self.errors: list[ItemError] = []
        self.names: set[str] = set()

    def ask(self, wanted: Sequence[Wanted]) -> list[Push]:
        """Return one push for each; raises ItemsRefused with everything that is wrong."""
        services = self._services([one.code for one in wanted])
        pushes = [self._push(one, services) for one in wanted]
        if self.errors:
            raise ItemsRefused(self.errors)
        return [push for push in pushes if push is not None]

    def _services(self, codes: Sequence[str]) -> Map[str, Service]:
        rows = db.session.scalars(
            select(Service).where(
                Service.workspace_id == self.connection.workspace_id, Service.code.in_(codes)
            )
        )
        return {row.code: row for row in rows}

    def _push(self, wanted: Wanted, services: Map[str, Service]) -> Push | None:
        service = services.get(wanted.code)
        if service is None:
            self._wrong(wanted, "code", f"Billing has no service “{wanted.code}”.")
            return None
        mapped = self._mapped_to(service)
        if mapped is not None:
            sentence = f"“{service.name}” is mapped to “{mapped.name}” already."
            self._wrong(wanted, "code", sentence)
            return None
        last = self._last_creation(service)
        if last is not None and last.state not in FINISHED:
            return last
        name = " ".join((wanted.name or service.name).split())
        if not self._is_free(wanted, name):
            return None
        return self._intended(wanted, service, name, last)

    def _wrong(
        self, wanted: Wanted, field: str, sentence: str, existing: CatalogueRow | None = None
    ) -> None:
        self.errors.append(ItemError(wanted.code, field, sentence, existing))

    def _mapped_to(self, service: Service) -> CatalogueRow | None:
        return db.session.scalar(
            select(CatalogueRow)
            .join(Mapping, Mapping.leads_to(CatalogueRow))
            .where(
                Mapping.connection_id == self.connection.id,
                Mapping.kind == MappingKind.SERVICE,
                Mapping.code == service.code,
                CatalogueRow.is_usable(),
            )
        )

    def _last_creation(self, service: Service) -> Push | None:
        return db.session.scalar(
            select(Push)
            .where(
                Push.connection_id == self.connection.id,
                Push.document_kind == DocumentKind.ITEM,
                Push.document_id == service.id,
            )
            .order_by(Push.id.desc())
            .limit(1)
        )

    def _is_free(self, wanted: Wanted, name: str) -> bool:
        """Tell whether no item we know of has the name, nor any other of this request."""
        if name.casefold() in self.names:
            sentence = f"Two of these services would make an item called “{name}”."
            self._wrong(wanted, "name", sentence)
            return False
        self.names.add(name.casefold())
        there = db.session.scalars(
            select(CatalogueRow)
            .where(
                CatalogueRow.connection_id == self.connection.id,
                CatalogueRow.kind == CatalogueKind.ITEM,
                func.lower(CatalogueRow.name) == name.lower(),
            )
            .order_by(CatalogueRow.active.desc())
        ).first()
        if there is not None:
            self._wrong(wanted, "name", _taken(there), there)
        return there is None

    def _intended(
        self, wanted: Wanted, service: Service, name: str, last: Push | None
    ) -> Push | None:
        plan = ItemPlan(name, self.account.ledger_id)
        try:
            body = self.paper.build(DocumentKind.ITEM, Operation.CREATE, plan)
        except ValueError as error:
            self._wrong(wanted, "name", str(error))
            return None
        unheard = _unheard_of(last)
        wish = ItemWish(
            name=name,
            account_id=self.account.ledger_id,
            account_name=self.account.name,
            asked_by=self.actor,
            user_id=self.user_id,
            sent_since=unheard,
        )
        push = Push(
            workspace_id=self.connection.workspace_id,
            connection_id=self.connection.id,
            document_kind=DocumentKind.ITEM,
            document_id=service.id,
            operation=Operation.CREATE,
            revision=1,
            state=PushState.WAITING,
            lane=Lane.CUSTOMERS,
            due_at=self.now,
            key=new_key(),
            body=body,
            asked=wish.as_json(),
            look_first=unheard is not None,
        )
        db.session.add(push)
        audit(
            self.connection.workspace_id,
            self.actor,
            "item.create",
            f"connection:{self.connection.id}",
            user_id=self.user_id,
            code=service.code,
            name=name,
            income_account=self.account.name,
        )
        return push


def _taken(there: CatalogueRow) -> str:
    if there.usable:
        return f"There is an item called “{there.name}” already. Map to it, or choose another name."
    is_a = there.details.get("is_a")
    what = f"a {is_a}" if is_a else "an inactive item"
    return f"There is {what} called “{there.name}” already. Choose another name."


def _unheard_of(last: Push | None) -> datetime | None:
    """Return since when an earlier creation may be in the ledger without our knowing."""
    if last is None or last.state == PushState.DONE:
        return None
    return ItemWish.from_json(last.asked or {}).sent_since or last.first_sent_at
