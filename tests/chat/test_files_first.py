"""The database is an index: deleted and made again, a server shows what it showed before."""

import json
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from tests.conversations.samples import ID, answer, conversation, one_of_each, record, user
from tests.services.server import Divan, copy_database, environment, run_manage

OTHER, ARCHIVED = "20260101-000000-aaaaaaaa", "20260102-000000-bbbbbbbb"
FIGURES = """
SELECT conversation_id, message, model, status, error_code, input_tokens, output_tokens, reasoning_tokens,
    cached_tokens, cost_usd, cost_source, first_token_ms, total_ms, vote, preferred_over
FROM conversations_response ORDER BY 1, 2
"""


def lay_files(data_dir: Path) -> None:
    """A conversation of every type of record, one with a file and two branches, and one in the archive."""
    file = {"type": "file", "sha256": "0" * 64, "name": "rapor.pdf", "mime": "application/pdf", "bytes": 9}
    stores: dict[str, list[Any]] = {
        ID: [{**conversation(), "owner": "local"}, *one_of_each()[1:]],
        OTHER: [
            conversation(OTHER, owner="local", title="Ёлка"),
            user("u1", parts=[{"type": "text", "text": "Karşılaştır"}, file]),
            answer("b1", "u1", "Işık hızı", usage={"input": 7, "output": 9, "reasoning": 1, "cached": 2}),
            user("u2", None, "Baştan"),
        ],
        ARCHIVED: [
            conversation(ARCHIVED, owner="local", title="Put away"),
            user("u1", text="İstanbul once more"),
            record("settings", archived=True, tags=["work"]),
        ],
    }
    folder = data_dir / "conversations"
    folder.mkdir(parents=True)
    for name, records in stores.items():
        lines = b"".join(orjson.dumps(one) + b"\n" for one in records)
        (folder / f"{name}.jsonl").write_bytes(lines)


def shown(server: Divan) -> dict[str, Any]:
    """What a person would see of it, and what is counted."""
    asked = [
        "?limit=50",
        "?archived=true",
        "?folder=" + urllib.parse.quote("Öğrenme"),
        "?tag=work&model=qwen",
        "?has_branches=true",
        "?has_attachments=true",
        "?since=2026-11-20T10:00:00Z&until=2026-11-20T11:00:00Z",
        "/labels",
        *(
            f"/search?q={urllib.parse.quote(words)}"
            for words in ("ISTANBUL", "елка", "isik hizi", "rapor", "hello")
        ),
        f"/{ID}",
    ]
    seen = {}
    for path in asked:
        with urllib.request.urlopen(f"{server.url}/api/conversations{path}", timeout=10) as answered:
            seen[path] = json.loads(answered.read())
    with closing(sqlite3.connect(server.data_dir / "divan.sqlite3")) as database:
        seen["figures"] = database.execute(FIGURES).fetchall()
    return seen


def test_the_database_deleted_and_made_again_shows_the_same(
    start_server: Callable[..., Divan], database_with_tables: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    lay_files(folder)
    seen = []
    for _ in range(2):
        copy_database(database_with_tables, folder)
        run_manage(("reindex_chats",), environment(folder, {}))
        server = start_server(data_dir=folder)
        seen.append(shown(server))
        server.stop()
        for path in folder.glob("divan.sqlite3*"):
            path.unlink()
    before, after = seen
    assert after == before
    # And not the same for being empty.
    lists = {
        path: part.get("conversations", part.get("hits")) for path, part in before.items() if "?" in path
    }
    assert [path for path, found in lists.items() if not found] == []
    assert before["/labels"] == {
        "folders": [{"name": "Öğrenme", "count": 1}],
        "tags": [{"name": "work", "count": 1}, {"name": "физика", "count": 1}],
    }
    assert [row[1] for row in before["figures"]] == ["b1", "a1", "a2", "a3"]
    assert [row[-2:] for row in before["figures"]][1:3] == [(1, None), (None, '["a1"]')]
