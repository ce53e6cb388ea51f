"""Choose the body of a write by what is written and how."""

from __future__ import annotations

from app.domain.crediting import ApplicationPlan
from app.domain.push_plan import (
    AttachmentPlan,
    CustomerPlan,
    InvoicePlan,
    ItemPlan,
    VoidPlan,
)
from app.domain.states import SALES, DocumentKind, Operation
from app.ledgers.quickbooks import attachments, customers, items, payloads

Plan = InvoicePlan | CustomerPlan | ItemPlan | AttachmentPlan | VoidPlan | ApplicationPlan


def body_of(kind: DocumentKind, operation: Operation, plan: Plan) -> bytes:
    """Put a plan into bytes. Raises ValueError with a sentence."""
    match kind, operation, plan:
        case _, Operation.VOID | Operation.DELETE, VoidPlan() if kind in SALES:
            return payloads.void_body(plan)
        case DocumentKind.CREDIT_APPLICATION, Operation.CREATE, ApplicationPlan():
            return payloads.application_body(plan)
        case DocumentKind.INVOICE, _, InvoicePlan() if _is_for(plan, operation):
            return payloads.invoice_body(plan)
        case DocumentKind.CREDIT_NOTE, _, InvoicePlan() if _is_for(plan, operation):
            return payloads.credit_memo_body(plan)
        case DocumentKind.CUSTOMER, Operation.CREATE, CustomerPlan(ledger_id=None):
            return customers.customer_body(plan)
        case DocumentKind.CUSTOMER, Operation.UPDATE, CustomerPlan(ledger_id=str()):
            return customers.customer_change_body(plan)
        case DocumentKind.ITEM, Operation.CREATE, ItemPlan():
            return items.item_body(plan)
        case DocumentKind.ATTACHMENT, Operation.CREATE, AttachmentPlan():
            return attachments.upload_body(plan)
    spoken = kind.replace("_", " ")
    raise ValueError(f"QuickBooks cannot {operation} a {spoken} from this plan.")


def _is_for(plan: InvoicePlan, operation: Operation) -> bool:
    """Tell whether a plan fits: a change without an id would be a second document."""
    known = plan.ledger_id is not None and plan.version is not None
    return known if operation == Operation.UPDATE else operation == Operation.CREATE and not known
