"""Say which ledger is meant, where a workspace has two companies in one."""

from __future__ import annotations

from app.web.menu import menu
from app.web.presentation import ledger_name


def which_ledger(provider: str, connection_id: int | None) -> str:
    """Return "QuickBooks", and where that may be either of two, its company too."""
    company, name = _company(provider, connection_id), ledger_name(provider)
    return f"{name} ({company})" if company else name


def company_or_ledger(provider: str, connection_id: int | None) -> str:
    """Return the company where there are two in one ledger, else the ledger: for narrow places."""
    return _company(provider, connection_id) or ledger_name(provider)


def _company(provider: str, connection_id: int | None) -> str:
    shell = menu()
    same = [link for link in shell.connections if link.provider == provider] if shell else []
    names = [link.company_name for link in same if link.id == connection_id]
    return names[0] if names and len(same) > 1 else ""
