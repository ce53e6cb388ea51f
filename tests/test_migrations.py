"""The migrations are one line, need nothing of the application, and make what the models say."""

import ast
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.extensions import db
from tests.fixtures.schema import MIGRATIONS, only_the_database

VERSIONS = sorted((MIGRATIONS / "versions").glob("*.py"))


def test_there_is_one_line_of_them() -> None:
    script = ScriptDirectory(str(MIGRATIONS))

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    assert len(list(script.walk_revisions())) == len(VERSIONS)


def test_their_result_is_what_the_models_say(database_url: str) -> None:
    with only_the_database(database_url), db.engine.connect() as connection:
        at = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(at, db.metadatas[None])

    assert differences == []


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_never_imports_the_application(path: Path) -> None:
    imported = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert not [line for line in imported if line.startswith(("import app", "from app"))]
