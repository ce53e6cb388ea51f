"""A bookkeeper who does whatever comes to mind; of one chance always the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.client import SimulatorClient, SimulatorError

Json = dict[str, Any]
_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice as billing sees it; payments: the ledger's id of each, and its part."""

    number: str
    status: str
    balance: Decimal
    total: Decimal
    state: str
    payments: Mapping[str, Decimal]


class Walk:
    """Step by step; what is refused is counted and passed over, as a person would."""

    def __init__(
        self,
        simulator: SimulatorClient,
        realm: str,
        chance: random.Random,
        *,
        look_every: int = 1,
    ) -> None:
        self.simulator, self.realm, self._chance = simulator, realm, chance
        self._look_every, self._steps = look_every, 0
        self.books: Json = {}
        self.others: list[tuple[str, str]] = []  # journal entries and deposits: kinds and id
        self.done: Counter[str] = Counter()

    def step(self) -> str:
        """Do one thing; returns what it was."""
        [name] = self._chance.choices(list(ACTS), [weight for _, weight in ACTS.values()])
        return self.do(name)

    def do(self, name: str, chance: random.Random | None = None) -> str:
        """Do one thing of this name; returns what it was. chance: from now on, another."""
        self._chance = chance or self._chance
        if self._steps % self._look_every == 0:
            self.books = self.simulator.books(self.realm)
        self._steps += 1
        try:
            ACTS[name][0](self)
        except (SimulatorError, IndexError, StopIteration):  # refused, or nothing there to do it to
            name = "refused"
        self.done[name] += 1
        return name

    # ------------------------------------------------------------------ money

    def pay_in_full(self) -> None:
        invoice = self._open()
        self._pay([(invoice, _decimal(invoice["Balance"]))])

    def pay_part(self) -> None:
        invoice = self._open()
        self._pay([(invoice, self._part(invoice["Balance"]))])

    def pay_several(self) -> None:
        first = self._open()
        whose = first["CustomerRef"]["value"]
        same = [one for one in self._all_open() if one["CustomerRef"]["value"] == whose][:4]
        extra = self._chance.choice((Decimal(0), Decimal("12.34")))
        self._pay([(one, self._part(one["Balance"])) for one in same], extra)

    def pay_ahead(self) -> None:
        whose = self._chance.choice(self.books["invoices"])["CustomerRef"]["value"]
        self.simulator.record_payment(self.realm, whose, [], total="25.00")

    def edit_payment(self) -> None:
        payment = self._payment()
        lines = [{k: line[k] for k in ("Amount", "LinkedTxn")} for line in payment["Line"]]
        if lines and self._chance.random() < 0.7:
            lines.pop()
        if lines and self._chance.random() < 0.5:
            lines[0]["Amount"] = self._part(lines[0]["Amount"])
        self.simulator.edit(self.realm, "payments", payment["Id"], Line=lines)

    def void_payment(self) -> None:
        self.simulator.void(self.realm, "payments", self._payment()["Id"])

    def delete_payment(self) -> None:
        self.simulator.delete(self.realm, "payments", self._payment()["Id"])

    def bank_payment(self) -> None:
        deposit = self.simulator.deposit_payment(self.realm, self._payment()["Id"])
        self.others.append(("deposits", deposit["Id"]))

    def settle_otherwise(self) -> None:
        invoice, by = self._open(), self._chance.choice(("journal-entries", "deposits"))
        amount = str(self._part(invoice["Balance"]))
        made = self.simulator.settle_otherwise(self.realm, invoice["Id"], amount, by)
        self.others.append((by, made["Id"]))

    def delete_other(self) -> None:
        one = self._chance.choice(self.others)
        self.others.remove(one)
        kinds, identifier = one
        self.simulator.delete(self.realm, kinds, identifier)

    # ------------------------------------------------------------------ credits and refunds

    def give_credit(self) -> None:
        sale = self._sale()
        self.simulator.create(self.realm, "credit-memos", **sale)

    def use_credit(self) -> None:
        memo = self._chance.choice([m for m in self.books["credit_memos"] if m["Balance"] > 0])
        whose = memo["CustomerRef"]["value"]
        invoice = self._chance.choice(
            [one for one in self._all_open() if one["CustomerRef"]["value"] == whose]
        )
        amount = min(_decimal(memo["Balance"]), self._part(invoice["Balance"]))
        lines = [(invoice["Id"], amount)]
        self.simulator.record_payment(self.realm, whose, lines, [(memo["Id"], amount)])

    def let_credit_apply_itself(self) -> None:
        self.simulator.set_company(self.realm, AutoApplyCredit=True)
        try:
            self.give_credit()
        finally:
            self.simulator.set_company(self.realm, AutoApplyCredit=False)

    def withdraw_credit(self) -> None:
        memo = self._chance.choice(self.books["credit_memos"])
        getattr(self.simulator, self._chance.choice(("void", "delete")))(
            self.realm, "credit-memos", memo["Id"]
        )

    def refund(self) -> None:
        memo = self._chance.choice([m for m in self.books["credit_memos"] if m["Balance"] > 0])
        amount, whose = str(self._part(memo["Balance"])), memo["CustomerRef"]["value"]
        self.simulator.refund(self.realm, whose, amount, credit_memo=memo["Id"])

    def refund_alone(self) -> None:
        bank = self._payment()["DepositToAccountRef"]  # any account will do
        sale = self._sale() | {"DepositToAccountRef": bank}
        self.simulator.create(self.realm, "refund-receipts", **sale)

    # ------------------------------------------------------------------ invoices

    def resize_invoice(self) -> None:
        invoice = self._chance.choice(self.books["invoices"])
        line = _first_sold(invoice)
        net = Decimal(self._chance.randrange(0, 30_000)) / 100
        lines = [_sold(line, net)]
        self.simulator.edit(self.realm, "invoices", invoice["Id"], Line=lines)

    def void_invoice(self) -> None:
        invoice = self._chance.choice(self.books["invoices"])
        self.simulator.void(self.realm, "invoices", invoice["Id"])

    def delete_invoice(self) -> None:
        invoice = self._chance.choice(self.books["invoices"])
        self.simulator.delete(self.realm, "invoices", invoice["Id"])

    def disturb_webhooks(self) -> None:
        self.simulator.switch(
            webhook_delivery=self._chance.choice(("on", "on", "lost")),
            webhook_duplicates=self._chance.choice((True, False)),
            webhook_reordered=self._chance.choice((True, False)),
        )

    # ------------------------------------------------------------------ choosing

    def _all_open(self) -> list[Json]:
        return [one for one in self.books["invoices"] if one["Balance"] > 0]

    def _open(self) -> Json:
        return self._chance.choice(self._all_open())

    def _payment(self) -> Json:
        return self._chance.choice(self.books["payments"])

    def _part(self, amount: Any) -> Decimal:
        """Return part of an amount, now and then all of it."""
        pennies = int(_decimal(amount) / _PENNY)
        return self._chance.randint(1, max(pennies, 1)) * _PENNY

    def _pay(self, lines: list[tuple[Json, Decimal]], extra: Decimal = Decimal(0)) -> None:
        total = sum((amount for _, amount in lines), extra)
        whose = lines[0][0]["CustomerRef"]["value"]
        parts = [(invoice["Id"], amount) for invoice, amount in lines]
        self.simulator.record_payment(self.realm, whose, parts, total=total, ref="BACS-7781")

    def _sale(self) -> Json:
        """Return a sale of one line to somebody who has an invoice, with its item and tax code."""
        invoice = self._chance.choice(self.books["invoices"])
        net = Decimal(self._chance.randrange(1, 10_000)) / 100
        lines = [_sold(_first_sold(invoice), net)]
        return {"CustomerRef": {"value": invoice["CustomerRef"]["value"]}, "Line": lines}


def _first_sold(invoice: Json) -> Json:
    lines: list[Json] = invoice["Line"]
    return next(one for one in lines if one["DetailType"] == "SalesItemLineDetail")


def _sold(line: Json, net: Decimal) -> Json:
    kept = {name: line["SalesItemLineDetail"][name] for name in ("ItemRef", "TaxCodeRef")}
    return {"Amount": net, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": kept}


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


# What a bookkeeper does, and how often beside the others.
ACTS: Mapping[str, tuple[Callable[[Walk], None], int]] = {
    "paid": (Walk.pay_in_full, 6),
    "paid in part": (Walk.pay_part, 10),
    "paid several": (Walk.pay_several, 6),
    "paid ahead": (Walk.pay_ahead, 2),
    "payment edited": (Walk.edit_payment, 8),
    "payment voided": (Walk.void_payment, 5),
    "payment deleted": (Walk.delete_payment, 8),
    "payment banked": (Walk.bank_payment, 2),
    "settled otherwise": (Walk.settle_otherwise, 4),
    "entry deleted": (Walk.delete_other, 3),
    "credit given": (Walk.give_credit, 4),
    "credit used": (Walk.use_credit, 5),
    "credit applied itself": (Walk.let_credit_apply_itself, 2),
    "credit withdrawn": (Walk.withdraw_credit, 3),
    "credit paid out": (Walk.refund, 2),
    "refunded": (Walk.refund_alone, 1),
    "invoice resized": (Walk.resize_invoice, 6),
    "invoice voided": (Walk.void_invoice, 1),
    "invoice deleted": (Walk.delete_invoice, 1),
    "webhooks disturbed": (Walk.disturb_webhooks, 3),
}


_SETTLED = ("pushed", "differs", "voided", "deleted_there")


def disagreements(books: Json, seen: Mapping[str, Seen]) -> list[str]:
    """Compare billing's view, by the ledger's ids, with the books; returns a sentence for each.

    What is gone there stays owed in billing's eyes, and says that it is gone. What billing changed
    itself and the ledger does not have yet is not compared.
    """
    there = {one["Id"]: one for one in books["invoices"]}
    paid: dict[str, dict[str, Decimal]] = {}
    for payment in books["payments"]:
        for line in payment["Line"]:
            [linked] = line["LinkedTxn"]
            if linked["TxnType"] == "Invoice":
                paid.setdefault(linked["TxnId"], {})[payment["Id"]] = _decimal(line["Amount"])
    wrong = []
    for ledger_id, one in seen.items():
        if one.state not in _SETTLED:
            continue
        expected = _expected(there.get(ledger_id), one, paid.get(ledger_id, {}))
        if one != expected:
            wrong.append(f"{one.number} ({ledger_id}): billing has {one}, not {expected}")
    return wrong


def _expected(invoice: Json | None, one: Seen, payments: Mapping[str, Decimal]) -> Seen:
    if invoice is None or (not invoice["TotalAmt"] and _says_voided(invoice)):
        state = "deleted_there" if invoice is None else "voided"
        return Seen(one.number, "open", one.total, one.total, state, payments)
    total, balance = _decimal(invoice["TotalAmt"]), _decimal(invoice["Balance"])
    # An amount changed there is no debt of billing's customer; what was settled there is settled.
    left = balance if balance <= 0 else max(one.total - (total - balance), Decimal(0))
    status = "paid" if left <= 0 else "open" if left >= one.total else "part_paid"
    state = "pushed" if total == one.total else "differs"
    return Seen(one.number, status, left, one.total, state, payments)


def _says_voided(invoice: Json) -> bool:
    return str(invoice.get("PrivateNote", "")).startswith("Voided")
