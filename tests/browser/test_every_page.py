"""Every page of the application in a real Chromium, in a workspace full of trouble and a new one.

Which pages there are is read from the application, so a new page is judged as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from flask import Flask
from playwright.sync_api import Page

from simulator.client import SimulatorProcess
from tests.builders import PASSWORD
from tests.northgate import sign_in
from tests.pages.addresses import Place, before_live, more_of, not_reached, places
from tests.pages.looking import Critic
from tests.pages.quiet import being_set_up, nothing_yet
from tests.pages.trouble import in_trouble
from tests.people import PRIYA
from tests.receiver import Receiver

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def faults_of(
    page: Page, origin: str, wanted: Iterable[Place], *, thorough: bool = False
) -> list[str]:
    sign_in(page, PRIYA, PASSWORD)
    critic = Critic(page, origin, thorough=thorough)
    for place in wanted:
        critic.look_at(place)
    return critic.faults


def test_no_page_of_a_workspace_in_trouble_has_a_fault(
    app: Flask,
    simulator: SimulatorProcess,
    receiver: Receiver,
    browser_page: Page,
    live_server: str,
) -> None:
    with app.app_context():
        trouble = in_trouble(app, simulator, receiver)
    assert not_reached(app, trouble.numbers) == set(), "say their numbers in tests/pages/trouble.py"
    wanted = places(app, trouble.numbers)
    wanted += more_of(app, "invoices.show", trouble.invoices)
    wanted += more_of(app, "connections.show", trouble.connections)

    faults = faults_of(browser_page, live_server, wanted, thorough=True)
    assert not faults, "\n".join(faults)


def test_no_page_of_a_new_workspace_has_a_fault(
    app: Flask, simulator: SimulatorProcess, browser_page: Page, live_server: str
) -> None:
    with app.app_context():
        numbers = nothing_yet()

    faults = faults_of(browser_page, live_server, places(app, numbers))
    assert not faults, "\n".join(faults)


def test_no_page_of_a_company_that_is_not_live_has_a_fault(
    app: Flask, simulator: SimulatorProcess, browser_page: Page, live_server: str
) -> None:
    with app.app_context():
        numbers = being_set_up(simulator)

    faults = faults_of(browser_page, live_server, before_live(app, numbers))
    assert not faults, "\n".join(faults)
