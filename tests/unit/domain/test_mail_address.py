"""An address that is taken can be written to, and hides no other behind it in a header."""

from email.message import EmailMessage

import pytest

from app.domain.mail_address import is_address

BEFORE, BEHIND = "ana@northgate.example", "bob@northgate.example"


@pytest.mark.parametrize(
    "address", [BEFORE, "o'neil+books@co.example", "a.b@x-y.example", "x@1.de"]
)
def test_an_ordinary_address_is_taken_and_stands_alone_among_others(address):
    message = EmailMessage()
    message["To"] = ", ".join([BEFORE, address, BEHIND])

    assert is_address(address)
    assert [each.addr_spec for each in message["To"].addresses] == [BEFORE, address, BEHIND]


@pytest.mark.parametrize(
    "address",
    [
        "(x@e.example",  # a comment: everybody behind it would get nothing
        ".x@e.example",  # the standard library fails on it
        '"x@e.example',
        "x:y@e.example",
        "[x@e.example",
        "x,y@e.example",
        "<x@e.example>",
        "x\\y@e.example",
        "x@e.example\r\nBcc: all@e.example",
        "=?utf-8?q?a?=@e.example",
        "müller@e.example",
        "x@[127.0.0.1]",
        "x@-e.example",
        "x@e",
        "x@e..example",
        "@e.example",
        "x" * 65 + "@e.example",
        "x@" + "e." * 130 + "example",
    ],
)
def test_what_a_header_or_a_mail_server_would_misread_is_refused(address):
    assert not is_address(address)
