"""Which e-mail addresses can be written to."""

from __future__ import annotations

import re

_LONGEST, _LONGEST_LOCAL = 254, 64  # characters, RFC 5321, 4.5.3.1
# RFC 5321, 4.1.2: a dot-string and a domain. Quoted names, comments and address literals are
# addresses too, but one of them in a header may take the addresses behind it for its own words.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")


def is_address(text: str) -> bool:
    """Tell whether e-mails can go to an address, and to the others on the same list."""
    local = text.partition("@")[0]
    fits = len(text) <= _LONGEST and len(local) <= _LONGEST_LOCAL
    return fits and "=?" not in local and _ADDRESS.fullmatch(text) is not None
