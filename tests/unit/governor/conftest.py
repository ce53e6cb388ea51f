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
def company() -> str:
    return f"quickbooks:sandbox:{uuid4().int}"
