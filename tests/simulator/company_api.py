"""Call one simulated company's V3 API the way any client would: plain HTTP."""

from __future__ import annotations

from decimal import Decimal
from types import TracebackType
from typing import Any

import requests

from simulator import json_text
from simulator.client import FOGHORN, SimulatorProcess

Json = dict[str, Any]


class CompanyApi:
    """A connected app's view of one company."""

    def __init__(self, simulator: SimulatorProcess, realm: str) -> None:
        self.simulator, self.realm = simulator, realm
        self.tokens = simulator.issue_tokens(realm)
        self.session = requests.Session()
        self.session.trust_env = False
        self.base = f"{simulator.url}/v3/company/{realm}"

    def __enter__(self) -> CompanyApi:
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def later(self, **ahead: float) -> None:
        """Let time pass and the app stay connected."""
        self.simulator.advance_clock(**ahead)
        self.tokens = self.simulator.issue_tokens(self.realm)

    def now(self) -> str:
        """Return the simulated time, as a client would write it for changedSince."""
        return str(self.simulator.call("GET", "/clock")["now"])[:19] + "+00:00"

    def send(
        self, method: str, path: str, body: Any = None, **parameters: Any
    ) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        data = body if isinstance(body, (bytes, str, type(None))) else json_text.dumps(body)
        return self.session.request(
            method, f"{self.base}/{path}", data=data, params=parameters, headers=headers, timeout=10
        )

    def post(self, path: str, body: Any, **parameters: Any) -> requests.Response:
        return self.send("POST", path, body, **parameters)

    def write(self, entity: str, body: Json, **parameters: Any) -> Json:
        """Write and return the entity. Fail when it is refused."""
        answer = self.post(entity.lower(), body, **parameters)
        assert answer.status_code == 200, answer.text
        return dict(parsed(answer)[entity])

    def read(self, entity: str, identifier: str) -> Json:
        answer = self.send("GET", f"{entity.lower()}/{identifier}")
        assert answer.status_code == 200, answer.text
        return dict(parsed(answer)[entity])

    def query(self, statement: str) -> Json:
        answer = self.send("GET", "query", query=statement)
        assert answer.status_code == 200, answer.text
        return dict(parsed(answer)["QueryResponse"])

    def cdc(self, entities: str, since: str) -> list[Json]:
        answer = self.send("GET", "cdc", entities=entities, changedSince=since)
        assert answer.status_code == 200, answer.text
        return list(parsed(answer)["CDCResponse"][0]["QueryResponse"])

    def customer(self, name: str = "Oak & Ash Ltd", **fields: Any) -> str:
        return str(self.write("Customer", {"DisplayName": name, **fields})["Id"])

    def invoice(self, customer: str, net: str = "100.00", **fields: Any) -> Json:
        return self.write("Invoice", self.invoice_body(customer, net, **fields))

    def invoice_body(self, customer: str, net: str = "100.00", **fields: Any) -> Json:
        united_states = self.realm == FOGHORN
        code, item = ("NON", "101") if united_states else ("6", "7")
        return {"CustomerRef": {"value": customer}, "Line": [line(item, net, code)], **fields}

    def pay(self, customer: str, total: str, *shares: tuple[str, str], **fields: Any) -> Json:
        lines = [
            {"Amount": amount, "LinkedTxn": [{"TxnId": identifier, "TxnType": "Invoice"}]}
            for identifier, amount in shares
        ]
        body = {"CustomerRef": {"value": customer}, "TotalAmt": total, "Line": lines}
        return self.write("Payment", {**body, **fields})


def line(item: str, amount: str | None, code: str | None, **detail: Any) -> Json:
    """Return a sales line; ``Amount`` is left out when None."""
    inner: Json = {"ItemRef": {"value": item}, **detail}
    if code is not None:
        inner["TaxCodeRef"] = {"value": code}
    outer: Json = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner}
    return outer if amount is None else {"Amount": Decimal(amount), **outer}


def parsed(answer: requests.Response) -> Any:
    return json_text.loads(answer.content)


def fault(answer: requests.Response) -> Json:
    """Return the first error of a refusal, either letter case."""
    body = parsed(answer)
    outer = body.get("Fault") or body["fault"]
    return dict((outer.get("Error") or outer["error"])[0])
