"""QuickBooks Online as data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain.reading import BookKind
from app.ledgers.interface import App, Limits, Provider

PROVIDER = Provider(
    key="quickbooks",
    name="QuickBooks",
    vendor="Intuit",
    company_word="company",
    environments=("production", "sandbox"),
    # QuickBooks: Limits and throttles. 500 a minute and 10 a second; the older text says 10 at a
    # time. The customer's other apps share the allowance, so two places stay free.
    limits=Limits(
        per_minute=500,
        per_second=10,
        in_flight=8,
        pause_floor=timedelta(seconds=60),  # no Retry-After is documented; a minute refills it
    ),
    # How long request ids are kept is not documented: within a day a repeat is trusted, after
    # that we look first.
    key_lifetime=timedelta(hours=24),
    closed_period_codes=frozenset({"6200", "6210"}),
    number_length=21,  # QuickBooks: Invoice, DocNumber
    expiry_warnings=(14, 3),
    request_id_name="intuit_tid",
    history_limit=timedelta(days=30),  # QuickBooks: Change data capture
    # Intuit App Partner Program, Builder tier: reads, queries, change data and batches that were
    # answered, per developer account and calendar month; the sandbox is free.
    metered_a_month=500_000,
    metered_environments=("production",),
    # QuickBooks: Webhooks, data objects; entities as its notices name them, in plain words.
    notice_kinds={
        "invoice": BookKind.INVOICE,
        "creditmemo": BookKind.CREDIT_NOTE,
        "payment": BookKind.PAYMENT,
        "refundreceipt": BookKind.REFUND,
        "customer": BookKind.CUSTOMER,
    },
    notice_words={
        "billpayment": "Bill payment",
        "creditmemo": "Credit note",
        "creditcardpayment": "Card payment",
        "companyinfo": "Company details",
        "journalentry": "Journal entry",
        "paymentmethod": "Payment method",
        "preferences": "Company settings",
        "purchase": "Expense",
        "purchaseorder": "Purchase order",
        "refundreceipt": "Refund",
        "salesreceipt": "Sales receipt",
        "taxagency": "Tax agency",
        "taxcode": "Tax code",
        "timeactivity": "Time entry",
        "vendor": "Supplier",
        "vendorcredit": "Supplier credit",
    },
)


def app_of(settings: Any) -> App:
    """Read our Intuit application from the settings; a webhook token may be a comma list."""
    tokens = settings.intuit_webhook_token.split(",")
    return App(
        client_id=settings.intuit_client_id,
        client_secret=settings.intuit_client_secret,
        webhook_tokens=tuple(token.strip() for token in tokens if token.strip()),
        discovery_url=settings.intuit_discovery_url,
        api_url=settings.quickbooks_api_url,
    )
