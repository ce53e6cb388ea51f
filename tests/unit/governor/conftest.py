"""A real Redis; every test has a company of its own in it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from app.governor import Governor


@pytest.fixture
def governor_redis(redis_server: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_server)
    yield client
    client.close()


@pytest.fixture
def governor(governor_redis: redis.Redis) -> Governor:
    return Governor(governor_redis)


@pytest.fixture
def company(governor_redis: redis.Redis) -> str:
    """A company that has not called for a long while."""
    name = new_company()
    level = {"minute": 10**6, "minute_at": 0, "second": 10**6, "second_at": 0}
    governor_redis.hset(f"governor:{{{name}}}:buckets", mapping=level)
    return name


def new_company() -> str:
    """Return a company that Redis knows nothing of."""
    return f"quickbooks:sandbox:{uuid4().int}"
