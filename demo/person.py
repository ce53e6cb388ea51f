"""A person with a browser: opens pages, fills in their forms, follows where they lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests
from requests.cookies import RequestsCookieJar

from demo.surroundings import DemoFailed

_TIMEOUT = 30  # seconds


@dataclass
class Form:
    """A form of a page: where it goes, what is in it, its buttons as (name, value)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was opened."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]

    def form_to(self, part: str) -> Form:
        """Return the form whose address holds this text; raises DemoFailed."""
        for form in self.forms:
            if part in form.action:
                return form
        raise DemoFailed(f"The page {self.url} ({self.status}) has no form for {part}.")


class Person:
    """A browser of one person: its cookies, the page before for the Referer."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "Ledgerbridge demo"

    @property
    def cookies(self) -> RequestsCookieJar:
        """Return what tells the product who this is."""
        return self._session.cookies

    def open(self, address: str) -> Page:
        """Open a page, following redirects; raises DemoFailed when it does not answer."""
        return self._fetch("GET", urljoin(self._home, address), None, None)

    def submit(self, page: Page, form: Form, **values: str) -> Page:
        """Send a form of a page with these fields filled in, and go where that leads."""
        target = urljoin(page.url, form.action or page.url)
        return self._fetch(form.method, target, {**form.fields, **values}, page.url)

    def log_in(self, email: str, password: str) -> Page:
        """Sign in through the page for it; raises DemoFailed."""
        page = self.open("/login")
        forms = [form for form in page.forms if "password" in form.kinds.values()]
        if not forms:
            raise DemoFailed(f"{page.url} ({page.status}) shows no form to sign in with.")
        names = {kind: name for name, kind in forms[0].kinds.items()}
        user = names.get("email") or names.get("text") or "email"
        after = self.submit(page, forms[0], **{user: email, names["password"]: password})
        if any("password" in form.kinds.values() for form in after.forms):
            raise DemoFailed("The product did not let the demo's user in.")
        return after

    def close(self) -> None:
        """Let go of the connections, which a server that ends would wait for."""
        self._session.close()

    def _fetch(
        self, method: str, url: str, data: dict[str, str] | None, referer: str | None
    ) -> Page:
        headers = {"Referer": referer} if referer else {}
        try:
            if method.upper() == "GET":
                answer = self._session.get(url, params=data, headers=headers, timeout=_TIMEOUT)
            else:
                answer = self._session.post(url, data=data, headers=headers, timeout=_TIMEOUT)
        except requests.RequestException as error:
            raise DemoFailed(f"{url} does not answer ({type(error).__name__}).") from error
        reader = _Forms()
        reader.feed(answer.text)
        return Page(answer.url, answer.status_code, answer.text, tuple(reader.forms))


class _Forms(HTMLParser):
    """Collects the forms of a page with what stands in their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._list = ""  # the select whose options come

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(attributes.get("action", ""), attributes.get("method", "get"))
            self.forms.append(self._open)
        elif self._open is not None and tag == "option" and self._list:
            first = self._list not in self._open.fields
            if first or "selected" in attributes:
                self._open.fields[self._list] = attributes.get("value", "")
        elif self._open is not None and attributes.get("name"):
            self._list = attributes["name"] if tag == "select" else ""
            self._field(self._open, tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._list = ""

    @staticmethod
    def _field(form: Form, tag: str, attributes: dict[str, str]) -> None:
        name, value = attributes["name"], attributes.get("value", "")
        kind = attributes.get("type", "text" if tag == "input" else "")
        if tag == "button" or kind == "submit":
            form.buttons.append((name, value))
        elif tag == "input":
            form.kinds[name] = kind
            if kind not in ("radio", "checkbox") or "checked" in attributes:
                form.fields[name] = value
