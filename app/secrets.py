"""Keep tokens and secrets encrypted at rest; the newest key writes, every key reads."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.extensions import settings


class UnreadableSecret(Exception):
    """Raised when no key of ENCRYPTION_KEYS opens a stored secret."""


def seal(secret: str) -> bytes:
    """Encrypt a secret with the newest key."""
    return _keys().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Decrypt a secret; raises UnreadableSecret when its key is not among ENCRYPTION_KEYS."""
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        raise UnreadableSecret("No key in ENCRYPTION_KEYS opens this secret.") from None


def reseal(sealed: bytes) -> bytes:
    """Encrypt again with the newest key, after a rotation; raises UnreadableSecret."""
    try:
        return _keys().rotate(sealed)
    except InvalidToken:
        raise UnreadableSecret("No key in ENCRYPTION_KEYS opens this secret.") from None


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings().encryption_keys])
