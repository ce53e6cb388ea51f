"""Shape the refusals of QuickBooks: validation and gateway faults, XML (facts: quickbooks 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.clock import pacific_milliseconds
from simulator.json_text import dumps

MESSAGES = {
    "120": "AuthorizationFailure",
    "130": "Wrong cluster",
    "140": "Company is locked out",
    "150": "Company is under maintenance",
    "500": "Unsupported Operation",
    "600": "Duplicate Request ID",
    "610": "Object Not Found",
    "620": "Transaction cannot be linked",
    "630": "Duplicate object",
    "700": "Invalid parent",
    "800": "Object cannot be deleted, dependencies exist",
    "900": "Invalid Parent",
    "1000": "Operation failed",
    "1010": "Create failed",
    "1020": "Update failed",
    "1040": "Batch size limit exceeded",
    "2000": "Invalid object name",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid String. The string is not in the correct format",
    "2050": "String length specified does not match the supported length",
    "2060": "Invalid Date Format",
    "2070": "Invalid Date",
    "2080": "Invalid Number",
    "2090": "Invalid number value",
    "2100": "Invalid Decimal Format",
    "2110": "Invalid decimal value",
    "2120": "Invalid Type",
    "2130": "Invalid Request Id",
    "2140": "Invalid Amount",
    "2150": "Invalid Percent",
    "2160": "Invalid Quantity",
    "2170": "Invalid Enumeration",
    "2180": "Invalid String Range",
    "2190": "Invalid Date Range",
    "2200": "Invalid URL",
    "2210": "Invalid Email Address",
    "2220": "Invalid Currency",
    "2230": "Invalid Boolean",
    "2240": "Invalid Number Range",
    "2250": "Missing Lines",
    "2280": "Tax amount missing",
    "2290": "Negative Line Amounts",
    "2500": "Invalid Reference Id",
    "2600": "Conflicting elements",
    "3000": "Invalid custom field",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "4002": "Error processing query",
    "5000": "Deprecated field",
    "5010": "Stale Object Error",
    "5020": "Permission Denied Error",
    "5030": "Feature Not Supported Error",
    "6000": "A business validation error has occurred while processing your request",
    "6010": "Account Type or Account Sub Type needed",
    "6041": "Uploaded file type is not allowed",
    "6070": "Amount calculation incorrect in the request",
    "6080": "No name provided",
    "6090": "Discount line is missing amount or percent",
    "6100": "Invalid Tax Code",
    "6130": "Cannot change who customer bills with",
    "6140": "Duplicate Document Number Error",
    "6160": "Custom sales tax cannot be used",
    "6170": "TxnTaxDetail not allowed",
    "6180": "Nesting level exceeded",
    "6190": "Invalid Company Status",
    "6200": "Account Period Closed",
    "6210": "Account Period Closed, Cannot Update Through Services API",
    "6220": "Cannot make inactive",
    "6230": "Custom sales tax cannot be used",
    "6240": "Duplicate Name Exists Error",
    "6250": "Customer is missing or inactive",
    "6270": "Inventory transaction before start date",
    "6280": "Cannot make inactive",
    "6420": "Email address required",
    "6430": "Invalid account type used",
    "6450": "Void failed",
    "6470": "Tax settings problem",
    "6480": "Cannot delete: matched to bank",
    "6540": "Deposited Transaction cannot be changed",
    "10000": "An application error has occurred while processing your request",
    "10100": "Result too large",
    "10200": "Company was reset",
}

INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


class Fault(Exception):
    """Refuse a request the way the service does: HTTP 400 and a ValidationFault unless stated."""

    def __init__(
        self,
        code: str,
        detail: str,
        element: str | None = None,
        *,
        timed: bool = True,
        status: int = 400,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.element = code, detail, element
        self.timed, self.status = timed, status

    def body(self) -> dict[str, Any]:
        """Return the ``Fault`` object, also used for an item of a batch."""
        error = {
            "Message": MESSAGES.get(self.code, "Error"),
            "Detail": self.detail,
            "code": self.code,
        }
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": "ValidationFault"}

    def text(self, now: datetime) -> str:
        answer: dict[str, Any] = {"Fault": self.body()}
        if self.timed:
            answer["time"] = pacific_milliseconds(now)
        return dumps(answer)


def required(parameter: str) -> Fault:
    return Fault("2020", f"Required parameter {parameter} is missing in the request", parameter)


def not_found() -> Fault:
    return Fault("610", f"Object Not Found : {INACTIVE}", "")


def unknown_reference(what: str) -> Fault:
    return Fault("2500", f"Invalid Reference Id : {what}", "")


def business(detail: str) -> Fault:
    return Fault("6000", f"Business Validation Error: {detail}", "")


def stale() -> Fault:
    detail = (
        "Stale Object Error : You and Jo Bloggs were working on this at the same time. "
        "Jo Bloggs finished before you did, so your work was not saved."
    )
    return Fault("5010", detail, "")


def unsupported(realm: str, path: str) -> Fault:
    relative = f"/v3/company/{realm}/{path}"
    detail = (
        f"Operation Could not find resource for relative : {relative} of full path: "
        f"https://c50.qbo.intuit.com/qbo50{relative} is not supported."
    )
    return Fault("500", detail)


def gateway_json(status: int, code: str, name: str, detail: str | None, now: datetime) -> str:
    """Write a gateway fault in lower case with the time as epoch milliseconds (8.1 b)."""
    kind = "AUTHENTICATION" if status == 401 else "SERVICE"
    error = {
        "message": f"message={name}; errorCode=00{code}; statusCode={status}",
        "detail": detail,
        "code": code,
        "element": None,
    }
    return dumps(
        {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": kind},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": int(now.timestamp() * 1000),
            "status": None,
            "cdcresponse": [],
        }
    )


def gateway_xml(status: int, code: str, name: str, detail: str, now: datetime) -> str:
    """Write the same as XML, which is sent even to clients that accept JSON only (8.1 c)."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<IntuitResponse time="{pacific_milliseconds(now)}" xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type="SERVICE"><Error code="{code}"><Message>message={name}; errorCode=00{code}; '
        f"statusCode={status}</Message><Detail>{detail}</Detail></Error></Fault></IntuitResponse>"
    )
