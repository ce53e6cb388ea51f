"""What others build on is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import control, control_books
from simulator.injection import KINDS
from simulator.quickbooks.seeds import COMPANIES
from simulator.switches import SWITCHES

README = (Path(control.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SWITCHES, *KINDS])
def test_every_switch_and_fault_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize(
    "path", sorted({path for _, path, _ in [*control._ROUTES, *control_books.ROUTES]})
)
def test_every_control_address_is_in_the_readme(path: str) -> None:
    fixed = path.split("/<", maxsplit=1)[0]
    assert f"/control{fixed}" in README or f"`{fixed.rpartition('/')[2]}" in README


@pytest.mark.parametrize("path", COMPANIES, ids=lambda path: path.stem)
def test_every_company_is_in_the_readme(path: Path) -> None:
    realm = path.read_text().split('"realm": "')[1].split('"')[0]
    assert f"`{realm}`" in README
