"""How commands answer: a sentence for people, --json for programs, and an exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from app.models import Workspace
from app.usecases.accounts import AccountRefused, workspace_by_slug

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
workspace_option = click.option(
    "--workspace", "slug", required=True, metavar="SLUG", help="The workspace's slug."
)

REFUSED = 1  # exit status: understood, but not done


def say(sentence: str, as_json: bool, **fields: Any) -> None:
    """Answer with a sentence, or with its fields as one JSON object."""
    click.echo(json.dumps(fields, default=str) if as_json else sentence)


@contextmanager
def refusing(as_json: bool) -> Iterator[None]:
    """Answer a refusal with the field it is about, and exit with 1."""
    try:
        yield
    except AccountRefused as error:
        refuse(error.field, error.sentence, as_json)


def refuse(field: str, sentence: str, as_json: bool) -> None:
    """Say what is wrong with which field, and exit with 1."""
    if as_json:
        click.echo(json.dumps({"error": {"field": field, "message": sentence}}))
    else:
        click.echo(f"{field}: {sentence}", err=True)
    raise click.exceptions.Exit(REFUSED)


def workspace_named(slug: str) -> Workspace:
    """Return a workspace by its slug; raises AccountRefused."""
    workspace = workspace_by_slug(slug)
    if workspace is None:
        raise AccountRefused("workspace", f"There is no workspace {slug}.")
    return workspace
