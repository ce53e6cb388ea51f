"""Parse the query language: AND only, quoted values, one entity (facts: quickbooks 3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from simulator.quickbooks.faults import Fault

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<word>[A-Za-z_][\w.]*(?:\.\*)?)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),*]))",
    re.DOTALL,
)
PAGE, LARGEST_PAGE = 100, 1000


@dataclass(frozen=True)
class Condition:
    """``field operator values``; only IN has several values."""

    field: str
    operator: str
    values: tuple[str | bool, ...]


@dataclass
class Query:
    """A parsed statement; ``fields`` is empty for ``*``."""

    entity: str
    fields: list[str] = field(default_factory=list)
    count: bool = False
    conditions: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: int = 1
    maximum: int = PAGE


def parse(statement: str, *, clamp: bool = False) -> Query:
    """Read one SELECT. Raise fault 4000 on wrong grammar, 4001 on wrong paging."""
    return _Parser(_tokens(statement), clamp).query()


def _tokens(statement: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position, end = 0, len(statement.rstrip())
    while position < end:
        match = _TOKEN.match(statement, position)
        if match is None:
            raise _error(statement[position : position + 10].strip() or "end", position)
        kind = str(match.lastgroup)
        tokens.append((kind, match.group(kind)))
        position = match.end()
    return tokens


def _error(found: str, position: int) -> Fault:
    detail = f'QueryParserError: Encountered "{found}" at line 1, column {position + 1}.'
    return Fault("4000", detail)


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], clamp: bool) -> None:
        self._tokens, self._at, self._clamp = tokens, 0, clamp

    def query(self) -> Query:
        self._expect("select")
        fields, count = self._projection()
        self._expect("from")
        query = Query(self._take("word"), fields, count)
        if self._accept("where"):
            query.conditions = self._conditions()
        while self._at < len(self._tokens):
            self._clause(query)
        return query

    def _clause(self, query: Query) -> None:
        if self._accept("orderby") or (self._accept("order") and self._accept("by")):
            query.order = self._order()
        elif self._accept("startposition"):
            query.start = self._whole("STARTPOSITION", None)
        elif self._accept("maxresults"):
            query.maximum = self._whole("MAXRESULTS", LARGEST_PAGE)
        else:
            raise self._unexpected()

    def _projection(self) -> tuple[list[str], bool]:
        if self._accept("*"):
            return self._more_fields([]) if self._accept(",") else ([], False)
        if self._accept("count"):
            for sign in "(*)":
                self._expect(sign)
            return [], True
        return self._more_fields([])

    def _more_fields(self, fields: list[str]) -> tuple[list[str], bool]:
        fields.append(self._take("word"))
        while self._accept(","):
            fields.append(self._take("word"))
        # "SELECT *, Sku" asks for everything; the star already covers the names that follow.
        star = self._tokens[1][1] == "*"
        return ([] if star else fields), False

    def _conditions(self) -> list[Condition]:
        conditions = [self._condition()]
        while self._accept("and"):
            conditions.append(self._condition())
        return conditions

    def _condition(self) -> Condition:
        name = self._take("word")
        if self._accept("in"):
            self._expect("(")
            values = [self._value()]
            while self._accept(","):
                values.append(self._value())
            self._expect(")")
            return Condition(name, "IN", tuple(values))
        if self._accept("like"):
            return Condition(name, "LIKE", (self._value(),))
        kind, sign = self._peek()
        if kind != "sign" or sign not in ("=", "<", ">", "<=", ">="):
            raise self._unexpected()
        self._at += 1
        return Condition(name, sign, (self._value(),))

    def _value(self) -> str | bool:
        kind, text = self._peek()
        self._at += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind == "number":
            return text
        if kind == "word" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        self._at -= 1
        raise self._unexpected()

    def _order(self) -> list[tuple[str, bool]]:
        order = []
        while True:
            name, descending = self._take("word"), self._accept("desc")
            if not descending:
                self._accept("asc")
            order.append((name, descending))
            if not self._accept(","):
                return order

    def _whole(self, name: str, largest: int | None) -> int:
        value = int(self._take("number").split(".")[0])
        if value < 1:
            raise Fault(
                "4001",
                f"QueryValidationError: {name} value {value} is too small. Min allowed value is 1",
            )
        if largest is not None and value > largest:
            if not self._clamp:
                detail = f"{name} value {value} is too large. Max allowed value is {largest}"
                raise Fault("4001", f"QueryValidationError: {detail}")
            return largest
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "<EOF>")

    def _accept(self, word: str) -> bool:
        kind, text = self._peek()
        found = kind in ("word", "sign") and text.lower() == word
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected()

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise self._unexpected()
        self._at += 1
        return text

    def _unexpected(self) -> Fault:
        return _error(self._peek()[1], self._at)
