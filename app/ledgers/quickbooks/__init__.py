"""QuickBooks Online."""

from app.ledgers.interface import LedgerKind
from app.ledgers.quickbooks.company import open_company
from app.ledgers.quickbooks.explanations import explain
from app.ledgers.quickbooks.oauth import QuickBooksOAuth
from app.ledgers.quickbooks.provider import PROVIDER, app_of
from app.ledgers.quickbooks.webhooks import QuickBooksWebhooks

KIND = LedgerKind(
    provider=PROVIDER,
    oauth=QuickBooksOAuth(),
    webhooks=QuickBooksWebhooks(),
    app_of=app_of,
    open=open_company,
    explain=explain,
)
