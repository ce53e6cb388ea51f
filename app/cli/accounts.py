"""Commands for workspaces, people, API keys, hook secrets and encryption keys."""

from __future__ import annotations

import secrets
import sys

import click
from flask.cli import AppGroup

from app.cli.answer import REFUSED, json_option, refusing, say, workspace_named, workspace_option
from app.models.workspace import ROLES
from app.usecases import accounts
from app.usecases.permission.rotate_keys import rotate_keys

workspace = AppGroup("workspace", help="The companies this bridge serves.")
user = AppGroup("user", help="The people of a workspace.")
api_key = AppGroup("api-key", help="Machines' access to the REST interface.")
hook_secret = AppGroup("hook-secret", help="What the billing application signs its hooks with.")
keys = AppGroup("keys", help="The encryption keys.")

GROUPS = (workspace, user, api_key, hook_secret, keys)


@workspace.command("create")
@click.argument("name")
@click.option("--slug", required=True, help="Its name in addresses.")
@click.option("--country", required=True, help="ISO 3166, for example GB.")
@click.option("--currency", required=True, help="ISO 4217, for example GBP.")
@click.option("--time-zone", default="Europe/London", show_default=True)
@json_option
def create_workspace(
    name: str, slug: str, country: str, currency: str, time_zone: str, as_json: bool
) -> None:
    """Make a workspace called NAME."""
    with refusing(as_json):
        made = accounts.create_workspace(name, slug, country, currency, time_zone=time_zone)
        say(f"Workspace {made.name} ({made.slug}) is there.", as_json, id=made.id, slug=made.slug)


@workspace.command("list")
@json_option
def list_workspaces(as_json: bool) -> None:
    """List the workspaces."""
    found = accounts.workspaces()
    lines = [f"{w.slug}\t{w.name}\t{w.country}\t{w.currency}" for w in found]
    rows = [{"id": w.id, "slug": w.slug, "name": w.name} for w in found]
    say("\n".join(lines) or "There is no workspace yet.", as_json, workspaces=rows)


@user.command("create")
@click.argument("email")
@workspace_option
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--name", help="How pages call the person; else what stands before the @.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
def create_user(
    email: str, slug: str, role: str, name: str | None, password_stdin: bool, as_json: bool
) -> None:
    """Make a person with EMAIL; without --password-stdin a password is made and shown once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(15)
    with refusing(as_json):
        made = accounts.create_user(workspace_named(slug).id, email, role, password, name=name)
        shown = {} if password_stdin else {"password": password}
        sentence = f"{made.email} may sign in as {role}."
        if shown:
            sentence += f"\nPassword (shown once): {password}"
        say(sentence, as_json, id=made.id, email=made.email, role=role, **shown)


@api_key.command("create")
@workspace_option
@click.option("--name", required=True, help="What the key is for.")
@json_option
def create_api_key(slug: str, name: str, as_json: bool) -> None:
    """Make an API key and print it, this once."""
    with refusing(as_json):
        key = accounts.create_api_key(workspace_named(slug).id, name)
        say(key, as_json, key=key, name=name.strip())


@hook_secret.command("create")
@workspace_option
@click.option("--secret-stdin", is_flag=True, help="Take over a whsec_ secret billing has already.")
@json_option
def create_hook_secret(slug: str, secret_stdin: bool, as_json: bool) -> None:
    """Make a secret for billing's hooks and print it, this once; older ones stay good."""
    given = sys.stdin.readline().strip() if secret_stdin else None
    with refusing(as_json):
        made = accounts.create_hook_secret(workspace_named(slug).id, secret=given)
        say(made, as_json, secret=made, path=f"/hooks/billing/{slug}")


@keys.command("rotate")
@json_option
def rotate(as_json: bool) -> None:
    """Encrypt every token and secret again with the first key of ENCRYPTION_KEYS."""
    done = rotate_keys()
    sentence = f"{done.resealed} tokens and secrets carry the newest key now."
    if done.unreadable:
        sentence += f"\nNo key opens {', '.join(done.unreadable)}: put the old key back and repeat."
    else:
        sentence += " The other keys may go."
    say(sentence, as_json, resealed=done.resealed, unreadable=done.unreadable)
    if done.unreadable:
        raise click.exceptions.Exit(REFUSED)
