"""From a version in which people were known by their names alone."""

import json
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conversations.samples import answer, conversation, user
from tests.services.server import Divan, environment, run_manage

USERS = "from django.contrib.auth.models import User"
IDS = {
    "cem": "20261120-104230-k3v9x2qa",
    "gone": "20261120-104231-k3v9x2qb",
    "local": "20261120-104232-k3v9x2qc",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def settings_of_database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment that names an empty database of its own; SQLite's is in the data folder."""
    if request.param == "sqlite":
        yield {}
        return
    postgres: str = request.getfixturevalue("postgres")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE older")
        yield {"DATABASE_URL": postgres.replace("/divan?", "/older?")}
        connection.execute("DROP DATABASE older WITH (FORCE)")


@contextmanager
def writing(data_dir: Path, given: dict[str, str]) -> Iterator[Callable[[str, tuple[Any, ...]], None]]:
    """A function that executes a statement in the database, past what this version knows of it."""
    if url := given.get("DATABASE_URL"):
        with psycopg.connect(url) as rows:
            yield lambda statement, values: void(rows.execute(statement.encode(), values))
    else:
        with closing(sqlite3.connect(data_dir / "divan.sqlite3")) as file:
            yield lambda statement, values: void(file.execute(statement.replace("%s", "?"), values))
            file.commit()


def void(_: object) -> None:
    pass


def older(data_dir: Path, given: dict[str, str]) -> None:
    """The data folder and the database as that version left them: cem, who is there, gone, who was deleted,
    and what was made before there were accounts."""
    data_dir.mkdir(parents=True)
    env = environment(data_dir, given)
    run_manage(("migrate", "--verbosity", "0"), env)
    run_manage(("shell", "-c", f"{USERS}; User.objects.create_user('cem')"), env)
    run_manage(("migrate", "core", "zero", "--verbosity", "0"), env)
    run_manage(("migrate", "providers", "0007", "--verbosity", "0"), env)
    with writing(data_dir, given) as execute:
        for name in IDS:
            execute(
                "INSERT INTO chat_prompt (owner, name, text, shared, starter) VALUES (%s, %s, 'x', %s, %s)",
                (name, f"of {name}", False, False),
            )
            execute(
                "INSERT INTO providers_spending (day, username, conversation, model, kind, requests,"
                " failures, unpriced, input_tokens, output_tokens, usd, first_token_ms, timed)"
                " VALUES ('2026-11-20', %s, '', 's/m', 'answer', 1, 0, 0, 1, 1, 0.5, 0, 0)",
                (name,),
            )
        execute("INSERT INTO providers_budget (scope, username, hard_usd) VALUES ('day', %s, 7.0)", ("cem",))
    for name, one in IDS.items():
        files = {"conversations": one, "trash": one[:-1] + "z"}
        for folder, identifier in files.items():
            (data_dir / folder).mkdir(exist_ok=True)
            records = [
                conversation(identifier, owner=name, title=f"of {name}"),
                user("u1"),
                answer("a1", "u1"),
            ]
            lines = "".join(f"{json.dumps(record)}\n" for record in records)
            (data_dir / folder / f"{identifier}.jsonl").write_text(lines)
        person = data_dir / "people" / name
        person.mkdir(parents=True)
        (person / "person.json").write_text(json.dumps({"format": 1, "owner": name}))
        remembered = {"format": 1, "remembered": [{"id": 1, "text": f"of {name}", "on": True}]}
        (person / "remembered.json").write_text(json.dumps(remembered))


@cache
def token(divan: Divan, name: str) -> str:
    """Each is made once: a command takes a while."""
    return divan.manage("create_token", name).strip().splitlines()[-1]


def get(divan: Divan, name: str, path: str) -> Any:
    headers = {"Authorization": f"Bearer {token(divan, name)}"}
    request = urllib.request.Request(divan.url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as told:
        return json.load(told)


def seen(divan: Divan, name: str) -> set[str]:
    trash = [row["title"] for row in get(divan, name, "/api/conversations/trash")["conversations"]]
    listed = [row["title"] for row in get(divan, name, "/api/conversations")["conversations"]]
    kept = [row["name"] for row in get(divan, name, "/api/prompts")["prompts"]]
    lines = [row["text"] for row in get(divan, name, "/api/memory")["remembered"]]
    spent = ["spent"] if get(divan, name, "/api/models/spending?days=300")["total"]["usd"] else []
    return {
        *(f"listed {one}" for one in listed),
        *(f"in the trash {one}" for one in trash),
        *(f"kept {one}" for one in kept),
        *(f"remembered {one}" for one in lines),
        *spent,
    }


def test_what_a_name_owned_is_that_persons_and_nobody_elses_afterwards(
    tmp_path: Path, settings_of_database: dict[str, str], start_server: Callable[..., Divan]
) -> None:
    folder, env = tmp_path / "old", {"AUTH_MODE": "accounts", **settings_of_database}
    older(folder, settings_of_database)
    run_manage(("migrate", "--verbosity", "0"), environment(folder, env))
    divan = start_server(data_dir=folder, env=env)
    divan.manage("reindex_chats")
    divan.manage("shell", "-c", f"{USERS}; [User.objects.create_user(name) for name in ('gone', 'new')]")
    hers = {f"{how} of cem" for how in ("listed", "in the trash", "kept", "remembered")}
    assert seen(divan, "cem") == {*hers, "spent"}
    assert seen(divan, "gone") == seen(divan, "new") == set()
    assert get(divan, "cem", f"/api/conversations/{IDS['cem']}")["title"] == "of cem"
    limits = get(divan, "cem", "/api/models/budget")
    assert 7.0 in [limit["hard"] for limit in limits["limits"]]
    [person] = [path for path in (folder / "people").glob("*/person.json") if "cem" in path.read_text()]
    said = json.loads(person.read_text())
    assert (said["owner"], said["owner_name"]) == (person.parent.name, "cem")
