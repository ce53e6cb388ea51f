"""Look at a page as a critic does: too wide, too heavy, hard to read, words nobody should meet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request

from tests.pages.addresses import Place

WIDTHS = (320, 390, 720, 1024, 1440)
HEAVIEST = 300_000  # bytes over the line, the first time a browser comes
_AXE = Path(__file__).parents[1] / "vendor/axe/axe.min.js"
# "None goes", "None: nothing was sent" are English.
_NEVER = re.compile(
    r"ERR_\w*|\bNone\b(?! [a-z]|:)|\bnan\b|\bNaN\b|Traceback|\bQBO\b|\bundefined\b|\{\{|\}\}"
)
# What a ledger said word for word stands in a block of code, and may say anything.
_WITHOUT_CODE = """() => {
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode())
        if (!texts.currentNode.parentElement.closest('pre, code, .mono, script, style, noscript'))
            found.push(texts.currentNode.data);
    return found.join('\\n');
}"""
# A chart is drawn anew a moment after the width changed, so a second is given.
_TOO_WIDE = """() => new Promise(said => {
    const root = document.documentElement, began = performance.now();
    const look = () => {
        const over = root.scrollWidth - root.clientWidth;
        if (over <= 0 || performance.now() - began > 1000) said(over);
        else requestAnimationFrame(look);
    };
    look();
})"""
_WIDEST = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
    && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !e.parentElement.closest('.table-responsive, .nav-segmented, pre'))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 90)).join(' and ')"""
_LABELLED = """options => axe.run(document, options).then(found => found.violations.map(v =>
    `${v.impact} ${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 160)}`
    + ` ${v.nodes[0].any[0]?.message ?? ''}`))"""
_EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
# Half of its time goes into contrast, which does not hang on the width.
_NO_CONTRAST = _EVERYTHING | {"rules": {"color-contrast": {"enabled": False}}}
_CONTRAST = _EVERYTHING | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def too_wide(page: Page) -> int:
    """Return by how many pixels a page is wider than its window, once it has arrived."""
    page.wait_for_load_state()  # a link just followed may be a document without an element yet
    over: int = page.evaluate(_TOO_WIDE)
    return over


def no_sideways_scroll(page: Page, widths: Sequence[int] = WIDTHS) -> None:
    """Fail where the page that is open is wider than one of the widths; leave it as it was."""
    before = page.viewport_size
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        over = too_wide(page)
        assert over <= 0, f"{page.url} is {over} px too wide at {width}"
    if before:
        page.set_viewport_size(before)


class Critic:
    """Opens pages in one tab; faults says what was wrong with which.

    thorough: axe looks at a phone and at the dark as well, not only at a wide light page.
    """

    def __init__(self, page: Page, origin: str, *, thorough: bool) -> None:
        self._page, self._origin, self._thorough = page, origin, thorough
        self.faults: list[str] = []
        self._here = ""
        self._came: list[float] = []
        page.emulate_media(
            reduced_motion="reduce"
        )  # half-way between two colours nothing is legible
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        network.on("Network.loadingFinished", self._weigh)
        page.on("request", self._heard)
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self._said("error", str(error)))

    def look_at(self, place: Place) -> None:
        """Open a page and note everything that is wrong with it."""
        self._here = place.path
        self._came.clear()
        answer = self._page.goto(place.path)
        if answer is None or answer.status != (404 if "no-such" in place.path else 200):
            self._note(f"answered {answer and answer.status}")
            return
        if (weight := sum(self._came)) > HEAVIEST:
            self._note(f"weighs {weight:,.0f} bytes")
        found = sorted(set(_NEVER.findall(self._page.evaluate(_WITHOUT_CODE))))
        if found:
            self._note(f"says {', '.join(found)}")
        self._is_readable()

    def _is_readable(self) -> None:
        """Let axe look at both ends of the widths, in both themes, and every width be tried."""
        page = self._page
        page.evaluate(_AXE.read_text())
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if (over := too_wide(page)) > 0:
                self._note(f"is {over} px too wide at {width}: {page.evaluate(_WIDEST)}")
            if width == 390 and self._thorough:
                self._try("390", _NO_CONTRAST)
        self._try("light", _EVERYTHING)
        if not self._thorough:
            return
        page.emulate_media(color_scheme="dark")
        self._try("dark", _CONTRAST)
        page.emulate_media(color_scheme="light")

    def _try(self, how: str, options: dict[str, Any]) -> None:
        for found in self._page.evaluate(_LABELLED, options):
            self._note(f"({how}) {found}")

    def _weigh(self, finished: dict[str, Any]) -> None:
        self._came.append(finished["encodedDataLength"])

    def _heard(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "data:", "blob:")):
            self._note(f"asked for {request.url}")

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "no-such" not in self._here:
            self._note(f"{kind}: {text}")

    def _note(self, what: str) -> None:
        self.faults.append(f"{self._here} {what}")
