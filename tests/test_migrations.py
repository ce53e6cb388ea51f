"""The migrations are one line, need nothing of the application, and make what the models say."""

import ast
from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory

from tests.fixtures.schema import MIGRATIONS, database_app

VERSIONS = sorted((MIGRATIONS / "versions").glob("*.py"))


def test_there_is_one_line_of_them() -> None:
    script = ScriptDirectory(str(MIGRATIONS))

    assert len(script.get_heads()) == 1
    assert script.get_bases() == [script.get_bases()[0]]
    assert len(list(script.walk_revisions())) == len(VERSIONS)


def test_their_result_is_what_the_models_say(database_url: str) -> None:
    with database_app(database_url).app_context():
        flask_migrate.check()


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_never_imports_the_application(path: Path) -> None:
    imported = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert not [line for line in imported if line.startswith(("import app", "from app"))]
