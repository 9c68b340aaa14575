"""Each row of conversations/settings.py, wherever a setting is written, read, kept and shown."""

import io
import zipfile
from typing import Any

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.protocol import commands
from conversations import settings
from conversations.index.rows import IndexRows
from conversations.models import Conversation
from conversations.tree import Tree
from core.type_hints import declared_fields, fits
from tests.chat.test_answers import ECHO, begin, records_on_disk
from tests.chat.test_imports import post
from tests.chat.test_rest import made, session
from tests.conversations.samples import conversation, record
from tests.services.server import Divan
from tests.services.wire import wire

OTHER: dict[str, Any] = {
    "title": "Kediler",
    "pinned": True,
    "folder": "Work",
    "tags": ["math", "ağır"],
    "archived": True,
    "lanes": [{"model": "echo/echo"}, {"model": "echo/other"}],
    "project": {"name": "Work", "instructions": "Kısa yaz."},
    "mode": "sequential",
    "relay": True,
    "history": "all",
    "blind": True,
    "rag": True,
    "memory": False,
    "titles": "words",
    "tools": ["calculate", "mcp:files"],
    "web": True,
}
"""For each setting a value that is not its default."""
WRONG = [7, -0.5, "", "yes", [], [7], {}, {"id": 1}, [{"id": "l1"}], [{"id": "l1", "model": 7}], True, False]
EACH = pytest.mark.parametrize("name", settings.ROWS)


def same(name: str, shown: Any) -> Any:
    """As it was asked: lanes get ids and roles."""
    return [{"model": lane["model"]} for lane in shown] if name == "lanes" else shown


async def read(http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def row_in_list(http: aiohttp.ClientSession, of: str) -> dict[str, Any]:
    rows = [
        row
        for archived in ("true", "false")
        for row in (await read(http, f"/api/conversations?limit=200&archived={archived}"))["conversations"]
    ]
    found: dict[str, Any] = next(row for row in rows if row["id"] == of)
    return found


async def patched(http: aiohttp.ClientSession, of: str, **fields: Any) -> dict[str, Any]:
    async with http.patch(f"/api/conversations/{of}", json=fields) as answer:
        assert answer.status == 200, await answer.text()
        row: dict[str, Any] = await answer.json()
        return row


def test_each_setting_has_another_value_here() -> None:
    assert OTHER.keys() == settings.ROWS.keys()
    assert all(OTHER[name] != row.default for name, row in settings.ROWS.items())
    assert {*settings.ROWS, "dialogue"} == set(settings.Settings.__annotations__)


def test_what_names_models_is_a_setting() -> None:
    assert commands.NAMING_MODELS.keys() <= settings.ROWS.keys()


@EACH
async def test_a_setting_is_changed_over_the_socket_and_shown_everywhere(standing: Divan, name: str) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        of = (await made(http, title="Plain"))["id"] if name != "title" else (await made(http))["id"]
        before = await read(http, f"/api/conversations/{of}")
        await page.ask("open", conversation=of)
        await page.ask("settings", conversation=of, **{name: OTHER[name]})
        told = await page.until(lambda event: event["type"] == "record" and event["conversation"] == of)
        after = await read(http, f"/api/conversations/{of}")
        listed = await row_in_list(http, of)
        snapshot = await page.ask("open", conversation=of)
    assert before[name] == settings.ROWS[name].default or name == "title"
    assert same(name, told["record"][name]) == OTHER[name]
    assert after.keys() >= settings.ROWS.keys()
    assert {**before, name: after[name], "updated": "", "models": []} == {
        **after,
        "updated": "",
        "models": [],
    }
    assert same(name, after[name]) == OTHER[name]
    assert listed.get(name) == (after[name] if name in settings.LISTED else None)
    assert snapshot["records"] == records_on_disk(standing, of)
    assert snapshot["records"][-1] == told["record"]


@EACH
async def test_a_setting_is_changed_by_patch_and_changed_back(standing: Divan, name: str) -> None:
    default = settings.ROWS[name].default
    async with session(standing) as http:
        of = (await made(http))["id"]
        changed = await patched(http, of, **{name: OTHER[name]})
        back = await patched(http, of, **{name: default}) if default not in ("", []) else None
        again = await read(http, f"/api/conversations/{of}")
    assert same(name, changed[name]) == OTHER[name]
    assert again[name] == (default if back else changed[name])
    assert back is None or back == again


@EACH
async def test_null_takes_a_setting_back_where_it_may_be_null_and_else_changes_nothing(
    standing: Divan, name: str
) -> None:
    async with session(standing) as http:
        of = (await made(http))["id"]
        changed = await patched(http, of, **{name: OTHER[name]})
        after = await patched(http, of, **{name: None})
    assert after[name] == (None if settings.takes_null(name) else changed[name])


@EACH
async def test_a_conversation_begins_with_a_setting(standing: Divan, name: str) -> None:
    async with session(standing) as http:
        row = await made(http, **{name: OTHER[name]})
    assert same(name, row[name]) == OTHER[name]
    tree = Tree()
    for line in records_on_disk(standing, row["id"]):
        tree.apply(line)  # type: ignore[arg-type]
    assert same(name, tree.settings[name]) == OTHER[name]  # type: ignore[literal-required]


@pytest.mark.parametrize("name", settings.SENT)
async def test_a_message_changes_a_setting(standing: Divan, name: str) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        new = await begin(page, "one", **{name: OTHER[name]})
        old = await begin(page, "one")
        for answer in [*new["answers"], *old["answers"]]:
            await page.answer(answer)
        more = await page.ask("send", conversation=old["conversation"], text="two", **{name: OTHER[name]})
        for answer in more["answers"]:
            await page.answer(answer)
        for ack in (new, more):
            row = await read(http, f"/api/conversations/{ack['conversation']}")
            assert same(name, row[name]) == OTHER[name]
        body = {"text": "three", name: OTHER[name]}
        third = (await made(http, lanes=ECHO))["id"]
        async with http.post(f"/api/conversations/{third}/messages", json=body) as answer:
            assert answer.status == 201
        assert same(name, (await read(http, f"/api/conversations/{third}"))[name]) == OTHER[name]


async def test_each_setting_survives_export_and_import(standing: Divan) -> None:
    """In one zip: each import takes a process."""
    packed = io.BytesIO()
    async with session(standing) as http:
        before = {name: await made(http, **{name: OTHER[name]}) for name in settings.ROWS}
        with zipfile.ZipFile(packed, "w") as archive:
            for name, row in before.items():
                at = f"/api/conversations/{row['id']}"
                async with http.get(f"{at}/export?format=json") as answer:
                    archive.writestr(f"{name}.json", await answer.read())
                for path in (at, f"/api/conversations/trash/{row['id']}"):
                    async with http.delete(path) as gone:
                        assert gone.status == 204
        status, report = await post(http, "/api/import", packed.getvalue(), "all.zip")
        after = {name: await read(http, f"/api/conversations/{row['id']}") for name, row in before.items()}
    assert (status, sorted(report["ids"])) == (200, sorted(row["id"] for row in before.values()))
    assert after == before


async def test_all_settings_are_there_when_the_server_comes_again(server: Divan) -> None:
    async with session(server) as http:
        of = (await made(http))["id"]
        before = await patched(http, of, **OTHER)
    server.restart()
    async with session(server) as http:
        after = await read(http, f"/api/conversations/{of}")
    assert after == before
    assert {name: same(name, after[name]) for name in OTHER} == OTHER


async def test_a_fork_and_a_replay_are_set_as_what_they_come_from(standing: Divan) -> None:
    asked = {name: value for name, value in OTHER.items() if name in settings.SENT and name != "lanes"}
    async with session(standing) as http, wire(standing.socket_url) as page:
        ack = await begin(page, "one", **asked)
        await page.answer(ack["answers"][0])
        fork = await page.ask("fork", conversation=ack["conversation"], message=ack["answers"][0])
        async with http.post(f"/api/conversations/{ack['conversation']}/replay", json={}) as answer:
            replay = await answer.json()
        for copy in (fork, replay):
            row = await read(http, f"/api/conversations/{copy['conversation']}")
            assert {name: row[name] for name in asked} == asked


VALUES = st.one_of(st.sampled_from(WRONG), st.none(), st.text(max_size=5), st.sampled_from([*OTHER.values()]))


@given(st.lists(st.dictionaries(st.sampled_from([*settings.NAMES]), VALUES), max_size=4))
@example([{"title": "\0", "folder": "\0", "tags": ["a\0b", "\0c"]}])
def test_whatever_a_file_says_the_index_says_what_a_reader_sees(changes: list[dict[str, Any]]) -> None:
    lines = [conversation(owner="local"), *(record("settings", **change) for change in changes)]
    tree, rows = Tree(), IndexRows(Conversation(id=conversation()["id"]), whole=True)
    for line in lines:
        tree.apply(line)
        rows.apply(line, 0 if line["type"] == "conversation" else 100, 100)  # type: ignore[arg-type]
    assert {name: getattr(rows.row, name) or settings.ROWS[name].default for name in settings.LISTED} == {
        name: value or settings.ROWS[name].default
        for name, value in tree.settings.items()
        if name in settings.LISTED
    }
    assert set(settings.ROWS) <= set(tree.settings)
    assert all(fits(value, declared_fields(settings.Settings)[name]) for name, value in tree.settings.items())
