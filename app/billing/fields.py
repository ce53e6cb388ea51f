"""The kinds of value a body may hold: what each takes, and the sentence for what it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from babel.core import get_global
from marshmallow import ValidationError, fields

# numeric(18, 5) is what the columns of amounts take.
AMOUNT_DIGITS, AMOUNT_DECIMALS = 13, 5
# A day outside of these is a slip of the keyboard: 0026 for 2026.
FIRST_YEAR, LAST_YEAR = 1900, 2199
# Quantities and prices are kept as they come; nobody sells in finer steps.
PRICE_DECIMALS = 12

_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_SENTENCES: dict[str, Any] = {
    "required": "This is missing.",
    "null": "This may not be null.",
    "validator_failed": "This value is not allowed.",
}
_CURRENCIES = frozenset(get_global("all_currencies"))


def _kind(value: object) -> str:
    """Name a JSON value's type in words of JSON."""
    for type_, word in (
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (str, "a string"),
        (list, "a list"),
        (Mapping, "an object"),
    ):
        if isinstance(value, type_):
            return word
    return "null"


class Words(fields.Field[str | None]):
    """Text: surrounding space goes, line ends become one kind, other control characters refuse.

    lines: whether line ends are kept; else each becomes a space. An empty text is null.
    """

    default_error_messages = _SENTENCES

    def __init__(self, longest: int, *, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest, self.lines = longest, lines

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str | None:
        if not isinstance(value, str):
            raise ValidationError(f"This must be a string; it is {_kind(value)}.")
        text = _LINE_ENDS.sub("\n", value)
        if not self.lines:
            text = text.replace("\n", " ").replace("\t", " ")
        text = text.strip()
        _refuse_unprintable(text)
        if len(text) > self.longest:
            raise ValidationError(
                f"This has {len(text)} characters; {self.longest} is the most there can be."
            )
        if not text and self.required:
            raise ValidationError("This is empty.")
        return text or None


def _refuse_unprintable(text: str) -> None:
    for character in text:
        if character in "\n\t":
            continue
        number = ord(character)
        if number < 0x20 or 0x7F <= number < 0xA0 or 0xD800 <= number < 0xE000:
            raise ValidationError(
                f"This holds the character U+{number:04X}, which is not part of any text."
            )


class PlainDecimal(fields.Field[Decimal]):
    """An exact number, as a string of digits: no float, no exponent, no NaN."""

    default_error_messages = _SENTENCES

    def __init__(
        self,
        *,
        decimals: int = AMOUNT_DECIMALS,
        least: int | None = None,
        most: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.decimals, self.least, self.most = decimals, least, most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        if not isinstance(value, str):
            raise ValidationError(
                f'This must be a string such as "450.00"; it is {_kind(value)}.'
                " Numbers lose pennies on the way."
            )
        if not _PLAIN_DECIMAL.fullmatch(value):
            raise ValidationError('This must be a plain decimal such as "450.00" or "-12.5".')
        whole, _, fraction = value.lstrip("-").partition(".")
        if len(whole.lstrip("0")) > AMOUNT_DIGITS:
            raise ValidationError(
                f"This has more than {AMOUNT_DIGITS} digits before the decimal point."
            )
        fraction = fraction.rstrip("0")
        if len(fraction) > self.decimals:
            raise ValidationError(f"This has more than {self.decimals} decimals.")
        number = Decimal(value) + 0  # and -0 is 0
        self._refuse_outside(number)
        return number

    def _refuse_outside(self, number: Decimal) -> None:
        if self.least is not None and number < self.least:
            raise ValidationError(f"This is below {self.least}.")
        if self.most is not None and number > self.most:
            raise ValidationError(f"This is above {self.most}.")


class Day(fields.Field[date]):
    """A day, as YYYY-MM-DD."""

    default_error_messages = _SENTENCES

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                raise ValidationError(f"There is no day {value}.") from None
            _refuse_year(value, day.year)
            return day
        raise ValidationError("This must be a day such as 2026-11-20.")


def _refuse_year(value: str, year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        years = f"{FIRST_YEAR} to {LAST_YEAR}"
        raise ValidationError(f"The year of {value} must be from {years}.")


class Moment(fields.Field[datetime]):
    """A moment in ISO 8601 with its time zone; UTC afterwards."""

    default_error_messages = _SENTENCES

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError("naive")
            moment = moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError(
                "This must be a moment with its time zone, such as 2026-11-20T09:30:00Z."
            ) from None
        # At the ends of the calendar a page could not show it where the workspace is.
        _refuse_year(value, moment.year)
        return moment


class Currency(fields.Field[str]):
    """An ISO 4217 code."""

    default_error_messages = _SENTENCES

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str) or value not in _CURRENCIES:
            raise ValidationError("This must be a currency of ISO 4217, such as GBP.")
        return value


class Choice(fields.Field[str]):
    """One word of a list."""

    default_error_messages = _SENTENCES

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValidationError(f"This must be one of {', '.join(self.words)}.")
        return value


class Whole(fields.Field[int]):
    """A whole number from 1, as a number of JSON."""

    default_error_messages = _SENTENCES

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(f"This must be a whole number; it is {_kind(value)}.")
        if not 1 <= value < 2**31:
            raise ValidationError("This must be between 1 and 2147483647.")
        return value


class Flag(fields.Field[bool]):
    """True or false."""

    default_error_messages = _SENTENCES

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"This must be true or false; it is {_kind(value)}.")
        return value
