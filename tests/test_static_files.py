"""What a first visit costs: compressed files, and no more of them than the first page needs."""

import gzip
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.services.server import Divan

FIRST_VISIT_BYTES = 300_000
PAGES = ("src/main.ts", "src/shared.ts")
DIST = Path(settings.CLIENT_MANIFEST).parent


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(settings.CLIENT_MANIFEST).read_text())
    return found


def parts_of(page: str) -> set[str]:
    """The files that a browser loads before the page runs: scripts with all that they import, and styles."""
    chunks, seen = manifest(), set[str]()

    def walk(name: str) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        yield chunks[name]["file"]
        yield from chunks[name].get("css", ())
        for imported in chunks[name].get("imports", ()):
            yield from walk(imported)

    return set(walk(page))


def fetch(server: Divan, name: str, accepts: str) -> tuple[Any, bytes]:
    request = urllib.request.Request(f"{server.url}/static/{name}", headers={"Accept-Encoding": accepts})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, answer.read()


@pytest.mark.parametrize("page", PAGES)
def test_a_first_visit_stays_within_its_budget(server: Divan, page: str) -> None:
    sent = {name: len(fetch(server, name, "gzip, deflate, br")[1]) for name in parts_of(page)}
    assert sum(sent.values()) < FIRST_VISIT_BYTES, sorted(sent.items(), key=lambda item: -item[1])


def test_every_text_file_of_the_client_is_sent_as_the_browser_takes_it(server: Divan) -> None:
    for path in DIST.rglob("*"):
        if path.suffix not in (".js", ".css", ".svg") or path.stat().st_size < 1024:
            continue
        name, content = path.relative_to(DIST).as_posix(), path.read_bytes()
        headers, body = fetch(server, name, "gzip")
        assert headers["Content-Encoding"] == "gzip", name
        assert gzip.decompress(body) == content
        headers, body = fetch(server, name, "br, gzip;q=0.8")
        assert headers["Content-Encoding"] == "br", name
        assert len(body) < len(content) * 0.7
        headers, body = fetch(server, name, "identity")
        assert headers["Content-Encoding"] is None
        assert "Accept-Encoding" in headers["Vary"]
        assert body == content


def test_a_page_loads_one_language_and_no_dialog_before_it_is_asked_for() -> None:
    first = " ".join((DIST / name).read_text() for name in parts_of("src/main.ts") if name.endswith(".js"))
    chunks = manifest()
    catalogues = [f"src/i18n/{language}/index.ts" for language in ("en", "tr", "ru")]
    for name in (*catalogues, "src/components/common/SettingsDialog.vue"):
        assert chunks[name]["isDynamicEntry"]
        assert chunks[name]["file"] not in parts_of("src/main.ts")
    assert "Yeni sohbet" not in first
    assert "New chat" not in first
