"""What commands do before they begin, and how they say what is wrong: each run as a process of its own."""

from pathlib import Path

import orjson
import pytest

from tests.conversations.samples import ID, answer, conversation, user
from tests.services.environment import own_environment
from tests.services.server import run_command


def manage(data_dir: Path, *words: str, **env: str) -> tuple[int, str, str]:
    return run_command(words, {**own_environment(data_dir), **env})


def test_reindexing_makes_the_database_that_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "conversations"
    folder.mkdir()
    lines = [conversation(owner="local"), user("u1"), answer("a1", "u1")]
    (folder / f"{ID}.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    assert manage(tmp_path, "reindex_chats") == (0, "1 conversations indexed, 0 removed.\n", "")
    assert (tmp_path / "divan.sqlite3").exists()


def test_an_account_can_be_made_before_the_first_start(tmp_path: Path) -> None:
    made = manage(
        tmp_path,
        *("createsuperuser", "--noinput", "--username", "cem", "--email", "cem@example.org"),
        DJANGO_SUPERUSER_PASSWORD="a long enough one",
    )
    assert (made[0], made[2]) == (0, "")
    assert manage(tmp_path, "create_token", "cem")[0] == 0


@pytest.mark.parametrize(
    "words", [("dumpdata", "auth.user"), ("clearsessions",), ("changepassword", "nobody")]
)
def test_what_django_brings_finds_its_tables_too(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "no such table" not in "".join(map(str, manage(tmp_path, *words)))
    assert (tmp_path / "divan.sqlite3").exists()


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    for words in (("createsuperuser", "--noinput"), ("reindex_chats",)):
        url = "postgres://divan:secret@127.0.0.1:9/divan"
        status, out, err = manage(tmp_path, *words, DATABASE_URL=url)
        assert (status, out) == (1, "")
        assert err.startswith("error: The database cannot be used: ")
        assert err.count("\n") == 1
        assert "secret" not in err


@pytest.mark.parametrize("words", [("createsuperuser", "--help"), ("check",), ("help",)])
def test_asking_for_help_makes_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert manage(tmp_path, *words)[0] == 0
    assert not (tmp_path / "divan.sqlite3").exists()


def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert manage(tmp_path, "verify_chats") == (0, "0 conversations, all well.\n", "")
    assert not (tmp_path / "divan.sqlite3").exists()


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"PORT": "abc"}, "PORT, in the environment or .env, cannot be used: it must be a number"),
        ({"PORT": "99999"}, "PORT is 99999."),
        ({"CONNECT_TIMEOUT": "soon"}, "CONNECT_TIMEOUT, in the environment"),
        ({"DEBUG": "maybe"}, "DEBUG, in the environment"),
        ({"LANGUAGE_CODE": "xx"}, "it must be one of en, tr, ru"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL, in the environment"),
        ({"AUTH_MODE": "open"}, "AUTH_MODE is 'open'."),
        ({"DATA_DIR": "/proc/nowhere"}, "DATA_DIR, in the environment"),
    ],
)
def test_a_setting_that_cannot_be_right_is_one_line(tmp_path: Path, env: dict[str, str], said: str) -> None:
    status, out, err = manage(tmp_path, "reindex_chats", **env)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: {said}" if said.startswith(next(iter(env))) else "error: ")
    assert said in err
    assert err.count("\n") == 1


def test_what_is_empty_is_not_set_and_quotes_are_no_part_of_it(tmp_path: Path) -> None:
    empty = dict.fromkeys(("HOST", "PORT", "DEBUG", "DATABASE_URL", "CONNECT_TIMEOUT", "LANGUAGE_CODE"), "")
    status, out, err = manage(
        tmp_path, "export_models", "-", **empty, OPENAI_SERVERS='"mine=http://127.0.0.1:9/v1/"'
    )
    assert (status, err) == (0, "")
    assert 'base_url = "http://127.0.0.1:9/v1"' in out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("export_chats", "--since", "yesterday", "--output", "x"), 1, "argument --since"),
        (("export_chats",), 1, "--output"),
        (("create_token", "nobody"), 1, "There is no user named nobody."),
        (("replay_chat", ID), 1, "There is no such conversation."),
    ],
)
def test_what_is_wrong_with_a_command_is_one_line(
    tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    ended, out, err = manage(tmp_path, *words)
    assert (ended, out) == (status, "")
    assert err.startswith("error: ")
    assert said in err
    assert err.count("\n") == 1
