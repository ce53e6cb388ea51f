"""The figures Prometheus scrapes, read from the database: every web process tells the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.domain.states import FINISHED, PushState
from app.ledgers import LEDGERS
from app.queries.figures import attempts_lately, inbound_lately, open_alerts, work
from app.queries.meter import metered_by_connection, metered_of_installation
from app.queries.unexplained import unexplained


class Figures(Collector):
    """One scrape at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Ask a few cheap questions; a state without a push is a nought, not a gap."""
        todo = work(self._now)
        pushes = GaugeMetricFamily(
            "ledgerbridge_pushes_open", "Pushes that are not finished.", labels=["state"]
        )
        for state in PushState:
            if state not in FINISHED:
                pushes.add_metric([state], todo.open_by_state.get(state, 0))
        yield pushes
        yield GaugeMetricFamily(
            "ledgerbridge_pushes_due", "Pushes a worker could take now.", value=todo.due
        )
        yield GaugeMetricFamily(
            "ledgerbridge_oldest_due_seconds", "How long the oldest waits.", value=todo.oldest_due
        )
        yield self._inbound()
        yield self._attempts()
        yield self._unknown_codes()
        yield from self._metered()
        yield GaugeMetricFamily(
            "ledgerbridge_alerts_open", "What needs a person.", value=open_alerts()
        )

    def _unknown_codes(self) -> Metric:
        family = CounterMetricFamily(
            "ledgerbridge_unknown_ledger_codes",
            "Tries refused with a code that nobody has put into words yet.",
            labels=["provider", "code"],
        )
        for one in unexplained():
            family.add_metric([one.provider, one.code], one.tries)
        return family

    def _inbound(self) -> Metric:
        family = GaugeMetricFamily(
            "ledgerbridge_inbound_events_last_hour",
            "Hooks of billing and notices of ledgers in the last hour.",
            labels=["source", "status"],
        )
        for (source, status), count in inbound_lately(self._now).items():
            family.add_metric([source, status], count)
        return family

    def _metered(self) -> Iterator[Metric]:
        by_connection = GaugeMetricFamily(
            "ledger_calls_metered",
            "Calls of this calendar month (UTC) that the ledger counts, by connection.",
            labels=["connection"],
        )
        for connection_id, calls in metered_by_connection(self._now).items():
            by_connection.add_metric([str(connection_id)], calls)
        yield by_connection
        in_all = GaugeMetricFamily(
            "ledger_calls_metered_month",
            "Calls of this calendar month (UTC) that count towards the vendor's quota.",
            labels=["provider"],
        )
        for provider in LEDGERS:
            in_all.add_metric([provider], metered_of_installation(provider, self._now).calls)
        yield in_all

    def _attempts(self) -> Metric:
        family = GaugeMetricFamily(
            "ledgerbridge_attempts_last_hour", "Tries in the last hour.", labels=["outcome"]
        )
        for outcome, count in attempts_lately(self._now).items():
            family.add_metric([outcome], count)
        return family
