"""Browsers' profiles that test after test uses, each time emptied.

In a new profile Chromium starts a process, loads the page's scripts and compiles them: half of what a short
test costs. A page that stays open in a profile keeps its process, and with it what was compiled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, ViewportSize

SHARED_OPTIONS = {"locale", "viewport", "color_scheme"}
"""What a test may ask for of a shared profile. There is one for each language; the others a page is given."""


@dataclass
class Profile:
    locale: str
    context: BrowserContext
    kept: Page
    """Keeps the process; no test sees it."""
    devtools: CDPSession
    origins: set[str] = field(default_factory=set)

    def empty(self) -> None:
        """Pages first: some store what they hold while they close."""
        for page in self.context.pages:
            if page is not self.kept:
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        for origin in self.origins:
            self.devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        self.origins.clear()


class SharedProfiles:
    """For each language as many as one test has at the same time."""

    def __init__(self, make: Callable[[str], BrowserContext]) -> None:
        self._make = make
        self._free: list[Profile] = []
        self._used: list[Profile] = []

    def new_page(
        self,
        origin: str,
        *,
        locale: str = "en-GB",
        viewport: ViewportSize | None = None,
        color_scheme: Any = None,
    ) -> Page:
        """In an empty profile."""
        profile = self._take_free(locale) or self._new_profile(locale, origin)
        self._used.append(profile)
        profile.origins.add(origin)
        page = profile.context.new_page()
        if viewport:
            page.set_viewport_size(viewport)
        if color_scheme:
            page.emulate_media(color_scheme=color_scheme)
        return page

    def empty(self) -> None:
        """All are free again."""
        while self._used:
            profile = self._used.pop()
            profile.empty()
            self._free.append(profile)

    def close(self) -> None:
        for profile in (*self._free, *self._used):
            profile.context.close()

    def _take_free(self, locale: str) -> Profile | None:
        for place, profile in enumerate(self._free):
            if profile.locale == locale:
                return self._free.pop(place)
        return None

    def _new_profile(self, locale: str, origin: str) -> Profile:
        context = self._make(locale)
        kept = context.new_page()
        # Pages of one address share a process, whatever their port.
        kept.goto(f"{origin}/static/icon.svg")
        return Profile(locale, context, kept, context.new_cdp_session(kept))
