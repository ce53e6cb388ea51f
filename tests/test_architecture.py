"""The house rules. Each is about the text of the project, none needs it running."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from app.config import Settings
from app.ledgers import LEDGERS

ROOT = Path(__file__).parents[1]
PROGRAMS = ("app", "workers", "simulator", "demo", "benchmarks")
MONEY = ("app/billing", "app/domain", "app/ledgers", "app/models", "app/usecases")
NO_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "managers"}
LONGEST_FILE = 300  # lines


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def texts() -> list[Path]:
    """Every file of the repository that people wrote: no environment, cache or vendored asset."""
    skipped = {".git", ".venv", ".venv-lock", "var", "node_modules", "vendor", "__pycache__"}
    caches = {".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"}
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not (skipped | caches) & set(path.relative_to(ROOT).parts)
    ]


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def imports(path: Path) -> set[str]:
    """Return the dotted names a file imports."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert not broken, capsys.readouterr().out


def test_the_domain_needs_the_standard_library_and_itself_only() -> None:
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources("app/domain")
        for name in imports(path)
        if not name.startswith("app.domain") and name.split(".")[0] not in sys.stdlib_module_names
    }

    assert foreign == set()


def test_the_domain_is_told_the_time() -> None:
    clocks = {"now", "today", "utcnow", "time", "monotonic"}
    reads = [
        where(path, node)
        for path in sources("app/domain")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in clocks
        and ast.unparse(node.func.value) in {"datetime", "date", "time", "datetime.datetime"}
    ]

    assert reads == []


def test_ledgers_know_nothing_of_each_other() -> None:
    folders = [path.name for path in (ROOT / "app/ledgers").iterdir() if path.is_dir()]
    seen = [
        f"{path.relative_to(ROOT)} imports {other}"
        for own in folders
        for other in folders
        for path in sources(f"app/ledgers/{own}")
        if other != own and any(f"app.ledgers.{other}" in name for name in imports(path))
    ]

    assert seen == []


def test_no_code_outside_a_ledgers_folder_asks_which_ledger_it_is() -> None:
    asks = [
        where(path, node)
        for path in sources("app", "workers")
        if "app/ledgers/" not in path.as_posix()
        for node in nodes(path)
        if isinstance(node, ast.Compare | ast.MatchValue) and names_a_ledger(node)
    ]

    assert asks == []


def names_a_ledger(comparison: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Constant) and part.value in LEDGERS for part in ast.walk(comparison)
    )


def test_every_ledger_has_a_simulator() -> None:
    without = [name for name in LEDGERS if not (ROOT / "simulator" / name).is_dir()]

    assert without == []


def test_money_is_never_a_float_and_time_never_naive() -> None:
    refused = [
        where(path, node)
        for path in sources(*MONEY)
        for node in nodes(path)
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "float")
        or (isinstance(node, ast.Attribute) and node.attr in {"utcnow", "utcfromtimestamp"})
    ]

    assert refused == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = [
        path for path in sources(*PROGRAMS, "tests") if {path.stem, path.parent.name} & NO_NAMES
    ]

    assert named == []


def test_no_file_is_too_long_to_read_at_one_sitting() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources(*PROGRAMS)}
    long = [f"{path.relative_to(ROOT)}: {n}" for path, n in lengths.items() if n > LONGEST_FILE]

    assert long == []


def test_every_periodic_job_names_an_existing_function() -> None:
    periodic = import_module("workers.clock").PERIODIC
    modules = [(entry.function.rpartition(".")) for entry in periodic]

    assert periodic
    assert all(callable(getattr(import_module(module), name)) for module, _, name in modules)


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    names = [name.upper() for name in Settings.__dataclass_fields__ if name != "testing"]

    assert [name for name in names if f"`{name}`" not in readme] == []


def test_the_locks_name_no_host() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        assert not re.search(r"://|^--(?!hash)", (ROOT / lock).read_text(), re.MULTILINE)


def test_production_and_development_have_the_same_versions() -> None:
    def pins(lock: str) -> set[str]:
        text = (ROOT / lock).read_text()
        return set(re.findall(r"^([a-z0-9-]+==[^ ;]+)", text, re.MULTILINE))

    assert pins("requirements.txt") < pins("requirements-dev.txt")


def test_no_path_of_one_machine_and_no_package_host_is_written_down() -> None:
    folders = "|".join(["/" + "work/", "/" + "root/", "/" + "home/[a-z]", "/" + "Users/[A-Za-z]"])
    hosts = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)"])
    refused = re.compile(f"(?<![\\w.])({folders})|{hosts}")
    written = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in texts()
        if (found := refused.search(path.read_text(errors="ignore")))
    ]

    assert written == []
