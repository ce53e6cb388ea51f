"""The query grammar: what is read, what is refused."""

from __future__ import annotations

import pytest

from simulator.quickbooks.faults import Fault
from simulator.quickbooks.query_language import Condition, parse
from tests.simulator.company_api import CompanyApi, fault, parsed


def test_a_full_statement_is_read() -> None:
    query = parse(
        "select Id, DocNumber from invoice where TxnDate >= '2026-11-01' AND DocNumber LIKE 'INV-%'"
        " and Active in (true, false) ORDERBY TxnDate DESC, DocNumber STARTPOSITION 11 MAXRESULTS 5"
    )
    assert (query.entity, query.fields) == ("invoice", ["Id", "DocNumber"])
    assert query.conditions == [
        Condition("TxnDate", ">=", ("2026-11-01",)),
        Condition("DocNumber", "LIKE", ("INV-%",)),
        Condition("Active", "IN", (True, False)),
    ]
    assert query.order == [("TxnDate", True), ("DocNumber", False)]
    assert (query.start, query.maximum) == (11, 5)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"'Amy\'s Bird Sanctuary'", "Amy's Bird Sanctuary"),
        (r"'back\\slash'", "back\\slash"),
        ("'Robertson & Associates'", "Robertson & Associates"),
        ("'300.00'", "300.00"),
        ("''", ""),
    ],
)
def test_values_are_quoted_and_escaped_with_a_backslash(written: str, meant: str) -> None:
    assert parse(f"SELECT * FROM Customer WHERE DisplayName = {written}").conditions[0].values == (
        meant,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM Invoice MAXRESULTS 5 STARTPOSITION 3",
        "SELECT * FROM Invoice STARTPOSITION 3 MAXRESULTS 5",
        "SELECT * FROM Invoice ORDER BY TxnDate STARTPOSITION 3 MAXRESULTS 5",
    ],
)
def test_paging_words_come_in_either_order(statement: str) -> None:
    query = parse(statement)
    assert (query.start, query.maximum) == (3, 5)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM Customer WHERE DisplayName = 'a' OR DisplayName = 'b'", "4000"),
        ("SELECT * FROM Customer WHERE NOT Active = true", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName != 'a'", "4000"),
        ("SELECT * FROM Invoice JOIN Customer", "4000"),
        ("SELECT * FROM Invoice GROUP BY CustomerRef", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'O'Brien'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'Amy''s'", "4000"),
        ("SELECT * FROM Customer WHERE", "4000"),
        ("UPDATE Customer", "4000"),
        ("", "4000"),
        ("SELECT * FROM Customer STARTPOSITION 0", "4001"),
        ("SELECT * FROM Customer MAXRESULTS 1001", "4001"),
    ],
)
def test_what_the_grammar_has_not_is_refused(statement: str, code: str) -> None:
    with pytest.raises(Fault) as refused:
        parse(statement)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("SELECT * FROM Custmoer", "4001", "invalid context declaration: Custmoer"),
        ("SELECT * FROM Payment WHERE DocNumber = '1'", "4001", "not queryable"),
        ("SELECT * FROM Invoice WHERE PrivateNote = 'x'", "4001", "not queryable"),
        ("SELECT * FROM Invoice ORDERBY Id", "4001", "not sortable"),
        ("SELECT * FROM Invoice WHERE Id > '5'", "4001", "not supported"),
        ("SELECT * FROM Customer WHERE DisplayName LIKE 'a%b'", "4001", "%"),
        (
            "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > '2026-11-20T00:00:00 00:00'",
            "4000",
            "Invalid date",
        ),
    ],
)
def test_refusals_are_validation_faults(
    northgate: CompanyApi, statement: str, code: str, words: str
) -> None:
    answer = northgate.send("GET", "query", query=statement)
    assert answer.status_code == 400
    assert fault(answer)["code"] == code
    assert words in fault(answer)["Detail"]


def test_a_page_tells_its_start_and_how_many_rows_it_has(northgate: CompanyApi) -> None:
    page = northgate.query("SELECT * FROM Item STARTPOSITION 11 MAXRESULTS 5")
    assert (page["startPosition"], page["maxResults"], len(page["Item"])) == (11, 3, 3)


def test_no_row_gives_an_empty_object(northgate: CompanyApi) -> None:
    assert northgate.query("SELECT * FROM Item WHERE Name = 'Nothing'") == {}


def test_counting_gives_only_the_count(northgate: CompanyApi) -> None:
    assert northgate.query("select count(*) from Customer") == {"totalCount": 5}


def test_the_default_page_has_a_hundred_rows(northgate: CompanyApi) -> None:
    for number in range(120):
        northgate.customer(f"Tenant {number:03}")
    assert northgate.query("SELECT * FROM Customer")["maxResults"] == 100
    assert northgate.query("SELECT * FROM Customer MAXRESULTS 1000")["maxResults"] == 125


def test_posted_queries_need_no_url_encoding(northgate: CompanyApi) -> None:
    northgate.customer("Oak & Ash Ltd")
    answer = northgate.post("query", "SELECT * FROM Customer WHERE DisplayName = 'oak & ash ltd'")
    found = parsed(answer)["QueryResponse"]["Customer"]
    assert [customer["DisplayName"] for customer in found] == ["Oak & Ash Ltd"]


def test_several_names_are_found_in_one_query(northgate: CompanyApi) -> None:
    northgate.customer("O'Neill & Sons")
    rows = northgate.query(
        r"SELECT Id, DisplayName FROM Customer WHERE DisplayName IN"
        r" ('O\'Neill & Sons', 'Tamar Joinery Ltd')"
    )["Customer"]
    assert [row["DisplayName"] for row in rows] == ["O'Neill & Sons", "Tamar Joinery Ltd"]
    assert set(rows[0]) == {"domain", "sparse", "Id", "DisplayName"}


def test_inactive_names_are_hidden_unless_asked_for(northgate: CompanyApi) -> None:
    customer = northgate.customer("Closed Ltd")
    northgate.write("Customer", {"Id": customer, "SyncToken": "0", "sparse": True, "Active": False})
    asked = "SELECT * FROM Customer WHERE DisplayName LIKE 'Closed%'"
    assert northgate.query(asked) == {}
    found = northgate.query(f"{asked} AND Active IN (true, false)")["Customer"]
    assert found[0]["DisplayName"] == "Closed Ltd (deleted)"


def test_invoices_are_found_by_customer_date_and_balance(northgate: CompanyApi) -> None:
    customer = northgate.customer()
    northgate.invoice(customer, "100.00", TxnDate="2026-11-02", DocNumber="INV-1")
    northgate.invoice(customer, "10.00", TxnDate="2026-11-09", DocNumber="INV-2")
    northgate.invoice("58", "100.00", TxnDate="2026-11-03")
    rows = northgate.query(
        f"SELECT * FROM Invoice WHERE CustomerRef = '{customer}' AND TxnDate >= '2026-11-01' "
        "AND Balance > '50' ORDERBY TxnDate DESC"
    )["Invoice"]
    assert [row["DocNumber"] for row in rows] == ["INV-1"]


def test_paging_by_change_time_sees_every_invoice_once(northgate: CompanyApi) -> None:
    made = [northgate.invoice("58")["Id"] for _ in range(7)]
    seen: list[str] = []
    for start in (1, 4, 7):
        rows = northgate.query(
            "SELECT Id FROM Invoice WHERE MetaData.LastUpdatedTime >= '2020-01-01T00:00:00+00:00'"
            f" ORDERBY MetaData.LastUpdatedTime STARTPOSITION {start} MAXRESULTS 3"
        )["Invoice"]
        seen += [row["Id"] for row in rows]
    assert seen == made


def test_entities_that_stay_empty_answer_empty(northgate: CompanyApi) -> None:
    assert northgate.query("SELECT * FROM RefundReceipt") == {}


def test_company_info_and_preferences_can_be_queried(northgate: CompanyApi) -> None:
    info = northgate.query("SELECT * FROM CompanyInfo")["CompanyInfo"][0]
    assert (info["Country"], info["Id"]) == ("GB", "1")
    preferences = northgate.query("SELECT * FROM Preferences")["Preferences"][0]
    assert preferences["TaxPrefs"]["UsingSalesTax"] is True
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": "GBP"}
