"""The signed, single-use state that travels through a vendor's consent page and back."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from secrets import token_urlsafe

from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.extensions import redis_client, settings

# A person who takes longer than this at the vendor's consent page starts again, seconds.
_LIFETIME = 15 * 60


class StateRefused(Exception):
    """Raised with a sentence when a state is forged, old, used or somebody else's."""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What we need to know again when the vendor sends the person back."""

    workspace_id: int
    user_id: int
    provider: str
    environment: str
    reconnect_id: int | None
    another: bool = False  # the person said that it is another company than one given up
    own_app_id: int | None = None  # the workspace's own application that asks; the shared one


def issue(state: ConsentState) -> str:
    """Sign a state and note that it may be used once."""
    nonce = token_urlsafe(16)
    redis_client().set(_nonce_key(nonce), 1, ex=_LIFETIME)
    return _signer().dumps([nonce, *astuple(state)])


def redeem(signed: str, workspace_id: int, user_id: int, provider: str) -> ConsentState:
    """Check signature, age, person and first use; raises StateRefused."""
    again = "This page was opened twice or too late. Connect again."
    try:
        nonce, *values = _signer().loads(signed, max_age=_LIFETIME)
        state = ConsentState(*values)
    except (BadSignature, TypeError, ValueError):
        raise StateRefused(again) from None
    if (state.workspace_id, state.user_id, state.provider) != (workspace_id, user_id, provider):
        raise StateRefused("This consent was started by somebody else. Connect again.")
    if not redis_client().delete(_nonce_key(nonce)):
        raise StateRefused(again)
    return state


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="connect")


def _nonce_key(nonce: str) -> str:
    return f"lb:connect:{nonce}"
