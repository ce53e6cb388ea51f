"""Whatever a bookkeeper does with money, billing sees it; and sees it taken back again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.connected import connect
from tests.keeper import Keeper

# What billing sees of an invoice: status, balance, payments, settled otherwise, sync state.
Seen = tuple[str, str, list[str], str, str]


def seen(status: str, balance: str, *paid: str, otherwise: str = "0.00", state="pushed") -> Seen:
    return status, balance, sorted(paid), otherwise, state


OPEN = {"A": seen("open", "120.00"), "B": seen("open", "60.00")}


@dataclass(frozen=True)
class Case:
    """Two invoices of one customer, A over 120.00 and B over 60.00, and what is done to them.

    undo gets what act returned; None: it cannot be undone, and all stays.
    """

    act: Callable[[Keeper], str]
    then: Mapping[str, Seen] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    undo: Callable[[Keeper, str], object] | None = None
    after: Mapping[str, Seen] = field(default_factory=dict)
    told_after: tuple[str, ...] = ()


def void_payment(keeper: Keeper, payment: str) -> None:
    keeper.void("payments", payment)


def delete_payment(keeper: Keeper, payment: str) -> None:
    keeper.delete("payments", payment)


def twice(keeper: Keeper) -> str:
    return f"{keeper.pay({'A': '50.00'})} {keeper.pay({'A': '70.00'})}"


def void_both(keeper: Keeper, payments: str) -> None:
    for payment in payments.split():
        keeper.void("payments", payment)


def put_credit(keeper: Keeper) -> str:
    return keeper.pay({"A": "36.00"}, used={keeper.credit("30.00"): "36.00"})


def credit_and_money(keeper: Keeper) -> str:
    return keeper.pay({"A": "120.00"}, used={keeper.credit("30.00"): "36.00"})


def credit_applies_itself(keeper: Keeper) -> str:
    keeper.simulator.set_company(NORTHGATE, AutoApplyCredit=True)
    memo = keeper.credit("30.00")
    keeper.simulator.set_company(NORTHGATE, AutoApplyCredit=False)
    return memo


def pay_and_bank(keeper: Keeper) -> str:
    payment = keeper.pay({"A": "120.00"})
    return f"{keeper.deposit(payment)} {payment}"


def take_from_bank(keeper: Keeper, both: str) -> None:
    deposit, payment = both.split()
    keeper.delete("deposits", deposit)
    keeper.delete("payments", payment)


def paid_out_credit(keeper: Keeper) -> str:
    return keeper.refund("36.00", credit_memo=keeper.credit("30.00"))


def paid_out_overpayment(keeper: Keeper) -> str:
    return keeper.refund("40.00", payment=keeper.pay({"A": "120.00"}, "160.00"))


def paid_then(deed: str) -> Callable[[Keeper], str]:
    def act(keeper: Keeper) -> str:
        payment = keeper.pay({"A": "50.00"})
        getattr(keeper, deed)("invoices", "A")
        return payment

    return act


PAID_A = {"A": seen("paid", "0.00", "120.00")}
CASES = {
    "full": Case(
        lambda k: k.pay({"A": "120.00"}),
        PAID_A, ("A paid",), delete_payment, told_after=("A payment_reversed",),
    ),
    "part": Case(
        lambda k: k.pay({"A": "50.00"}),
        {"A": seen("part_paid", "70.00", "50.00")}, ("A part_paid",),
        void_payment, told_after=("A payment_reversed",),
    ),
    "over-two": Case(
        lambda k: k.pay({"A": "120.00", "B": "20.00"}),
        PAID_A | {"B": seen("part_paid", "40.00", "20.00")}, ("A paid", "B part_paid"),
        delete_payment, told_after=("A payment_reversed", "B payment_reversed"),
    ),
    "twice": Case(
        twice,
        {"A": seen("paid", "0.00", "50.00", "70.00")}, ("A paid",),
        void_both, told_after=("A payment_reversed",),
    ),
    "unapplied": Case(lambda k: k.pay({}, "40.00"), undo=delete_payment),
    "too-much": Case(
        lambda k: k.pay({"A": "120.00"}, "160.00"),
        PAID_A, ("A paid",), void_payment, told_after=("A payment_reversed",),
    ),
    "moved": Case(
        lambda k: k.pay({"A": "120.00"}),
        PAID_A, ("A paid",), lambda k, payment: k.move(payment, {"B": "60.00"}),
        {"B": seen("paid", "0.00", "60.00")}, ("A payment_reversed", "B paid"),
    ),
    "lessened": Case(
        lambda k: k.pay({"A": "120.00", "B": "60.00"}),
        PAID_A | {"B": seen("paid", "0.00", "60.00")}, ("A paid", "B paid"),
        lambda k, payment: k.move(payment, {"A": "100.00"}),
        {"A": seen("part_paid", "20.00", "100.00")}, ("A payment_reversed", "B payment_reversed"),
    ),
    "credit": Case(
        put_credit,
        {"A": seen("part_paid", "84.00", "36.00")}, ("A part_paid",),
        delete_payment, told_after=("A payment_reversed",),
    ),
    "credit-money": Case(
        credit_and_money, PAID_A, ("A paid",), void_payment, told_after=("A payment_reversed",),
    ),
    "self-credit": Case(
        credit_applies_itself,
        {"A": seen("part_paid", "84.00", "36.00")}, ("A part_paid",),
        lambda k, memo: k.delete("credit-memos", memo), told_after=("A payment_reversed",),
    ),
    "banked": Case(
        pay_and_bank, PAID_A, ("A paid",), take_from_bank, told_after=("A payment_reversed",),
    ),
    "written-off": Case(
        lambda k: k.settle_otherwise("A", "20.00"),
        {"A": seen("part_paid", "100.00", otherwise="20.00")}, ("A part_paid",),
        lambda k, entry: k.delete("journal-entries", entry), told_after=("A payment_reversed",),
    ),
    "by-deposit": Case(
        lambda k: k.settle_otherwise("A", "120.00", "deposits"),
        {"A": seen("paid", "0.00", otherwise="120.00")}, ("A paid",),
        lambda k, deposit: k.delete("deposits", deposit), told_after=("A payment_reversed",),
    ),
    "refund": Case(
        lambda k: k.refund_receipt("25.00"), undo=lambda k, it: k.delete("refund-receipts", it)
    ),
    "credit-out": Case(paid_out_credit, undo=delete_payment),
    "surplus-out": Case(
        paid_out_overpayment, PAID_A, ("A paid",), void_payment, told_after=("A payment_reversed",)
    ),
    "voided": Case(
        paid_then("void"),
        {"A": seen("open", "120.00", state="voided")}, ("A voided_in_ledger",),
    ),
    "deleted": Case(
        paid_then("delete"),
        {"A": seen("open", "120.00", state="deleted_there")}, ("A voided_in_ledger",),
    ),
    "raised": Case(
        lambda k: str(k.resize("A", "150.00")),
        {"A": seen("open", "120.00", state="differs")}, (), lambda k, _: k.resize("A", "100.00"),
    ),
    "then-raised": Case(
        lambda k: k.pay({"A": "120.00"}),
        PAID_A, ("A paid",), lambda k, _: k.resize("A", "150.00"),
        {"A": seen("paid", "0.00", "120.00", state="differs")},
    ),
    "then-lowered": Case(
        lambda k: k.pay({"A": "120.00"}),
        PAID_A, ("A paid",), lambda k, _: k.resize("A", "50.00"),
        {"A": seen("paid", "0.00", "60.00", state="differs")}, ("A payment_reversed",),
    ),
}  # fmt: skip


@pytest.fixture
def northgate(app_context, simulator):
    """Two booked invoices for every case, each with a customer of its own."""
    made = connect(simulator)
    made.map_all()
    for name in CASES:
        for letter, net in (("A", "100.00"), ("B", "50.00")):
            made.bill(f"INV-{name}-{letter}", net=net, customer=f"Customer {name}")
    drained(made)
    brought_back(made)
    return made


@pytest.fixture
def keepers(northgate):
    booked = {one["DocNumber"]: one for one in northgate.simulator.books(NORTHGATE)["invoices"]}
    return {
        name: Keeper(
            northgate.simulator,
            name,
            booked[f"INV-{name}-A"]["CustomerRef"]["value"],
            {letter: booked[f"INV-{name}-{letter}"]["Id"] for letter in "AB"},
        )
        for name in CASES
    }


def test_what_is_done_to_invoices_is_seen_and_so_is_its_end(northgate, keepers):
    """All cases at once: they share no invoice and no customer, and a pull reads any number."""
    made = {name: case.act(keepers[name]) for name, case in CASES.items()}
    brought_back(northgate)
    for name, case in CASES.items():
        assert (name, keepers[name].seen()) == (name, OPEN | dict(case.then))
        assert (name, keepers[name].told()) == (name, list(case.told))

    for name, case in CASES.items():
        if case.undo is not None:
            case.undo(keepers[name], made[name])
    brought_back(northgate)
    for name, case in CASES.items():
        stays = case.then if case.undo is None else case.after
        assert (name, keepers[name].seen()) == (name, OPEN | dict(stays))
        both = sorted([*case.told, *case.told_after])
        assert (name, sorted(keepers[name].told())) == (name, both)

    again = brought_back(northgate)
    assert (set(again.outcomes), again.events.total()) == ({"replayed"}, 0)
