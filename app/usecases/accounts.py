"""Make workspaces, their people and their machines' access, and tell who is who."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from babel import Locale
from babel.core import get_global
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.billing.signature import key_of
from app.domain.mail_address import is_address
from app.extensions import db
from app.models import ApiKey, HookSecret, User, Workspace
from app.models.workspace import ROLES
from app.secrets import UnreadableSecret, seal, unseal
from app.usecases.audit import audit

log = structlog.get_logger()

COMMAND_LINE = "command line"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1000  # characters; argon2 would chew on anything
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_KEY_PREFIX, _SHOWN = "lb_", 10  # pages show the first ten characters of a key
_USED_EVERY = timedelta(minutes=1)  # how exact last_used_at is
_SECRET_BYTES = range(24, 65)  # Standard Webhooks: "Symmetric signatures"
_ALL = {"all_workspaces": True}  # for questions asked before it is known who asks


class AccountRefused(Exception):
    """Raised with the field that is wrong and a sentence saying how."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field, self.sentence = field, sentence


# -------------------------------------------------------------------------------- workspaces


def create_workspace(
    name: str,
    slug: str,
    country: str,
    currency: str,
    *,
    time_zone: str = "Europe/London",
    actor: str = COMMAND_LINE,
) -> Workspace:
    """Make a workspace; raises AccountRefused."""
    name, country, currency = name.strip(), country.strip().upper(), currency.strip().upper()
    _need(_SLUG.fullmatch(slug), "slug", "Use small letters, digits and inner dashes, 63 at most.")
    _need(name.isprintable() and 0 < len(name) <= 200, "name", "Use 1 to 200 characters.")
    _need(
        len(country) == 2 and country in Locale("en").territories,
        "country",
        "Use two letters of ISO 3166, such as GB.",
    )
    _need(currency in get_global("all_currencies"), "currency", "Use ISO 4217, such as GBP.")
    _need(time_zone in available_timezones(), "time_zone", "Use a name such as Europe/London.")
    workspace = Workspace(
        name=name, slug=slug, country=country, currency=currency, time_zone=time_zone
    )
    _add(workspace, "slug", f"There is a workspace {slug} already.")
    audit(workspace.id, actor, "workspace.create", f"workspace:{workspace.id}", slug=slug)
    db.session.commit()
    return workspace


def workspace_by_slug(slug: str) -> Workspace | None:
    """Find a workspace by the name it has in addresses."""
    if not _SLUG.fullmatch(slug):
        return None
    return db.session.scalar(select(Workspace).where(Workspace.slug == slug))


def workspaces() -> list[Workspace]:
    """List every workspace, by slug."""
    return list(db.session.scalars(select(Workspace).order_by(Workspace.slug)))


# -------------------------------------------------------------------------------- people


def create_user(
    workspace_id: int,
    email: str,
    role: str,
    password: str,
    *,
    name: str | None = None,
    actor: str = COMMAND_LINE,
    user_id: int | None = None,
) -> User:
    """Make a person of a workspace; raises AccountRefused."""
    email = email.strip()
    name = (name or email.partition("@")[0]).strip()
    _need(is_address(email), "email", "This is not an e-mail address.")
    _need(name.isprintable() and 0 < len(name) <= 200, "name", "Use 1 to 200 characters.")
    _need(role in ROLES, "role", f"Use one of {', '.join(ROLES)}.")
    password_hash = hashed(password)
    user = User(
        workspace_id=workspace_id,
        email=email,
        name=name,
        role=role,
        password_hash=password_hash,
    )
    _add(user, "email", f"{email} has an account already.")
    about = f"user:{user.id}"
    audit(workspace_id, actor, "user.create", about, user_id=user_id, role=role)
    db.session.commit()
    return user


def check_password(password: str) -> None:
    """Refuse a password that is too short or absurdly long; raises AccountRefused."""
    _need(
        SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD,
        "password",
        f"Use at least {SHORTEST_PASSWORD} characters.",
    )


def authenticate(email: str, password: str) -> User | None:
    """Return who this is; None for a wrong password, an unknown or a disabled person.

    An unknown address costs as much time as a wrong password, and so tells nobody who has one.
    """
    user = db.session.scalar(
        select(User).where(func.lower(User.email) == email_sought(email)),
        execution_options=_ALL,
    )
    right = _fits(user.password_hash if user else _nobodys_hash(), password)
    if user is None or not right or user.disabled_at is not None:
        return None
    if _hasher().check_needs_rehash(user.password_hash):
        user.password_hash = _hasher().hash(password)
        db.session.commit()
    return user


def email_sought(typed: str) -> str:
    """Return the address that signing in looks for: what differs elsewhere is the same person."""
    return _plain(typed.strip()).lower()


def hashed(password: str) -> str:
    """Return what is kept of a new password; raises AccountRefused for one that is too short."""
    check_password(password)
    return _hasher().hash(password)


def _fits(password_hash: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _hasher().verify(password_hash, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(text: str) -> str:
    """Drop what neither PostgreSQL nor argon2 takes: NUL and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex())


# -------------------------------------------------------------------------------- machines


def create_api_key(
    workspace_id: int, name: str, *, actor: str = COMMAND_LINE, user_id: int | None = None
) -> str:
    """Make an API key and return it, this once; raises AccountRefused."""
    name = name.strip()
    _need(name.isprintable() and 0 < len(name) <= 100, "name", "Use 1 to 100 characters.")
    key = _KEY_PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(workspace_id=workspace_id, name=name, prefix=key[:_SHOWN], key_hash=_key_hash(key))
    db.session.add(row)
    db.session.flush()
    about = f"api_key:{row.id}"
    audit(workspace_id, actor, "api_key.create", about, user_id=user_id, name=name)
    db.session.commit()
    return key


def workspace_of_key(key: str, now: datetime) -> ApiKey | None:
    """Return the live API key a caller showed, and note that it was used; None for any other."""
    if not key.startswith(_KEY_PREFIX):
        return None
    row = db.session.scalar(
        select(ApiKey).where(ApiKey.key_hash == _key_hash(key), ApiKey.revoked_at.is_(None)),
        execution_options=_ALL,
    )
    if row is not None and (row.last_used_at is None or now - row.last_used_at > _USED_EVERY):
        row.last_used_at = now
        db.session.commit()
    return row


def _key_hash(key: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(_plain(key).encode()).hexdigest()


def create_hook_secret(
    workspace_id: int,
    *,
    secret: str | None = None,
    actor: str = COMMAND_LINE,
    user_id: int | None = None,
) -> str:
    """Make (or take over) a secret for billing's hooks and return it, this once.

    Several may live at once, so that billing can change over. Raises AccountRefused.
    """
    secret = secret or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    try:
        strong = secret.startswith("whsec_") and len(key_of(secret)) in _SECRET_BYTES
    except ValueError:
        strong = False
    _need(strong, "secret", "Use whsec_ and base64 of 24 to 64 bytes.")
    row = HookSecret(workspace_id=workspace_id, secret_encrypted=seal(secret))
    db.session.add(row)
    db.session.flush()
    audit(workspace_id, actor, "hook_secret.create", f"hook_secret:{row.id}", user_id=user_id)
    db.session.commit()
    return secret


def hook_secrets(workspace_id: int) -> list[str]:
    """Return the live secrets of one workspace; raises UnreadableSecret when none can be read."""
    rows = db.session.scalars(
        select(HookSecret).where(
            HookSecret.workspace_id == workspace_id, HookSecret.revoked_at.is_(None)
        )
    ).all()
    readable = []
    for row in rows:
        try:
            readable.append(unseal(row.secret_encrypted))
        except UnreadableSecret:
            log.error("hook_secret.unreadable", workspace_id=workspace_id, hook_secret_id=row.id)
    if rows and not readable:
        raise UnreadableSecret("No key in ENCRYPTION_KEYS opens any secret of this workspace.")
    return readable


# -------------------------------------------------------------------------------- refusing


def _need(fulfilled: object, field: str, sentence: str) -> None:
    if not fulfilled:
        raise AccountRefused(field, sentence)


def _add(row: Workspace | User, field: str, sentence: str) -> None:
    """Insert a row; a database that knows it already refuses in our words."""
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise AccountRefused(field, sentence) from None
