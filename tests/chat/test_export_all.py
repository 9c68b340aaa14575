"""All conversations in one download, on a real server; and the same from the admin."""

import io
import json
import urllib.parse
import urllib.request
import zipfile
from typing import Any

import pytest

from tests.chat.test_access import call
from tests.chat.test_replay import converse
from tests.services.server import Divan


def fetched(url: str, body: Any = None, **headers: str) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **named})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize(("name", "suffix"), [("json", "json"), ("markdown", "md"), ("jsonl", "jsonl")])
def test_all_conversations_are_in_one_zip(server: Divan, name: str, suffix: str) -> None:
    ids = [converse(server, text) for text in ("one", "two")]
    earlier, later = sorted(ids)
    call(f"{server.url}/api/conversations/{ids[0]}", "PATCH", {"archived": True})
    gone = converse(server, "deleted")
    call(f"{server.url}/api/conversations/{gone}", "DELETE")
    data = fetched(f"{server.url}/api/export?format={name}")
    assert data == fetched(f"{server.url}/api/export?format={name}")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = {earlier: f"First.{suffix}", later: f"First {later}.{suffix}"}
        assert archive.namelist() == list(names.values())
        assert b"one" in archive.read(names[ids[0]])


def test_an_unknown_format_is_refused(server: Divan) -> None:
    assert call(f"{server.url}/api/export?format=word")[0] == 400


def test_some_are_chosen_by_their_ids_or_by_what_they_are(server: Divan) -> None:
    first, second, third = (converse(server, text) for text in ("one", "two", "three"))
    call(f"{server.url}/api/conversations/{second}", "PATCH", {"folder": "Work", "archived": True})

    def exported(url: str, body: Any = None) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(fetched(f"{server.url}/api/export{url}", body))) as archive:
            return [json.loads(archive.read(name))["id"] for name in archive.namelist()]

    assert exported("", {"ids": [third, first]}) == sorted([first, third])
    assert exported("?folder=Work") == exported("?archived=true") == [second]
    assert second not in exported("?archived=false")
    for missing in ("20250101-000000-aaaaaaaa", "../../secret_key"):
        assert call(f"{server.url}/api/export", "POST", {"ids": [first, missing]})[0] in (400, 404)


def test_a_document_speaks_the_readers_language(server: Divan) -> None:
    address = f"{server.url}/api/conversations/{converse(server, 'one')}/export?format=text"
    assert "You:" in fetched(address).decode()
    assert "Siz:" in fetched(address, Accept_Language="tr").decode()
    assert "Вы:" in fetched(address, Accept_Language="ru").decode()
    everything = fetched(f"{server.url}/api/export?format=text", Accept_Language="tr")
    with zipfile.ZipFile(io.BytesIO(everything)) as archive:
        assert "Siz:" in archive.read(archive.namelist()[0]).decode()


def test_the_admin_exports_what_was_selected(server: Divan) -> None:
    chosen, other = converse(server, "one"), converse(server, "two")
    page = f"{server.url}/admin/conversations/conversation/"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    body = opener.open(page, timeout=20).read().decode()
    token = body.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"csrfmiddlewaretoken": token, "action": "export", "_selected_action": chosen}
    data = opener.open(page, urllib.parse.urlencode(form).encode(), timeout=20).read()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["First.json"]
        assert json.loads(archive.read("First.json"))["id"] == chosen
    assert other not in data.decode("latin-1")
