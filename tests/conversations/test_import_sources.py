"""What lies in zips, folders and files that somebody gives, and why some of it cannot be read."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from conversations.files.store import FileStore
from conversations.importers import ImportReport, import_file
from tests.conversations.test_import import CHATGPT

pytestmark = pytest.mark.django_db
EXPORTS = Path(__file__).parent / "exports"
UNKNOWN = "no conversation of a known kind"
HTML = "only a web page (HTML): export as JSON, as ChatGPT and Claude do in the zip with conversations.json"


def librechat(number: str) -> str:
    message = {"messageId": "1", "isCreatedByUser": True, "text": f"soru {number}"}
    return json.dumps({"conversationId": number, "title": number, "messages": [message]})


def claude(number: str) -> str:
    return json.dumps([{"uuid": number, "name": number, "chat_messages": [{"sender": "human", "text": "?"}]}])


def openwebui(number: str) -> str:
    chat = {"messages": [{"role": "user", "content": "?"}]}
    return json.dumps([{"id": number, "title": number, "chat": chat}])


def zipped(**files: str | bytes) -> bytes:
    return packed(list(files.items()))


def packed(files: list[tuple[str, str | bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


def given(store: FileStore, path: Path, data: bytes) -> ImportReport:
    path.write_bytes(data)
    return import_file(store.folders.data, path, "ada")


def titles(store: FileStore) -> set[str]:
    return {store.open(one).tree.settings["title"] for one in store.ids()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("librechat_folder.zip", {"Tatil planı", "conversations with my bank", "Yemek"}),
        ("upper_case_ending.zip", {"Sıra"}),
    ],
)
def test_every_file_of_a_zip_is_read(store: FileStore, name: str, expected: set[str]) -> None:
    report = import_file(store.folders.data, EXPORTS / name, "ada")
    assert (titles(store), report.skipped) == (expected, [])


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        ("encrypted.zip", ("conversations.json", "encrypted: unpack it with its password first")),
        (
            "only_html.zip",
            (
                "only_html.zip",
                HTML,
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_the_reason(
    store: FileStore, name: str, unread: tuple[str, str]
) -> None:
    report = import_file(store.folders.data, EXPORTS / name, "ada")
    assert (report.conversations, list(report.unread), report.nothing_new) == (0, [unread], False)
    with pytest.raises(CommandError) as failed:
        call_command("import_chats", EXPORTS / name, owner="local", stdout=io.StringIO())
    assert "{} ({})".format(*unread) in str(failed.value)


def test_several_programs_in_one_zip_all_come_in(store: FileStore, tmp_path: Path) -> None:
    data = packed(
        [
            ("chatgpt/conversations.json", json.dumps([CHATGPT])),
            ("chatgpt/user.json", '{"id": "u", "email": "a@a.example"}'),
            ("chatgpt/message_feedback.json", "[]"),
            ("Claude/CONVERSATIONS.JSON", claude("c")),
            ("owui/chat-export.json", openwebui("o")),
            ("libre/İzin günleri.Json", librechat("l")),
            ("libre/lines.NDJSON", librechat("l2") + "\n" + librechat("l3")),
            ("libre/user.json", '{"id": "u"}'),
            ("__MACOSX/libre/._lines.json", b"\0\5\x16\7"),
            ("libre/._x.json", b"\0\5\x16\7"),
            ("libre/plan.pdf", b"%PDF"),
        ]
    )
    report = given(store, tmp_path / "all.zip", data)
    assert titles(store) == {"Kediler", "c", "o", "l", "l2", "l3"}
    assert report.skipped == [("libre/user.json", UNKNOWN)]


def test_zips_in_zips_are_read_too(store: FileStore, tmp_path: Path) -> None:
    deep = zipped(**{"4.json": librechat("4")})
    for number in "321":
        deep = packed([(f"{number}.json", librechat(number)), ("in/More.ZIP", deep)])
    report = given(
        store, tmp_path / "a.zip", packed([("x.zip", deep), ("torn.zip", deep[:-30]), ("y.zip", b"no")])
    )
    assert titles(store) == {"1", "2"}
    deepest = "x.zip/in/More.ZIP/in/More.ZIP"
    assert [name for name, _ in report.unread] == [deepest, "torn.zip", "y.zip"]


def encrypt(data: bytes, name: str) -> bytes:
    """Says of one entry, in both of its headers, that it is encrypted."""
    changed = bytearray(data)
    for mark, flags, length in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        at = changed.find(mark)
        while at >= 0:
            if changed[at + length : at + length + len(name)] == name.encode():
                changed[at + flags] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


def test_what_can_be_read_comes_in_beside_what_cannot(store: FileStore, tmp_path: Path) -> None:
    whole = json.dumps([CHATGPT])
    data = packed(
        [
            ("a.json", librechat("a")),
            ("locked.json", librechat("locked")),
            ("cut.json", f"[{claude('cut')[1:-1]}, {whole[1:200]}"),
            ("broken.json", "[{,}]"),
            ("words.json", "nothing to see"),
            ("page.json", "<!doctype html><script>let a = {}</script>"),
            ("packed.json", b"\x1f\x8b\x08\0{}"),
            ("torn.json", b"PK\3\4{}{}"),
            ("odd.json", '{"theme": "dark"}'),
            ("empty.json", "[]"),
            ("wide.json", "\ufeff".join(["", librechat("wide")]).encode("utf-16")),
            ("z.json", librechat("z")),
        ]
    )
    report = given(store, tmp_path / "a.zip", encrypt(data, "locked.json"))
    assert titles(store) == {"a", "cut", "wide", "z"}
    assert dict(report.skipped) == {
        "locked.json": "encrypted: unpack it with its password first",
        "cut.json": "cut off: what is behind the last whole conversation is missing",
        "broken.json": "no JSON",
        "words.json": "no JSON",
        "page.json": HTML,
        "packed.json": "an archive that is no zip: unpack it first",
        "torn.json": "a zip whose end is missing: download it again",
        "odd.json": UNKNOWN,
        "empty.json": UNKNOWN,
    }


def test_a_damaged_entry_gives_what_stands_before_the_damage(store: FileStore, tmp_path: Path) -> None:
    chats = [json.loads(librechat(str(number))) | {"pad": "x" * 20_000} for number in range(300)]
    data = bytearray(packed([("1.json", json.dumps(chats)), ("2.json", librechat("last"))]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("1.json").compress_size
    data[size - 200 : size - 150] = b"\xff" * 50
    report = given(store, tmp_path / "a.zip", bytes(data))
    assert "last" in titles(store)
    assert report.skipped == [("1.json", "damaged")]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("chat.html", b"<html><body>{}</body></html>", "HTML"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "no zip"),
        ("a.zip", b"PK\3\4cut off", "end is missing"),
        ("a.zip", packed([("a.txt", "x")]), "no JSON file"),
        ("a.zip", packed([]), "no JSON file"),
        ("a.json", b"", "no JSON"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(
    store: FileStore, tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    report = given(store, tmp_path / name, data)
    ((what, why),) = report.unread
    assert (what, report.nothing_new) == (name, False)
    assert reason in why


def test_nothing_is_new_only_where_all_was_here_before(store: FileStore, tmp_path: Path) -> None:
    first = given(store, tmp_path / "a.zip", packed([("a.json", librechat("a"))]))
    again = given(store, tmp_path / "a.zip", packed([("a.json", librechat("a"))]))
    locked = encrypt(packed([("a.json", librechat("a")), ("b.json", librechat("b"))]), "b.json")
    partly = given(store, tmp_path / "a.zip", locked)
    empty: Any = {"conversationId": "e", "messages": [{"messageId": "1", "text": ""}]}
    nothing = given(store, tmp_path / "e.json", json.dumps(empty).encode())
    assert [one.nothing_new for one in (first, again, partly, nothing)] == [False, True, False, True]


def test_a_folder_is_read_like_a_zip(store: FileStore, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "A.JSON").write_text(librechat("a"))
    (folder / "b.ZIP").write_bytes(packed([("c.json", librechat("c")), ("conversations.json", claude("d"))]))
    report = import_file(store.folders.data, folder, "ada")
    assert (titles(store), report.skipped) == ({"a", "c", "d"}, [])
