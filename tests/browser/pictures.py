"""make pictures: every page at two widths, in three workspaces, to be looked at by people.

Not a test of anything, so no part of the suite; tests/browser/test_every_page.py judges pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from simulator.client import SimulatorProcess
from tests.builders import PASSWORD
from tests.northgate import sign_in
from tests.pages.addresses import Place, before_live, more_of, not_reached, places
from tests.pages.quiet import all_well, being_set_up, nothing_yet
from tests.pages.trouble import in_trouble
from tests.people import PRIYA
from tests.receiver import Receiver

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
WIDTHS = (1440, 390)
DARK = {"overview.show", "invoices.show"}


def take(page: Page, workspace: str, wanted: Iterable[Place]) -> None:
    folder = Path(os.environ.get("PICTURES") or ROOT / "var/pictures") / workspace
    folder.mkdir(parents=True, exist_ok=True)
    sign_in(page, PRIYA, PASSWORD)
    page.emulate_media(reduced_motion="reduce")
    for place in wanted:
        for theme in ("light", "dark") if place.name in DARK else ("light",):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(place.path)  # each width anew: charts are drawn for it
                page.evaluate("document.fonts.ready")
                name = f"{place.name}-{width}{'-dark' if theme == 'dark' else ''}.png"
                page.screenshot(path=folder / name, full_page=True)


def test_in_trouble(
    app: Flask, simulator: SimulatorProcess, receiver: Receiver, browser_page: Page
) -> None:
    with app.app_context():
        trouble = in_trouble(app, simulator, receiver)
    assert not_reached(app, trouble.numbers) == set()
    wanted = places(app, trouble.numbers)
    wanted += more_of(app, "invoices.show", trouble.invoices)
    take(browser_page, "trouble", wanted + more_of(app, "connections.show", trouble.connections))


def test_all_well(app: Flask, simulator: SimulatorProcess, browser_page: Page) -> None:
    with app.app_context():
        numbers = all_well(simulator)
    take(browser_page, "all-well", places(app, numbers))


def test_nothing_yet(app: Flask, simulator: SimulatorProcess, browser_page: Page) -> None:
    with app.app_context():
        numbers = nothing_yet()
    take(browser_page, "nothing-yet", places(app, numbers))


def test_being_set_up(app: Flask, simulator: SimulatorProcess, browser_page: Page) -> None:
    with app.app_context():
        numbers = being_set_up(simulator)
    take(browser_page, "being-set-up", before_live(app, numbers))
