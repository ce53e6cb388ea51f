"""Answer a parsed query from the books (facts: quickbooks 3.2, 3.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator import json_text
from simulator.clock import PACIFIC
from simulator.quickbooks.books import NAMED, TRANSACTIONS, Books, Document
from simulator.quickbooks.broken import refuse_broken
from simulator.quickbooks.company import company_info, preferences
from simulator.quickbooks.faults import Fault
from simulator.quickbooks.query_language import Condition, Query

# What may be filtered beside Id and MetaData times, entity by entity.
_FILTERABLE_TEXT = """
Invoice: DocNumber TxnDate DueDate Balance CustomerRef SalesTermRef ProjectRef TotalAmt
CreditMemo: DocNumber TxnDate CustomerRef TotalAmt Balance
Payment: CustomerRef ProjectRef PaymentRefNum TxnDate TotalAmt
RefundReceipt: DocNumber TxnDate CustomerRef TotalAmt
JournalEntry: DocNumber TxnDate
Deposit: TxnDate TotalAmt
Purchase: TxnDate TotalAmt
Customer: DisplayName GivenName MiddleName FamilyName FullyQualifiedName CompanyName Suffix
Customer: PrintOnCheckName PrimaryEmailAddr Active Balance Job ParentRef
Vendor: DisplayName GivenName MiddleName FamilyName CompanyName PrintOnCheckName
Vendor: PrimaryEmailAddr Active Balance
Employee: DisplayName GivenName FamilyName Active
Item: Name FullyQualifiedName Type Sku Active
Account: Name FullyQualifiedName AccountType AccountSubType Classification Active SubAccount
Account: CurrentBalance
Term: Name Active
Class: Name FullyQualifiedName SubClass Active
Department: Name FullyQualifiedName SubDepartment Active
TaxCode: Name Description Active
TaxRate: Name Active
TaxAgency: DisplayName
Attachable: FileName AttachableRef.EntityRef.Type AttachableRef.EntityRef.value
"""
# Entities the service knows and this simulator keeps empty.
_EMPTY_TEXT = """
Bill BillPayment Budget CompanyCurrency CustomerType Estimate ExchangeRate
PaymentMethod PurchaseOrder SalesReceipt TimeActivity Transfer VendorCredit
"""


def _read(text: str) -> dict[str, set[str]]:
    table: dict[str, set[str]] = {}
    for line in text.strip().splitlines():
        entity, _, names = line.partition(": ")
        table.setdefault(entity, set()).update(names.split())
    return table


_FILTERABLE = _read(_FILTERABLE_TEXT)
_EMPTY = _EMPTY_TEXT.split()
_SINGLE = {"CompanyInfo": company_info, "Preferences": preferences}
KNOWN = {name.lower(): name for name in (*_FILTERABLE, *_SINGLE, *_EMPTY)}
_NUMBERS = ("Balance", "TotalAmt", "CurrentBalance")
_COLUMNS = {
    "Id": "id",
    "DocNumber": "doc_number",
    "DisplayName": "name",
    "Name": "name",
    "CustomerRef": "customer",
    "TxnDate": "txn_date",
    "Active": "active",
    "MetaData.CreateTime": "created",
    "MetaData.LastUpdatedTime": "updated",
}
_PATHS = {
    "PrimaryEmailAddr": "PrimaryEmailAddr.Address",
    "AttachableRef.EntityRef.Type": "AttachableRef[0].EntityRef.type",
    "AttachableRef.EntityRef.value": "AttachableRef[0].EntityRef.value",
}
_SELECTIVE = ("Id", "DocNumber", "DisplayName", "Name", "CustomerRef")
_TIMES = ("MetaData.CreateTime", "MetaData.LastUpdatedTime")


def canonical(name: str) -> str:
    """Return the entity's own spelling. Raise 4001 for an unknown one."""
    known = KNOWN.get(name.lower())
    if known is None:
        raise Fault("4001", f"QueryValidationError: invalid context declaration: {name}")
    return known


def run(books: Books, query: Query) -> str:
    """Return the text of a ``QueryResponse`` object."""
    kind = canonical(query.entity)
    if kind in _SINGLE:
        return _answer(kind, [json_text.dumps(_SINGLE[kind](books))], 1)
    if kind in _EMPTY:
        return json_text.dumps({"totalCount": 0} if query.count else {})
    where, parameters = _where(books, kind, query.conditions)
    if query.count:
        statement = f"SELECT COUNT(*) AS n FROM document WHERE {where}"  # noqa: S608 - own columns
        row = books.store.one(statement, *parameters)
        return json_text.dumps({"totalCount": row["n"]})
    order = _order(books, kind, query)
    statement = f"SELECT id, body FROM document WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    rows = books.store.rows(statement, *parameters, query.maximum, query.start - 1)
    texts = [row["body"] for row in rows]
    if not query.fields:
        refuse_broken(books, kind, (row["id"] for row in rows))
    if query.fields:
        texts = [
            json_text.dumps(_project(kind, json_text.loads(text), query.fields)) for text in texts
        ]
    return _answer(kind, texts, query.start)


def _answer(kind: str, texts: list[str], start: int) -> str:
    if not texts:
        return "{}"
    return f'{{"{kind}":[{",".join(texts)}],"startPosition":{start},"maxResults":{len(texts)}}}'


def _project(kind: str, document: Document, fields: list[str]) -> Document:
    shown: Document = {"domain": "QBO", "sparse": True}
    for path in fields:
        names = path.removesuffix(".*").split(".")
        value: Any = document
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            continue
        target = shown
        for name in names[:-1]:
            target = target.setdefault(name, {})
        target[names[-1]] = value
    return shown


def _where(books: Books, kind: str, conditions: list[Condition]) -> tuple[str, list[Any]]:
    clauses, parameters = ["realm=? AND kind=? AND deleted=0"], [books.realm, kind]
    for condition in conditions:
        clause, values = _condition(books, kind, condition)
        clauses.append(clause)
        parameters.extend(values)
    # Name lists hide inactive rows unless Active is asked about.
    if kind in NAMED and not any(condition.field == "Active" for condition in conditions):
        clauses.append("active=1")
    return " AND ".join(clauses), parameters


def _condition(books: Books, kind: str, condition: Condition) -> tuple[str, list[Any]]:
    name = condition.field
    expression = _expression(books, kind, name)
    if name == "Id" and condition.operator not in ("=", "IN") and not books.switches["id_ranges"]:
        raise Fault(
            "4001",
            f"QueryValidationError: operator {condition.operator} is not supported for property Id",
        )
    if condition.operator == "LIKE":
        pattern = str(condition.values[0])
        if "%" in pattern.strip("%"):
            raise Fault(
                "4001", "QueryValidationError: % is allowed at the start and at the end only"
            )
        escaped = pattern.replace("\\", "\\\\").replace("_", "\\_")
        return f"{expression} LIKE ? ESCAPE '\\'", [escaped]
    values = [_value(name, value) for value in condition.values]
    if name == "Id" and condition.operator not in ("=", "IN"):
        expression, values = (
            "number",
            [int(value) if str(value).isdigit() else 0 for value in values],
        )
    if condition.operator == "IN":
        return f"{expression} IN ({','.join('?' * len(values))})", values
    return f"{expression} {condition.operator} ?", values


def _expression(books: Books, kind: str, name: str) -> str:
    if name not in ("Id", *_TIMES) and name not in _FILTERABLE[kind]:
        raise Fault(
            "4001", f"QueryValidationError: property '{name}' is not queryable for entity {kind}"
        )
    if name in _COLUMNS:
        return _COLUMNS[name]
    path = _PATHS.get(name, name)
    path = f"{path}.value" if name.endswith("Ref") else path
    return f"json_extract(body, '$.{path}')" + ("" if name in _NUMBERS else " COLLATE NOCASE")


def _value(name: str, value: str | bool) -> Any:
    if name in _TIMES:
        return _moment(str(value))
    if isinstance(value, bool):
        return int(value)
    if name in ("Active", "SubAccount", "Job"):
        return int(value.lower() == "true")
    if name in _NUMBERS:
        try:
            return float(value)
        except ValueError as error:
            raise Fault(
                "4001", f"QueryValidationError: value {value} is not a number for property {name}"
            ) from error
    return value


def _moment(text: str) -> int:
    """Read a time; without an offset it is taken as Pacific (unconfirmed, so always send one)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault("4000", f"QueryParserError: Invalid date time value {text}") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).timestamp())


_SORTABLE_ONLY = {"Customer": ["BalanceWithJobs"]}
_NOT_SORTABLE = ("CustomerRef", "SalesTermRef", "ProjectRef", "ParentRef")


def _order(books: Books, kind: str, query: Query) -> str:
    terms = []
    for name, descending in query.order:
        if (name == "Id" and not books.switches["id_ranges"]) or name in _NOT_SORTABLE:
            raise Fault("4001", f"QueryValidationError: property '{name}' is not sortable")
        if name in _SORTABLE_ONLY.get(kind, []):
            expression = f"json_extract(body, '$.{name}')"
        else:
            expression = "number" if name == "Id" else _expression(books, kind, name)
        terms.append(f"{expression} {'DESC' if descending else 'ASC'}")
    # Recorded defaults: lists by name, transactions newest first.
    tail = "number DESC" if kind in TRANSACTIONS else "name, number"
    order = ", ".join([*terms, "number" if terms else tail])
    # The plus keeps SQLite from walking in this order where a condition picks few rows.
    return f"+{order}" if any(c.field in _SELECTIVE for c in query.conditions) else order
