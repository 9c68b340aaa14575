import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from conversations.attachments import AttachmentStore
from conversations.blind import drawn_order
from conversations.export import FORMATS, FormatName, Scope, export_document
from conversations.export.archive import FAILED, export_documents, zip_documents
from conversations.files.store import FileStore

from .samples import ID, answer, conversation, one_of_each, record, user

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def told(store: FileStore, name: FormatName, scope: Scope = "all") -> str:
    attachments = AttachmentStore(store.folders.data)
    return export_document(store.open(ID), attachments, name, scope).data.decode()


@pytest.fixture
def branched(store: FileStore) -> FileStore:
    store.create(
        conversation(title="Two\nlines <b>"),
        user("u1", text="First question"),
        answer("a1", "u1", "Echo's answer"),
        answer("b1", "u1", "Qwen's answer", lane="l2", model="ollama/qwen3:8b"),
        user("u2", "a1", "Second question"),
        answer("a2", "u2", "It broke", status="stopped"),
        user("u2x", "a1", "Another way"),
        answer("a2x", "u2x", "Another answer"),
        record("head", message="a2"),
        user("gone", "a2", "Deleted question"),
        record("delete", message="gone"),
    )
    return store


@pytest.mark.parametrize("name", ["markdown", "html", "text", "json"])
def test_everything_is_told_and_in_order(branched: FileStore, name: FormatName) -> None:
    all_of_it = told(branched, name)
    if name != "json":
        assert "Deleted question" not in all_of_it
    texts = [
        "First question",
        "answer",
        "Qwen",
        "Second question",
        "It broke",
        "Another way",
        "Another answer",
    ]
    places = [all_of_it.index(text) for text in texts]
    assert places == sorted(places)
    path = told(branched, name, "path")
    assert "It broke" in path
    for text in ("Qwen", "Another"):
        assert text not in path


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_same_conversation_gives_the_same_bytes(branched: FileStore, name: FormatName) -> None:
    assert told(branched, name) == told(FileStore(branched.folders.data), name)


def test_markdown_says_who_spoke_and_how_it_ended(branched: FileStore) -> None:
    text = told(branched, "markdown")
    assert text.startswith(
        f"# Two lines <b>\n\n*{ID}, 2026-11-20T10:42:33.120Z*\n\n### You\n\nFirst question\n\n"
    )
    assert "### ollama/qwen3:8b\n\nQwen's answer\n" in text
    assert "### echo/echo [stopped]\n\nIt broke\n" in text
    assert "## A branch after `a1`" in text


@pytest.fixture
def judged(store: FileStore) -> FileStore:
    """Answers of two lanes with one model, with sources and votes, and one that was made of them."""
    sources = [
        {"n": 1, "name": "__init__ <b>.pdf", "page": 3, "last_page": 5, "heading": "Cats"},
        {"n": 3, "name": "notes.md", "page": None, "last_page": None, "heading": "Cats › Purring"},
        {"n": 4, "name": "bare.txt", "page": 7, "last_page": None, "heading": ""},
        "of a later version",
    ]
    made_of = [{"n": 1, "message": "a1", "model": "echo/echo"}, {"n": 2, "message": "gone", "model": "x/y"}]
    store.create(
        conversation(lanes=[{"id": "l1", "model": "echo/echo"}, {"id": "l2", "model": "echo/echo"}]),
        user("u1"),
        answer("a1", "u1", "They purr [1][3]", sources=sources),
        answer("b1", "u1", "They do not", lane="l2", served_by="other/one", status="stopped"),
        answer("m1", "u1", "Both", lane="l3", model="x/judge", synthesis="merge", sources=made_of),
        record("vote", message="a1", preferred_over=["b1"]),
        record("vote", message="b1", value=-1),
    )
    return store


def test_an_answers_sources_stand_below_it(judged: FileStore) -> None:
    assert (
        "They purr [1][3]\n\n*Sources:*\n\n- [1] \\_\\_init\\_\\_ \\<b>.pdf, p. 3–5\n"
        "- [3] notes.md, Cats › Purring\n- [4] bare.txt, p. 7\n\n###"
    ) in told(judged, "markdown")
    assert (
        "They purr [1][3]\n\nSources:\n[1] __init__ <b>.pdf, p. 3–5\n[3] notes.md, Cats › Purring\n"
    ) in told(judged, "text")
    page = told(judged, "html")
    assert "<li>[1] __init__ &lt;b&gt;.pdf, p. 3–5</li><li>[3] notes.md, Cats › Purring</li>" in page
    assert "<li>[1] echo/echo (1)</li><li>[2] x/y</li>" in page
    assert page.count('<ul class="sources">') == 2


@pytest.mark.parametrize("name", ["markdown", "html", "text"])
def test_nothing_is_said_of_sources_where_there_are_none(branched: FileStore, name: FormatName) -> None:
    assert "Sources" not in told(branched, name)


@pytest.mark.parametrize("name", ["markdown", "html", "text"])
def test_lanes_and_votes_are_told(judged: FileStore, name: FormatName) -> None:
    document = told(judged, name)
    for said in (
        "echo/echo (1)",
        "[preferred]",
        "echo/echo (2), answered by other/one",
        "[stopped, bad answer]",
        "Merged by x/judge",
    ):
        assert said in document


@pytest.mark.parametrize("name", ["markdown", "html", "text"])
@pytest.mark.parametrize("scope", ["all", "path"])
def test_a_blind_turn_names_nobody_until_a_vote(store: FileStore, name: FormatName, scope: Scope) -> None:
    thought = [{"type": "reasoning", "text": "As a reasoning model"}, {"type": "text", "text": "One"}]
    row = [{"id": "l1", "model": "fast/one"}, {"id": "l2", "model": "slow/two"}]
    file = store.create(
        conversation(lanes=row),
        user("ü-1", lanes=["l1", "l2"], blind=True),
        answer("a1", "ü-1", model="fast/one", served_by="other/three", parts=thought),
        answer("b1", "ü-1", "Two", lane="l2", model="slow/two"),
    )
    hidden = told(store, name, scope)
    assert [tell for tell in ("fast", "slow", "other", "reasoning model") if tell in hidden] == []
    assert "Answer B" in hidden
    if scope == "all":
        assert hidden.index("Answer A") < hidden.index("Two") < hidden.index("Answer B") < hidden.index("One")
    file.append([record("vote", message="b1", preferred_over=["a1"])])
    shown = told(store, name, scope)
    assert "fast/one" in shown
    assert "Answer B" not in shown


def test_a_blind_turn_is_hidden_where_there_is_something_to_hide(store: FileStore) -> None:
    store.create(
        conversation(),
        user("u1", lanes=["l1", "l2"], blind=True),
        answer("a1", "u1", "Alone", model="fast/one"),
    )
    file = store.open(ID)
    assert "fast/one" not in told(store, "text"), "the other still answers"
    file.append([answer("b1", "u1", "", lane="l2", model="slow/two", status="failed")])
    assert "fast/one" in told(store, "text")


def test_the_draw_is_that_of_the_page() -> None:
    asked = {"id": "ü-1", "lanes": ("l1", "l2", "l3", "l4")}
    assert drawn_order(asked) == ["l2", "l1", "l4", "l3"]


def test_a_fence_is_longer_than_what_it_holds(store: FileStore) -> None:
    call = {"type": "tool_call", "id": "t", "name": "run", "arguments": '"````"'}
    store.create(conversation(), user("u1"), answer("a1", "u1", parts=[call, {"type": "mystery"}, 7]))
    assert '`````json\n"````"\n`````' in told(store, "markdown")


def test_html_runs_nothing_and_fetches_nothing(store: FileStore) -> None:
    attachments = AttachmentStore(store.folders.data)
    kept = attachments.add(PNG)
    hostile = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n```js\n</code><script>\n```\nend & done"
        "\n\n[go](javascript:alert(1)) [go](data:text/html,x) ![far](https://example.org/pixel.png)"
    )
    image = {"type": "image", "sha256": kept.sha256, "name": '"><script>', "mime": "image/png", "bytes": 28}
    fake = {**image, "mime": 'image/svg+xml"><script>'}
    store.create(
        conversation(title="</title><script>"),
        user("u1", parts=[{"type": "text", "text": hostile}, image, fake]),
        answer('"><script>', "u1", hostile, speaker="<script>", model="<script>"),
    )
    page = told(store, "html")
    assert "<script" not in page
    assert "<img src=x" not in page
    assert page.count("data:image/png;base64,") == 1
    assert "<pre><code>&lt;/code&gt;&lt;script&gt;\n</code></pre>" in page
    assert "default-src 'none'" in page
    assert 'href="javascript' not in page
    assert 'href="data' not in page
    assert 'src="http' not in page


def test_html_shows_answers_as_their_markdown_means_them(store: FileStore) -> None:
    text = "# Plan\n\n**bold** and [a link](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one"
    store.create(conversation(), user("u1", text="**as typed**"), answer("a1", "u1", text))
    page = told(store, "html")
    for made in ("<h1>Plan</h1>", "<strong>bold</strong>", '<a href="https://example.org">', "<td>2</td>"):
        assert made in page
    assert "<p>**as typed**</p>" in page


def test_json_holds_every_record_and_attachment(store: FileStore) -> None:
    attachments = AttachmentStore(store.folders.data)
    kept = attachments.add(PNG)
    image = {"type": "image", "sha256": kept.sha256, "name": "a.png", "mime": "image/png", "bytes": 28}
    records = [*one_of_each(), user("u9", parts=[image])]
    store.create(conversation(), *records[1:])
    document = json.loads(told(store, "json"))
    assert document["records"] == records
    assert list(document["attachments"]) == [kept.sha256]
    shown = json.loads(told(store, "json", "path"))["records"]
    assert [one["id"] for one in shown if one["type"] == "message"] == ["u9"]


def test_fine_tuning_takes_each_complete_answer_that_ends_a_path(branched: FileStore) -> None:
    lanes = [{"id": "l1", "model": "echo/echo", "system": "Be brief."}, {"id": "l2", "model": "x/y"}]
    branched.append(ID, [record("settings", lanes=lanes)])
    examples = [json.loads(line)["messages"] for line in told(branched, "jsonl").splitlines()]
    assert examples == [
        [
            {"role": "user", "content": "First question"},
            {"role": "assistant", "content": "Qwen's answer"},
        ],
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "First question"},
            {"role": "assistant", "content": "Echo's answer"},
            {"role": "user", "content": "Another way"},
            {"role": "assistant", "content": "Another answer"},
        ],
    ]
    assert told(branched, "jsonl", "path") == ""


def test_a_dialogue_trains_the_one_who_speaks_last(store: FileStore) -> None:
    store.create(
        conversation(),
        user("u1", text="Begin"),
        answer("a1", "u1", "I think", speaker="Ada"),
        answer("a2", "a1", "I doubt", speaker="Grace", lane="l2"),
        answer("a3", "a2", "I insist", speaker="Ada"),
    )
    (line,) = told(store, "jsonl").splitlines()
    assert [(one["role"], one["content"]) for one in json.loads(line)["messages"]] == [
        ("user", "Begin"),
        ("assistant", "I think"),
        ("user", "I doubt"),
        ("assistant", "I insist"),
    ]


@pytest.mark.django_db
def test_exporting_by_command_filters_and_writes_a_folder_or_a_zip(store: FileStore, tmp_path: Path) -> None:
    other = "20250101-000000-aaaaaaaa"
    kept = AttachmentStore(store.folders.data).add(PNG)
    image = {"type": "image", "sha256": kept.sha256, "name": "a.png", "mime": "image/png", "bytes": 28}
    store.create(conversation(), user("u1", parts=[image]), answer("a1", "u1"))
    store.create(conversation(other, owner="grace", at="2025-01-01T00:00:00.000Z"))
    folder, archive = tmp_path / "out", tmp_path / "out.zip"
    call_command("export_chats", output=folder, stdout=io.StringIO())
    names = [f"A title {other}.md", f"A title {ID}.md", "attachments"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert (folder / "attachments" / kept.sha256).read_bytes() == PNG
    call_command("export_chats", output=archive, owner="ada", format="text", stdout=io.StringIO())
    first = archive.read_bytes()
    assert zipfile.ZipFile(archive).namelist() == ["A title.txt"]
    call_command("export_chats", ID, output=archive, format="text", stdout=io.StringIO())
    assert archive.read_bytes() == first
    for option in ("--until=2025-06-01", "--owner=grace"):
        call_command("export_chats", option, output=tmp_path / "some", format="json", stdout=io.StringIO())
    assert [path.name for path in (tmp_path / "some").iterdir()] == [f"A title {other}.json"]


@pytest.mark.django_db
def test_exporting_what_is_not_there_fails_after_the_rest(store: FileStore, tmp_path: Path) -> None:
    store.create(conversation())
    with pytest.raises(CommandError, match="no conversation 20200101-000000-aaaaaaaa"):
        call_command(
            "export_chats", "20200101-000000-aaaaaaaa", ID, output=tmp_path / "o", stdout=io.StringIO()
        )
    assert (tmp_path / "o" / f"A title {ID}.md").exists()


def test_documents_of_one_title_are_told_apart_in_an_archive(store: FileStore) -> None:
    ids = [f"2026010{day}-000000-aaaaaaaa" for day in range(1, 9)]
    titles = ["Tea", "tea", "", "not-exported", "Çay/1", f"Tea {ids[6]}", "TEA", " ? "]
    for one, title in zip(ids, titles, strict=True):
        store.create(conversation(one, title=title))
    failed: list[str] = []
    found = export_documents(store.folders.data, ids, "text", "all", failed=failed)
    data = b"".join(zip_documents(found, AttachmentStore(store.folders.data), failed))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [
            "Tea.txt",
            f"tea {ids[1]}.txt",
            f"{ids[2]}.txt",
            f"not-exported {ids[3]}.txt",
            "Çay-1.txt",
            f"Tea {ids[6]}.txt",
            f"2 TEA {ids[6]}.txt",
            f"{ids[7]}.txt",
        ]


def test_an_archive_says_what_it_lacks(branched: FileStore) -> None:
    failed: list[str] = []
    found = export_documents(
        branched.folders.data, [ID, "20250101-000000-aaaaaaaa"], "json", "all", failed=failed
    )
    data = b"".join(zip_documents(found, AttachmentStore(branched.folders.data), failed))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["Two lines -b.json", FAILED]
        assert "20250101-000000-aaaaaaaa" in archive.read(FAILED).decode()
