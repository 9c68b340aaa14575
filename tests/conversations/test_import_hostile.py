"""What nobody should have exported, and is survived."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.attachments import Attachment
from conversations.files.store import FileStore
from conversations.importers import ImportRefusedError, elements, import_file
from conversations.importers import archive as archives
from conversations.importers.chat_records import records_of
from conversations.importers.run import IMPORTERS
from conversations.importers.threads import threads_of
from conversations.tree import Tree, check_records
from tests.conversations.test_import import CHATGPT, chatgpt, chatgpt_node, take

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)

ODD: list[Any] = [
    None,
    7,
    [],
    {},
    {"mapping": {"a": 7, "b": {"message": 7}, "c": {"message": {"author": 3, "content": "x"}}}},
    {"mapping": {"a": {"parent": "b", "message": None}, "b": {"parent": "a", "message": None}}},
    {"chat_messages": [7, {"sender": 3}, {"content": [{"type": "text", "text": 5}]}]},
    {
        "chat": {
            "history": {
                "messages": {
                    "a": {"role": "user", "content": {"x": 1}, "files": [{"url": "data:;base64,%%"}]}
                }
            }
        }
    },
    {"conversationId": "x", "messages": [7, {"children": [7]}]},
    {"title": "\ud800", "mapping": {}},
]


def test_odd_entries_never_stop_the_rest(store: FileStore, tmp_path: Path) -> None:
    report = take(store, tmp_path / "a.json", [*ODD, CHATGPT])
    assert report.conversations == 1
    assert len(report.skipped) == len(ODD) - 2


@pytest.mark.parametrize(
    "content", ["", "nonsense", "[{", '{"a":', "[" * 5000 + "{}" + "]" * 5000, "[1, 2]", "\0"]
)
def test_what_is_no_json_is_said_so(store: FileStore, tmp_path: Path, content: str) -> None:
    report = take(store, tmp_path / "a.json", content)
    assert report.conversations == 0
    assert len(report.skipped) == 1


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1 << 20])
def test_elements_are_found_however_the_blocks_fall(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "BLOCK", block)
    given = [{"a": '"}]\\'}, [1, [2]], {"b": {"c": []}}, {"ё": '\\"{'}]
    for text in (
        json.dumps(given, ensure_ascii=False),
        json.dumps(given, indent=2),
        "\n".join(map(json.dumps, given)),
    ):
        found = elements.find_elements(io.BytesIO(text.encode()))
        assert [json.loads(one or b"") for one in found] == given


def test_what_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps([{"a": "x" * 50}, {"b": "y" * 5000}, {"c": 1}]).encode()
    found = list(elements.find_elements(io.BytesIO(data), most=100))
    assert [one and json.loads(one) for one in found] == [{"a": "x" * 50}, None, {"c": 1}]


def test_a_large_export_is_streamed(store: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    filler = "x" * 100_000
    with path.open("w") as file:
        file.write("[")
        for number in range(300):
            entry = chatgpt(chatgpt_node("u1", "root", "user", filler), conversation_id=f"c{number}")
            file.write(json.dumps(entry) + ",")
        file.write(json.dumps(CHATGPT) + "]")
    report = import_file(store.folders.data, path, "ada", dry_run=True)
    assert (report.conversations, report.skipped) == (301, [])


def test_a_zip_bomb_is_refused(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FREE", 1 << 20)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b"[" + b" " * (50 << 20) + b"]")
    with pytest.raises(ImportRefusedError, match="far more"):
        import_file(store.folders.data, path, "ada")


def test_what_is_damaged_in_a_zip_is_named(store: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([CHATGPT] * 50))
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xff" * 30
    path.write_bytes(data)
    report = import_file(store.folders.data, path, "ada")
    assert (report.skipped, report.nothing_new) == ([("conversations.json", "damaged")], False)
    path.write_bytes(path.read_bytes()[:-40])
    assert import_file(store.folders.data, path, "ada").reasons() == {
        "a zip whose end is missing: download it again": 1
    }
    with pytest.raises(ImportRefusedError, match="not there"):
        import_file(store.folders.data, tmp_path / "nothing.json", "ada")


EXPORTS = sorted((Path(__file__).parent / "exports").glob("*.json"))
JUNK: list[Any] = [
    None,
    0,
    -1,
    "",
    [],
    {},
    "x",
    True,
    [None, {}, "a"],
    {"a": 1},
    {"text": 5},
    ["\ud800"],
    10**30,
]


def places_in(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inside for place in [(*above, key), *places_in(one, (*above, key))]]


@given(st.data(), st.sampled_from(EXPORTS))
def test_whatever_stands_somewhere_in_a_conversation_it_is_read(data: st.DataObject, path: Path) -> None:
    sample = json.loads(path.read_text())
    entry = sample[0] if isinstance(sample, list) else sample
    for place in data.draw(st.lists(st.sampled_from(places_in(entry)), min_size=1, max_size=3)):
        holder = entry
        for key in place[:-1]:
            holder = holder[key] if isinstance(holder, dict) and key in holder else {}
        if isinstance(holder, dict):
            holder[place[-1]] = data.draw(st.sampled_from(JUNK))
    importer = next((one for one in IMPORTERS if one.recognises(entry)), None)
    if importer is not None:
        chat = importer.read(entry, lambda *hints: None)
        threads = threads_of(chat)
        kept = Attachment("0" * 64, "image/png", 1)
        records = records_of(chat, threads, "ada", NOON, lambda data: kept)
        tree = Tree()
        for record in check_records(records):
            tree.apply(record)
        assert (tree.head is None) == (threads.nodes == [])
