"""Links by which others may read: what they show, and when they no longer do."""

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations.files.store import FileStore
from tests.chat.test_access import call
from tests.conversations.samples import answer
from tests.services.server import Divan, copy_database

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
USER = "from django.contrib.auth.models import User"
SHARE = "from chat.models import Share; Share.objects"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


class Owner:
    """Ann, who shares; whoever reads has no login."""

    def __init__(self, server: Divan, token: str) -> None:
        self.server = server
        self.token = token

    def call(self, path: str, method: str = "GET", body: Any = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}"}
        status, answer, _ = call(self.server.url + path, method, body, **headers)
        return status, answer

    def converse(self, *texts: str, **more: Any) -> str:
        lanes = [{"model": "echo/echo", "system": "the secret prompt"}]
        _, row = self.call("/api/conversations", "POST", {"title": f"About {HOSTILE}", "lanes": lanes})
        for text in texts:
            self.say(row["id"], text, **more)
        return str(row["id"])

    def say(self, conversation: str, text: str, **more: Any) -> dict[str, Any]:
        _, sent = self.call(f"/api/conversations/{conversation}/messages", "POST", {"text": text, **more})
        return sent

    def upload(self) -> str:
        form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="cat.png"\r\n\r\n' + PNG
        request = urllib.request.Request(f"{self.server.url}/api/attachments", form + b"\r\n--x--\r\n")
        request.add_header("Content-Type", "multipart/form-data; boundary=x")
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["sha256"])

    def share(self, conversation: str, **wanted: Any) -> str:
        status, made = self.call(f"/api/conversations/{conversation}/shares", "POST", wanted)
        assert status == 201, made
        return str(made["path"])


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Owner]:
    folder = tmp_path_factory.mktemp("shares") / "data"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"AUTH_MODE": "accounts"}) as server:
        server.manage("shell", "-c", f"{USER}; [User.objects.create_user(name) for name in ('ann', 'bob')]")
        yield Owner(server, server.manage("create_token", "ann").strip().splitlines()[-1])


def fetch(url: str) -> tuple[int, str, dict[str, str]]:
    """As somebody without a login."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(), dict(refusal.headers)


def shown(owner: Owner, path: str) -> dict[str, Any]:
    status, page, _ = fetch(owner.server.url + path)
    assert status == 200
    found = re.search(r'<script id="shown" type="application/json">(.*?)</script>', page)
    assert found
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


def texts(owner: Owner, path: str) -> list[str]:
    return [part["text"] for message in shown(owner, path)["messages"] for part in message["parts"]]


def test_whoever_has_the_link_reads_the_words_and_nothing_else_of_the_owners(ann: Owner) -> None:
    conversation = ann.converse(f"first {HOSTILE}", "second")
    path = ann.share(conversation)
    status, page, headers = fetch(ann.server.url + path)
    assert (status, HOSTILE in page, "alert(1)</script>" in page) == (200, False, False)
    assert "noindex" in headers["X-Robots-Tag"]
    assert 'name="robots" content="noindex' in page
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "private, no-store")
    assert "Set-Cookie" not in headers
    for private in ("secret prompt", '"ann"', conversation, '"usage"', '"cost"', '"lane"'):
        assert private not in page
    assert [message["role"] for message in shown(ann, path)["messages"]] == ["user", "assistant"] * 2
    assert texts(ann, path)[0] == f"first {HOSTILE}"


def test_a_later_message_stays_private_unless_it_was_chosen(ann: Owner) -> None:
    conversation = ann.converse("now")
    fixed, going_on = ann.share(conversation), ann.share(conversation, later=True)
    ann.say(conversation, "afterwards")
    assert next(text.strip() for text in texts(ann, fixed)) == "now"
    assert len(texts(ann, fixed)) == 2
    assert len(texts(ann, going_on)) == 4


def test_a_new_version_of_a_shared_answer_stays_private(ann: Owner) -> None:
    conversation = ann.converse("one")
    path = ann.share(conversation)
    answer = shown(ann, path)["messages"][1]["id"]
    command = {"type": "regenerate", "conversation": conversation, "message": answer}
    status, _ = ann.call("/api/chat/commands", "POST", command)
    assert status == 200
    ann.say(conversation, "waits for the answer before")
    assert [message["id"] for message in shown(ann, path)["messages"] if message["role"] == "assistant"] == [
        answer
    ]


def test_a_blind_turn_names_no_model_until_a_vote(ann: Owner) -> None:
    lanes = [{"model": "echo/echo"}, {"model": "echo/echo", "system": "Be brief."}]
    _, row = ann.call("/api/conversations", "POST", {"lanes": lanes, "blind": True})
    ann.say(row["id"], "who?")
    path = ann.share(row["id"])
    _, *hidden = shown(ann, path)["messages"]
    assert [answer["letter"] for answer in hidden] == ["A", "B"]
    assert [answer for answer in hidden if "model" in answer] == []
    vote = {"type": "vote", "conversation": row["id"], "message": hidden[0]["id"], "value": 1}
    assert ann.call("/api/chat/commands", "POST", vote)[0] == 200
    _, *named = shown(ann, path)["messages"]
    assert [(answer["model"], "letter" in answer) for answer in named] == [("echo", False)] * 2


def test_answers_tell_their_lanes_place_and_which_was_chosen(ann: Owner) -> None:
    lanes = [{"id": one, "model": "echo/echo", "system": f"Lane {one}."} for one in "abc"]
    _, row = ann.call("/api/conversations", "POST", {"lanes": lanes})
    answers = {answer["lane"]: answer["id"] for answer in ann.say(row["id"], "which?")["answers"]}
    reordered = {"type": "settings", "conversation": row["id"], "lanes": [lanes[2], *lanes[:2]]}
    chosen = {"type": "head", "conversation": row["id"], "message": answers["b"]}
    for command in (reordered, chosen):
        status, told = ann.call("/api/chat/commands", "POST", command)
        assert status == 200, told
    _, *shown_answers = shown(ann, ann.share(row["id"]))["messages"]
    assert {one["id"]: (one["model"], one["place"], one.get("chosen", False)) for one in shown_answers} == {
        answers["c"]: ("echo", 0, False),
        answers["a"]: ("echo", 1, False),
        answers["b"]: ("echo", 2, True),
    }


def test_a_branch_is_shared_without_the_others(ann: Owner) -> None:
    conversation = ann.converse("root")
    first = ann.say(conversation, "left")
    ann.call(
        f"/api/conversations/{conversation}/branches",
        "POST",
        {"name": "the left", "message": first["answers"][0]["id"]},
    )
    root = first["answers"][0]["parent"]
    _, read = ann.call(f"/api/conversations/{conversation}/messages?ids={root}")
    ann.say(conversation, "right", parent=read["messages"][0]["parent"])
    branch, whole = ann.share(conversation, branch="the left"), ann.share(conversation)
    assert ("left" in texts(ann, branch), "right" in texts(ann, branch)) == (True, False)
    assert ("left" in texts(ann, whole), "right" in texts(ann, whole)) == (False, True)


def test_a_deleted_message_is_gone_from_the_link(ann: Owner) -> None:
    conversation = ann.converse("stays", "goes")
    path = ann.share(conversation)
    gone = shown(ann, path)["messages"][2]["id"]
    ann.call("/api/chat/commands", "POST", {"type": "delete", "conversation": conversation, "message": gone})
    assert len(texts(ann, path)) == 2


def test_attachments_stay_private_unless_they_were_chosen(ann: Owner) -> None:
    sha256 = ann.upload()
    conversation = ann.converse("look", attachments=[sha256])
    without, with_files = ann.share(conversation), ann.share(conversation, attachments=True)
    asked = shown(ann, without)["messages"][0]
    assert (asked["withheld"], [part["type"] for part in asked["parts"]]) == (1, ["text"])
    assert sha256 not in json.dumps(shown(ann, without))
    assert fetch(f"{ann.server.url}{without}/attachments/{sha256}")[0] == 404
    status, _, headers = fetch(f"{ann.server.url}{with_files}/attachments/{sha256}")
    assert (status, headers["Content-Type"], "sandbox" in headers["Content-Security-Policy"]) == (
        200,
        "image/png",
        True,
    )
    assert fetch(f"{ann.server.url}{with_files}/attachments/{'0' * 64}")[0] == 404


def test_what_tools_were_asked_and_gave_stays_private_unless_it_was_chosen(ann: Owner) -> None:
    conversation = ann.converse("look it up")
    asked = {"type": "tool_call", "id": "c1", "name": "web_search", "arguments": '{"query": "my illness"}'}
    gave = {"type": "tool_result", "id": "c1", "name": "web_search", "content": "a diagnosis"}
    more = {"is_error": False, "ms": 12, "truncated": True, "attachments": ["0" * 64]}
    said = {"type": "text", "text": "Rest."}
    _, read = ann.call(f"/api/conversations/{conversation}/messages")
    parts = [{**asked, "source": "builtin", "signature": "s"}, {**gave, **more}, said]
    record = answer("acted", read["messages"][0]["id"], parts=parts)
    FileStore(ann.server.data_dir).append(conversation, [record])
    without, chosen = (ann.share(conversation, later=True, calls=calls) for calls in (False, True))
    told = [one["parts"] for one in shown(ann, without)["messages"] if one["id"] == "acted"]
    assert told == [
        [
            {"type": "tool_call", "id": "c1", "name": "web_search", "source": "builtin"},
            {"type": "tool_result", "id": "c1", "name": "web_search", "is_error": False, "ms": 12},
            said,
        ]
    ]
    page = fetch(ann.server.url + without)[1]
    assert ("my illness" in page, "a diagnosis" in page) == (False, False)
    (told_all,) = [one["parts"] for one in shown(ann, chosen)["messages"] if one["id"] == "acted"]
    assert (told_all[0]["arguments"], told_all[1]["content"]) == (asked["arguments"], gave["content"])
    assert "0" * 64 not in fetch(ann.server.url + chosen)[1], (
        "the rest of a result is no attachment of the link"
    )
    _, listed = ann.call(f"/api/conversations/{conversation}/shares")
    assert [link["calls"] for link in listed["shares"]] == [True, False]


def test_a_revoked_link_leads_nowhere(ann: Owner) -> None:
    conversation = ann.converse("hello")
    path = ann.share(conversation)
    _, listed = ann.call(f"/api/conversations/{conversation}/shares")
    (link,) = listed["shares"]
    assert path.startswith(f"/s/{link['hint']}")
    assert path.removeprefix("/s/") not in json.dumps(listed)
    assert ann.call(f"/api/conversations/{conversation}/shares/{link['id']}", "DELETE")[0] == 204
    assert fetch(ann.server.url + path)[0] == 404
    assert ann.call(f"/api/conversations/{conversation}/shares")[1] == {"shares": []}
    assert ann.call(f"/api/conversations/{conversation}/shares/{link['id']}", "DELETE")[0] == 404


def test_an_expired_link_leads_nowhere_and_is_not_listed(ann: Owner) -> None:
    conversation = ann.converse("hello")
    path = ann.share(conversation, days=1)
    assert fetch(ann.server.url + path)[0] == 200
    ago = f"{SHARE}.filter(conversation='{conversation}').update(expires=datetime.fromtimestamp(0, UTC))"
    ann.server.manage("shell", "-c", f"from datetime import UTC, datetime; {ago}")
    assert fetch(ann.server.url + path)[0] == 404
    assert ann.call(f"/api/conversations/{conversation}/shares")[1] == {"shares": []}


def test_the_link_of_a_deleted_conversation_leads_nowhere(ann: Owner) -> None:
    conversation = ann.converse("hello")
    path = ann.share(conversation)
    ann.call(f"/api/conversations/{conversation}", "DELETE")
    assert fetch(ann.server.url + path)[0] == 404
    ann.call(f"/api/conversations/{conversation}/restore", "POST")
    assert fetch(ann.server.url + path)[0] == 200


def test_the_links_of_somebody_who_may_no_longer_log_in_lead_nowhere(ann: Owner) -> None:
    conversation = ann.converse("hello")
    path = ann.share(conversation)
    change = USER + "; User.objects.filter(username='ann').update(is_active={})"
    ann.server.manage("shell", "-c", change.format(False))
    closed = fetch(ann.server.url + path)[0]
    ann.server.manage("shell", "-c", change.format(True))
    assert (closed, fetch(ann.server.url + path)[0]) == (404, 200)


def test_nobody_else_lists_makes_or_revokes_links(ann: Owner) -> None:
    bob = Owner(ann.server, ann.server.manage("create_token", "bob").strip().splitlines()[-1])
    conversation = ann.converse("hello")
    path = ann.share(conversation)
    shares = f"/api/conversations/{conversation}/shares"
    number = ann.call(shares)[1]["shares"][0]["id"]
    assert bob.call(shares)[0] == 404
    assert bob.call(shares, "POST", {})[0] == 404
    assert bob.call(f"{shares}/{number}", "DELETE")[0] == 404
    assert bob.call(f"/api/conversations/{bob.converse('mine')}/shares/{number}", "DELETE")[0] == 404
    assert fetch(ann.server.url + path)[0] == 200


@pytest.mark.parametrize("wanted", [{"days": 0}, {"days": 4000}, {"unknown": 1}, {"later": "yes"}])
def test_a_wish_that_makes_no_sense_is_refused(ann: Owner, wanted: dict[str, Any]) -> None:
    status, body = ann.call(f"/api/conversations/{ann.converse('x')}/shares", "POST", wanted)
    assert (status, body["error"]["code"]) == (400, "invalid")


def test_what_is_not_there_cannot_be_shared(ann: Owner) -> None:
    empty = ann.converse()
    assert ann.call(f"/api/conversations/{empty}/shares", "POST", {})[0] == 409
    assert ann.call(f"/api/conversations/{empty}/shares", "POST", {"branch": "none"})[0] == 404


@pytest.mark.parametrize("token", ["wrong", "x" * 500, "..", "%00"])
def test_a_made_up_token_finds_nothing(ann: Owner, token: str) -> None:
    assert fetch(f"{ann.server.url}/s/{token}")[0] == 404


def test_the_token_is_not_kept(ann: Owner) -> None:
    token = ann.share(ann.converse("hello")).removeprefix("/s/")
    files = [path for path in ann.server.data_dir.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if token.encode() in path.read_bytes()] == []


def test_a_link_survives_a_new_index(start_server: Callable[..., Divan]) -> None:
    server = start_server()
    owner = Owner(server, "")
    path = owner.share(owner.converse("hello"))
    server.manage("reindex_chats")
    assert list(FileStore(server.data_dir).ids())
    assert fetch(server.url + path)[0] == 200
