"""A real Redis of its own; every test has a company of its own in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import redis

from app import embedded
from app.governor import Governor
from app.ledgers.quickbooks.provider import PROVIDER

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LIMITS = PROVIDER.limits


@pytest.fixture(scope="session")
def governor_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    folder = tmp_path_factory.mktemp("governor")
    client = redis.Redis.from_url(embedded.redis_url(folder))
    yield client
    client.close()
    embedded.stop(folder)


@pytest.fixture
def governor(governor_redis: redis.Redis) -> Governor:
    return Governor(governor_redis)


@pytest.fixture
def company() -> str:
    return f"quickbooks:sandbox:{uuid4().int}"
