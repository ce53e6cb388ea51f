"""Every icon the pages name is here, and none that they do not."""

import re
from pathlib import Path

from app.web.icons import icon

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "app" / "static" / "vendor" / "icons"


def words() -> set[str]:
    """Return every quoted word of templates and of the code that names icons."""
    sources = [
        *ROOT.glob("app/**/*.html"),
        *ROOT.glob("app/web/*.py"),
        *ROOT.glob("app/domain/*.py"),
    ]
    return {
        word for path in sources for word in re.findall(r"['\"]([a-z0-9-]+)['\"]", path.read_text())
    }


def test_every_icon_a_template_draws_is_vendored():
    drawn = {
        name
        for path in ROOT.glob("app/templates/**/*.html")
        for name in re.findall(r"\bicon\('([a-z0-9-]+)'", path.read_text())
    }

    assert {name for name in drawn if not (FOLDER / f"{name}.svg").is_file()} == set()


def test_no_icon_is_kept_that_nobody_draws():
    assert {path.stem for path in FOLDER.glob("*.svg")} - words() == set()


def test_an_icon_is_silent_unless_it_stands_alone():
    assert 'aria-hidden="true"' in icon("check")
    assert 'aria-label="Passes &lt;b&gt;"' in icon("check", label="Passes <b>")
