"""What a worker must do when a ledger does not answer as hoped.

LedgerError
├── TryAgain            nobody need act
│   ├── Throttled       the whole company pauses; retry_after seconds when the ledger said so
│   ├── Unavailable     surely not processed; back off, same key
│   │   ├── PermissionDoubted   a token just renewed was refused; nobody calls for a minute
│   │   ├── CompanyAway         the company is moved, locked or mended; nobody calls for minutes
│   │   └── Faltered            the ledger says that it came to nothing; once more, then a person
│   └── Unsure          perhaps processed; same bytes and same key, or look first
├── AskPerson           repeated only after something changed
│   ├── Refused         the ledger's rule; its words are shown
│   ├── NumberTaken     look: ours is adopted, otherwise a person decides
│   ├── NameTaken       look among customers, suppliers and employees, otherwise a person decides
│   ├── Stale           somebody changed the document; read it again and decide again
│   ├── CustomerGone    the customer it is for was made inactive, merged or deleted: who is it now?
│   └── Gone            what we refer to is deleted or inactive
└── Reconnect
    ├── NotAuthorised   refresh once under the lock, then once more
    ├── Disconnected    the permission is gone; the company pauses, people are told
    └── Misconfigured   our own client id, secret or code; alarm, and the link stays
"""

from __future__ import annotations


class LedgerError(Exception):
    """Carry what the ledger said: code, its own words, its request id and the HTTP status."""

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        request_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id
        self.status = status


class TryAgain(LedgerError):
    """Nobody need act: the same request goes again later."""


class Throttled(TryAgain):
    """The ledger asked us to wait: the whole company pauses."""

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: float | None = None,
        code: str = "",
        request_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, status=status)
        self.retry_after = retry_after


class Unavailable(TryAgain):
    """The ledger surely did not process the request."""


class PermissionDoubted(Unavailable):
    """A token just renewed was refused: the permission is gone, or the ledger errs.

    Nobody calls this company for a while; then it is tried once more.
    """


class CompanyAway(Unavailable):
    """The whole company is moved, locked or mended: it is left alone for minutes."""


class Faltered(Unavailable):
    """The ledger tried and says that it came to nothing: one more try, then a person decides."""


class Unsure(TryAgain):
    """The request left us and no usable answer came: it may have been processed."""


class AskPerson(LedgerError):
    """Nothing is repeated until a person or billing changed something."""


class Refused(AskPerson):
    """The ledger said no by one of its rules.

    company_wide: it says no to the whole company, not to this document (a subscription that ended).
    """

    def __init__(
        self,
        message: str = "",
        *,
        company_wide: bool = False,
        code: str = "",
        request_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, status=status)
        self.company_wide = company_wide


class NumberTaken(AskPerson):
    """The ledger has a document of this number; existing_id where it told which."""

    def __init__(
        self,
        message: str = "",
        *,
        existing_id: str | None = None,
        code: str = "",
        request_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, status=status)
        self.existing_id = existing_id


class NameTaken(AskPerson):
    """Somebody in the ledger already has this name."""


class Stale(AskPerson):
    """The document changed since we last read it."""


class Gone(AskPerson):
    """What the request refers to is deleted or inactive."""


class CustomerGone(AskPerson):
    """The customer a document is for is inactive, merged into another or deleted."""


class Reconnect(LedgerError):
    """The permission, not the document, is what is wrong."""


class NotAuthorised(Reconnect):
    """The access token was not accepted."""


class Disconnected(Reconnect):
    """The ledger took the permission back: a person must reconnect."""


class Misconfigured(Reconnect):
    """Our own application's credentials or request are wrong; the link stays."""
