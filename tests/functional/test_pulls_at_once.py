"""A pull, a comparison's pull and the history of one company write its book side by side."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.extensions import db
from app.ledgers.book import deleted_payment
from app.usecases.book.bring_in import Pulled, bring_in
from app.usecases.book.mirror import Book
from tests.connected import connect, now

_TIMES = 20


def payment(ledger_id, moment):
    gone = deleted_payment(ledger_id)
    return replace(gone, version="0", deleted=False, amount=Decimal(1), updated_at=moment)


def test_older_and_newer_reads_at_once_do_not_block_each_other(app, simulator):
    """One read before some were deleted, and one after: the same rows in another order."""
    with app.app_context():
        made = connect(simulator)
        workspace_id, connection_id = made.workspace_id, made.connection_id
    before = now_of(app)
    ids = [str(number) for number in range(100, 300)]
    older = [payment(one, before) for one in ids]
    newer = [payment(one, before) for one in ids[100:]] + [
        deleted_payment(one) for one in ids[:100]
    ]
    together = threading.Barrier(2)

    def bring(read):
        later, payments = read
        with app.app_context():
            for number in range(_TIMES):
                book = Book(workspace_id, connection_id, before + timedelta(seconds=number + later))
                together.wait(20)
                try:
                    bring_in(book, Pulled(connection_id), payments=payments)
                    db.session.commit()
                except Exception:
                    together.abort()
                    raise

    with ThreadPoolExecutor(2) as crew:
        list(crew.map(bring, [(0, older), (1, newer)]))


def now_of(app):
    with app.app_context():
        return now()
