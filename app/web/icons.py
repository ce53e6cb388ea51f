"""Draw the icons the pages use: shapes of Tabler Icons kept under static/vendor/icons."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

_FOLDER = Path(__file__).parent.parent / "static" / "vendor" / "icons"
_SILENT = Markup('aria-hidden="true"')
_SVG = Markup(
    '<svg class="icon {cls}" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none"'
    ' stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    " {spoken}>{shape}</svg>"
)


def icon(name: str, cls: str = "", size: int = 20, label: str | None = None) -> Markup:
    """Return an icon as inline SVG; hidden from screen readers unless it stands alone (label)."""
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else _SILENT
    return _SVG.format(cls=cls, size=size, spoken=spoken, shape=_shape(name))


@cache
def _shape(name: str) -> Markup:
    """Read the paths of one icon; raises FileNotFoundError for one that was not vendored."""
    svg = (_FOLDER / f"{name}.svg").read_text()
    return Markup(re.sub(r"^<svg[^>]*>|</svg>\s*$", "", svg))  # noqa: S704  a file of ours
