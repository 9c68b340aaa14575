# ruff: noqa: E501 -- samples, as other programs write them
"""What messages from elsewhere are made of: files, tools, reasoning and code."""

import base64
import json
import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.attachments import AttachmentStore
from conversations.export import export_document
from conversations.files.store import FileStore
from conversations.importers import import_file
from conversations.importers.openwebui_blocks import parts_of_text
from tests.conversations.test_import import PNG, chatgpt, chatgpt_node, only, spoken, take, whole

pytestmark = pytest.mark.django_db
EXPORTS = Path(__file__).parent / "exports"
ADDRESS = "data:image/png;base64," + base64.b64encode(PNG).decode()


def sample(name: str) -> str:
    return (EXPORTS / f"{name}.json").read_text()


def said(*parts: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": part} for part in parts]


# Files


@pytest.mark.parametrize(
    ("name", "lines", "answer"),
    [
        ("chatgpt_missing_picture", "[fatura.png]", "Bu bir fatura."),
        ("owui_files", "[foto.png]\n[rapor.pdf]", "Bu bir kedi."),
    ],
)
def test_a_question_of_files_that_are_lacking_keeps_its_place(
    store: FileStore, tmp_path: Path, name: str, lines: str, answer: str
) -> None:
    take(store, tmp_path / "a.json", sample(name))
    file = only(store)
    assert spoken(file)[:2] == [f"user: {lines}", f"assistant: {answer}"]
    assert file.tree.messages["a1"]["parent"] == "u1"


def test_librechats_files_keep_their_place_and_its_answers_their_end(
    store: FileStore, tmp_path: Path
) -> None:
    take(store, tmp_path / "a.json", sample("librechat_files"))
    question, answer = whole(only(store), "1", "2")
    assert question["parts"] == said("[plan.pdf]")
    assert [part["type"] for part in answer["parts"]] == ["tool_call", "tool_result", "text"]
    assert (answer["parent"], answer["status"], answer["error"]["message"]) == ("1", "failed", "kesildi")


def chatgpt_asking(identifier: str, name: str) -> Any:
    pointer = {"content_type": "image_asset_pointer", "asset_pointer": f"sediment://{identifier}"}
    about = {"attachments": [{"id": identifier, "name": name}]}
    content = {"content_type": "multimodal_text"}
    return chatgpt(chatgpt_node("q", "root", "user", pointer, content=content, metadata=about))


def claude_asking(identifier: str, name: str) -> Any:
    files = [{"file_uuid": identifier, "file_name": name}]
    return {"uuid": "c", "chat_messages": [{"uuid": "q", "sender": "human", "text": "", "files": files}]}


def librechat_asking(identifier: str, name: str) -> Any:
    files = [{"file_id": identifier, "filename": name, "filepath": f"/uploads/x/{identifier}__{name}"}]
    messages = [{"messageId": "q", "isCreatedByUser": True, "text": "", "files": files}]
    return {"conversationId": "l", "messages": messages}


def openwebui_asking(identifier: str, name: str) -> Any:
    files = [{"type": "file", "id": identifier, "url": f"/api/v1/files/{identifier}/content", "name": name}]
    messages = {"q": {"role": "user", "content": "", "files": files}}
    return {"id": "o", "chat": {"history": {"messages": messages}}}


UUID = "0a1b2c3d-1111-2222-3333-444455556666"
ASKING: list[tuple[Callable[[str, str], Any], str, str]] = [
    (chatgpt_asking, "file_00aabb", "file_00aabb-sanitized.png"),
    (chatgpt_asking, "file-AbC12", "user-1/file-AbC12-kedi.PNG"),
    (claude_asking, UUID, f"files/{UUID}.png"),
    (claude_asking, UUID, "files/KEDI.png"),
    (librechat_asking, UUID, f"uploads/x/{UUID}__kedi.png"),
    (librechat_asking, UUID, "images/kedi.png"),
    (openwebui_asking, UUID, f"uploads/{UUID}_kedi.png"),
    (openwebui_asking, "77", "kedi.png"),
]


@pytest.mark.parametrize(("program", "identifier", "path"), ASKING)
def test_files_that_lie_beside_are_attached_whatever_program_exported_them(
    store: FileStore, tmp_path: Path, program: Callable[[str, str], Any], identifier: str, path: str
) -> None:
    for number, names in enumerate([[path], []]):
        archive_path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(archive_path, "w") as archive:
            archive.writestr("chats.json", json.dumps(program(identifier, "kedi.png")))
            for name in names:
                archive.writestr(name, PNG)
        home = FileStore(tmp_path / str(number))
        report = import_file(home.folders.data, archive_path, "ada")
        (question,) = whole(only(home), "q")
        assert report.attachments == len(names)
        if names:
            (part,) = question["parts"]
            assert (part["type"], part["name"]) == ("image", "kedi.png")
            assert AttachmentStore(home.folders.data).read(part["sha256"]) == PNG
        else:
            assert question["parts"] == said("[kedi.png]")


def test_a_name_that_two_files_have_means_neither(store: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("chats.json", json.dumps(openwebui_asking("7", "kedi.png")))
        archive.writestr("a/kedi.png", PNG)
        archive.writestr("b/kedi.png", PNG + b"1")
    assert import_file(store.folders.data, path, "ada").attachments == 0
    assert spoken(only(store)) == ["user: [kedi.png]"]


# Tools and code


def test_chatgpts_tools_keep_what_they_were_asked_and_what_they_gave(
    store: FileStore, tmp_path: Path
) -> None:
    take(store, tmp_path / "a.json", sample("chatgpt_tools"))
    file = only(store)
    (answer,) = whole(file, "a1")
    code, output, canvas, made, text = answer["parts"]
    assert json.loads(code["arguments"]) == {"language": "python", "code": "print(2**10)"}
    assert (code["name"], output["content"], output["id"]) == ("python", "1024", code["id"])
    assert (canvas["name"], json.loads(canvas["arguments"])["content"]) == (
        "canmore.create_textdoc",
        "# Başlık\nMetin",
    )
    assert (made["id"], text["text"]) == (canvas["id"], "Yanıt **1024**.")
    exported = export_document(file, AttachmentStore(store.folders.data), "markdown").data.decode()
    assert "```python\nprint(2**10)\n```" in exported
    assert "```\n1024\n```" in exported


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"content_type": "code", "language": "rust", "text": "fn f() {}"}, said("```rust\nfn f() {}\n```")),
        ({"content_type": "code", "language": "unknown", "text": "a ``` b"}, said("````\na ``` b\n````")),
        (
            {"content_type": "tether_quote", "title": "T", "url": "https://a.example", "text": "q"},
            said("T\n\nhttps://a.example\n\nq"),
        ),
        (
            {"content_type": "multimodal_text", "parts": [{"text": "spoken"}, "typed"]},
            said("spoken\n\ntyped"),
        ),
        ({"content_type": "what_comes_next", "text": "kept"}, said("kept")),
        ({"content_type": "reasoning_recap", "content": "Thought for 5s"}, []),
        ({"content_type": "model_editable_context", "model_set_context": "x"}, []),
    ],
)
def test_every_kind_of_chatgpts_content_is_read(
    store: FileStore, tmp_path: Path, content: dict[str, Any], parts: list[Any]
) -> None:
    node = chatgpt_node("a1", "root", "assistant")
    node["message"]["content"] = content
    last = chatgpt_node("u2", "a1", "user", "then")
    take(store, tmp_path / "a.json", chatgpt(node, last))
    file = only(store)
    assert [message["parts"] for message in whole(file, *file.tree.path())][:-1] == ([parts] if parts else [])


def test_a_tool_that_failed_is_told_so(store: FileStore, tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("u", "root", "user", "q"),
        chatgpt_node("c", "u", "assistant", "print(", recipient="python"),
        chatgpt_node("t", "c", "tool", "SyntaxError", author={"role": "tool", "name": "python"})
        | {"children": []},
        chatgpt_node("a", "t", "assistant", "Oops"),
    ]
    nodes[2]["message"]["metadata"] = {"aggregate_result": {"status": "failed_with_in_kernel_exception"}}
    take(store, tmp_path / "a.json", chatgpt(*nodes))
    (answer,) = whole(only(store), "c")
    assert answer["parts"][1] == {
        "type": "tool_result",
        "id": "c",
        "content": "SyntaxError",
        "is_error": True,
    }


def test_claudes_tools(store: FileStore, tmp_path: Path) -> None:
    blocks = [
        {"type": "tool_use", "id": "t1", "name": "web_search", "input": {"query": "çay"}},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "found"}]},
        {"type": "text", "text": "Here"},
    ]
    messages = [
        {"uuid": "q", "sender": "human", "text": "?"},
        {"uuid": "a", "sender": "assistant", "content": blocks},
    ]
    take(store, tmp_path / "a.json", {"uuid": "c", "chat_messages": messages})
    (answer,) = whole(only(store), "a")
    assert answer["parts"] == [
        {"type": "tool_call", "id": "t1", "name": "web_search", "arguments": '{"query": "çay"}'},
        {"type": "tool_result", "id": "t1", "content": "found", "is_error": False},
        *said("Here"),
    ]


def test_openwebuis_newer_form_is_read(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", sample("owui_output_items"))
    (answer,) = whole(only(store), "a1")
    assert answer["parts"] == [{"type": "reasoning", "text": "düşün"}, *said("Yanıt buradadır.")]


def test_openwebuis_older_form_is_read(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", sample("owui_tool_details"))
    (answer,) = whole(only(store), "a1")
    thought, call, result, code, printed, text = answer["parts"]
    assert thought == {"type": "reasoning", "text": "önce bak"}
    assert (call["name"], json.loads(call["arguments"])) == ("get_weather", {"city": "Bursa"})
    assert (result["id"], result["content"]) == (call["id"], "12 C")
    assert json.loads(code["arguments"]) == {"language": "python", "code": "print(2+2)"}
    assert (printed["id"], printed["content"]) == (code["id"], "4")
    assert text["text"] == "Bursa'da 12 derece."


OUTPUT = [
    {"type": "function_call", "call_id": "c1", "name": "sum", "arguments": '{"a": 1}'},
    {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "3"}]},
    {
        "type": "open_webui:code_interpreter",
        "id": "k",
        "lang": "python",
        "code": "1/0",
        "output": {"stderr": "Zero"},
    },
    {"type": "something_new", "content": "later"},
]


def test_openwebuis_output_without_words_is_told_by_its_text(store: FileStore, tmp_path: Path) -> None:
    for number, (output, texts) in enumerate(
        [(OUTPUT, ["later"]), (OUTPUT[:3], ["Beside"]), ([], ["Beside"])]
    ):
        message = {"role": "assistant", "content": "Beside", "output": output}
        entry = {"id": f"o{number}", "chat": {"history": {"messages": {"a": message}}}}
        home = FileStore(tmp_path / str(number))
        take(home, tmp_path / "a.json", entry)
        (answer,) = whole(only(home), "a")
        assert [part["text"] for part in answer["parts"] if part["type"] == "text"] == texts
        kinds = ["tool_call", "tool_result", "tool_call", "tool_result"] if output else []
        assert [part["type"] for part in answer["parts"]] == [*kinds, "text"]


def block(kind: str, inside: str = "", **attributes: str) -> str:
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<details type="{kind}"{written}>\n<summary>Thought</summary>\n{inside}\n</details>\n'


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ("plain <details><summary>x</summary>y</details>", ["text"]),
        (block("reasoning", "&gt; one") + block("reasoning", "&gt; two") + "end", ["reasoning", "reasoning", "text"]),
        ("before\n" + block("tool_calls", name="f", arguments="{}") + "after", ["text", "tool_call", "text"]),
        (block("tool_calls", name="f", arguments='"{\\"a\\": \\"<b>\\"}"', result='"> x"'), ["tool_call", "tool_result"]),
        (block("reasoning", "&gt; a\n" + block("tool_calls", name="g", arguments="{}") + "&gt; b"),
         ["reasoning", "tool_call", "reasoning"]),
        (block("reasoning", "<details><summary>in</summary>x</details>") + "end", ["reasoning", "text"]),
        ('<details type="reasoning" done="false">\n<summary>Thinking…</summary>\n> half\n> more\nThe answer', ["reasoning", "text"]),
        ('<details type="tool_calls" done="false" name="f" arguments="{}">\n<summary>Running</summary>\nThe answer', ["tool_call", "text"]),
        ('<details type="code_interpreter" done="false">\n<summary>x</summary>\n```python\n1 + 1', ["tool_call"]),
        (block("something_new", "inside"), ["text"]),
        ("</details> alone", ["text"]),
        ("", []),
    ],
)  # fmt: skip
def test_openwebuis_blocks_become_parts(content: str, kinds: list[str]) -> None:
    parts = parts_of_text(content)
    assert [part["type"] for part in parts] == kinds
    for part in parts:
        if content != "" and "type=" in content and part["type"] == "text" and "something_new" not in content:
            assert "<" not in part["text"]


def test_a_call_that_was_written_as_a_text_is_read_as_one() -> None:
    (call, result) = parts_of_text(
        block("tool_calls", name="f", arguments='"{\\"a\\": \\"<b>\\"}"', result='"> x"')
    )
    assert (call["arguments"], result["content"]) == ('{"a": "<b>"}', "> x")


@given(st.text(alphabet='<>/"= \nabdetilsgrnoyp&;', max_size=200))
def test_what_looks_like_a_block_and_is_none_is_kept(content: str) -> None:
    assert parts_of_text(content) == said(*[content.strip()] if content.strip() else [])


def test_thousands_of_torn_blocks_are_read_in_time() -> None:
    parts = parts_of_text('<details type="reasoning">\n<summary>' * 20_000)
    assert all(part["type"] == "text" for part in parts)
    deep = '<details type="reasoning">\n' * 300 + "x" + "</details>" * 300
    assert [part["type"] for part in parts_of_text(deep)] == ["reasoning"]


def test_a_merged_answer_and_a_failed_one_are_kept(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", sample("owui_files"))
    file = only(store)
    answers = [one["parts"] for one in whole(file, *file.tree.children("u1"))]
    assert answers == [said("Bu bir kedi."), said("Birleşik yanıt")]
    (failed,) = whole(file, "a2")
    assert (failed["status"], failed["error"]["message"]) == ("failed", "429 too many")


def test_nobody_measured_an_imported_answer(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", sample("owui_ring"))
    for answer in whole(only(store), "a1", "a2"):
        assert answer["timing"] == {"first_token_ms": None, "total_ms": None}
        assert answer["cost"] == {"usd": None, "source": "unknown"}
