"""What people are e-mailed about a connection, and how each is called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Topic(StrEnum):
    """Say what an e-mail about a connection is about."""

    CHECK = "check"
    DISCONNECT = "disconnect"
    EXPIRY = "expiry"
    ALARM = "alarm"


class TopicWords(NamedTuple):
    """How a topic is shown: its name, and when such an e-mail is written."""

    name: str
    when: str


TOPIC_WORDS: Mapping[Topic, TopicWords] = {
    Topic.CHECK: TopicWords("Daily check", "once a day, or only when something differs"),
    Topic.DISCONNECT: TopicWords("Disconnected", "at once, then daily until it is reconnected"),
    Topic.EXPIRY: TopicWords("Ends soon", "before the permission ends"),
    Topic.ALARM: TopicWords("Alarms", "when everything sent is refused for one reason"),
}

# When an alarm about the whole workspace is written.
ALARMS_OF_ALL = (
    "when events cannot be delivered to billing, and before the month’s reads of a ledger run out"
)

# Who is told unless somebody chose otherwise: those who look after the money.
TOLD_ROLES = ("owner", "finance")
