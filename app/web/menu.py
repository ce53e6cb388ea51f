"""What the menu shows on every page: who is signed in, the connections, three counts."""

from __future__ import annotations

from functools import cached_property

from flask import g

from app.domain.states import ConnectionState
from app.extensions import settings
from app.models import User
from app.queries import counts


class Menu:
    """The menu of one page; counts are read when the page is drawn, after what it changed."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def may_change(self) -> bool:
        """Tell whether this person's role allows more than looking."""
        return self.user.role != "viewer"

    @property
    def mailbox(self) -> bool:
        """Tell whether e-mails stay here, in the application's own mailbox."""
        return not settings().mail_url

    @property
    def connections(self) -> tuple[counts.ConnectionLink, ...]:
        """Return the connections in use, or meant to be."""
        return tuple(one for one in self._all if one.state != ConnectionState.DISCONNECTED)

    @property
    def disconnected(self) -> tuple[counts.ConnectionLink, ...]:
        """Return the connections that somebody disconnected: they are taken up from their page."""
        return tuple(one for one in self._all if one.state == ConnectionState.DISCONNECTED)

    @cached_property
    def _all(self) -> tuple[counts.ConnectionLink, ...]:
        return counts.connections()

    @cached_property
    def not_in_ledger(self) -> int:
        """Return how many invoices need a person to get into the ledger."""
        return counts.not_in_ledger()

    @cached_property
    def lacking(self) -> dict[int, int]:
        """Return how many services and tax codes each connection needs and has no mapping for."""
        return counts.not_mapped()

    @property
    def not_mapped(self) -> int:
        """Return how many mappings are missing."""
        return sum(self.lacking.values())

    @cached_property
    def differences(self) -> int:
        """Return how many differences between the books are open."""
        return counts.differences()


def menu() -> Menu | None:
    """Return the menu of the person signed in; None for nobody."""
    if "menu" not in g:
        user = g.get("user")
        g.menu = Menu(user) if user else None
    shown: Menu | None = g.menu
    return shown
