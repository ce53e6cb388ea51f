"""From the intention to write to a ledger to what the ledger booked.

A push passes these points; a worker may die between any two of them:

    intent     committed with the data that caused it
    claimed    a worker has it                            killed: claimed again by the next drain
    stored     exact body and key are in the row          killed: sent as stored
    sent       first_sent_at is in the row                killed: same bytes and key, or look first
    recorded   link, totals, invoice state, attempt       done

Or it waits: waiting, retrying, unconfirmed (by itself, due at due_at), held, blocked, failed, dead
(for a person). tests/functional/test_recovery_points.py starts from each of them.

drain claims and prepares, despatch keeps as many in flight as may be and records, crew and send are
the threads that call, turn says when another company has the worker.
"""
