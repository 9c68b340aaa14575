"""Lanes that leave their model to Auto, over real sockets, REST and model servers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conversations.files.store import FileStore
from tests.chat.test_access import call
from tests.chat.testsets.model_server import AnsweringServer
from tests.services.processes import wait_until
from tests.services.server import Divan, copy_database
from tests.services.wire import wire

AUTO = {"id": "l1", "model": "auto/auto"}
CODE, SONG = "Write a function that sorts a list.", "Sing something nice for my old aunt please, will you."
CODER = "openai/deep-coder"


def says(model: str, _text: str) -> str:
    return f"{model} answers."


@pytest.fixture(scope="module")
def divan(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("auto") / "data"
    copy_database(database_with_tables, folder)
    with AnsweringServer(["plain", "deep-coder"], says) as models:
        env = {"OPENAI_BASE_URL": models.url, "OPENAI_API_KEY": "sk-x", "TITLE_MODEL": "words"}
        with Divan(folder, env=env) as running:
            running.wait_for_models("openai")
            yield running


def post(divan: Divan, path: str, body: Any, status: int = 201) -> dict[str, Any]:
    got, answer, _headers = call(f"{divan.url}{path}", "POST", body)
    assert got == status, answer
    return answer


def begun(divan: Divan, **settings: Any) -> str:
    return str(post(divan, "/api/conversations", {"lanes": [AUTO], **settings})["id"])


def said(divan: Divan, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    told = post(divan, f"/api/conversations/{conversation}/messages", {"text": text, **more})
    (answer,) = told["answers"]
    return dict(answer)


def chosen(divan: Divan, text: str, **more: Any) -> list[dict[str, Any]]:
    choices: list[dict[str, Any]] = post(divan, "/api/models/auto", {"text": text, **more}, 200)["choices"]
    return choices


async def test_what_is_said_beforehand_is_what_answers_and_the_answer_keeps_why(divan: Divan) -> None:
    (told,) = chosen(divan, CODE)
    assert (told["model"], told["rule"], told["others"]) == (CODER, "code", ["openai/plain"])
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text=CODE, lanes=[{"model": "auto"}])
        record = await page.answer(ack["answers"][0])
        begin = next(event for event in page.events if event["type"] == "start")
    assert record["model"] == CODER
    assert record["choice"] == begin["message"]["choice"] == {"rule": "code", "reason": told["reason"]}
    assert record["parts"] == [{"type": "text", "text": "deep-coder answers."}]
    kept = call(f"{divan.url}/api/conversations/{ack['conversation']}")[1]
    assert [lane["model"] for lane in kept["lanes"]] == ["auto/auto"]


def test_each_question_of_a_conversation_is_chosen_for_anew(divan: Divan) -> None:
    conversation = begun(divan)
    assert said(divan, conversation, CODE)["model"] == CODER
    assert said(divan, conversation, SONG)["choice"]["rule"] != "code"


def test_a_choice_is_overruled_for_one_question(divan: Divan) -> None:
    conversation = begun(divan)
    answer = said(divan, conversation, CODE, choices={"l1": "openai/plain"})
    assert (answer["model"], answer["choice"]["rule"]) == ("openai/plain", "person")
    assert said(divan, conversation, CODE)["model"] == CODER


@pytest.mark.parametrize(
    ("choices", "status"),
    [
        ({"l2": "openai/plain"}, 400),
        ({"l1": "nowhere/plain"}, 404),
        ({"l1": "auto/auto"}, 400),
        ({"l1": "x"}, 400),
    ],
)
def test_what_cannot_be_overruled_is_refused_and_nothing_is_posted(
    divan: Divan, choices: dict[str, str], status: int
) -> None:
    conversation = begun(divan)
    where = f"{divan.url}/api/conversations/{conversation}"
    assert call(f"{where}/messages", "POST", {"text": CODE, "choices": choices})[0] == status
    assert call(where)[1]["messages"] == 0


def test_what_a_question_will_cost_is_reckoned_with_the_model_that_auto_would_ask(divan: Divan) -> None:
    lanes = [{"model": "auto/auto", "input_tokens": 9}, {"model": "openai/plain", "input_tokens": 9}]
    told = post(divan, "/api/models/estimate", {"text": CODE, "lanes": lanes}, 200)
    assert [lane["model"] for lane in told["lanes"]] == [CODER, "openai/plain"]


def test_two_lanes_of_auto_get_two_models_and_a_blind_turn_keeps_both_reasons(divan: Divan) -> None:
    lanes = [AUTO, {"id": "l2", "model": "auto"}]
    made = post(divan, "/api/conversations", {"lanes": lanes, "blind": True})
    told = post(divan, f"/api/conversations/{made['id']}/messages", {"text": CODE})
    assert [answer["model"] for answer in told["answers"]] == [CODER, "openai/plain"]
    assert all(answer["choice"]["reason"] for answer in told["answers"])
    assert [one["model"] for one in chosen(divan, CODE, count=2)] == [CODER, "openai/plain"]
    assert [one["model"] for one in chosen(divan, CODE, without=[CODER])] == ["openai/plain"]


def test_a_relay_of_auto_and_a_model_reads_the_answer_before(divan: Divan) -> None:
    lanes = [AUTO, {"id": "l2", "model": "openai/plain"}]
    made = post(divan, "/api/conversations", {"lanes": lanes, "mode": "sequential", "relay": True})
    told = post(divan, f"/api/conversations/{made['id']}/messages", {"text": SONG})
    assert [answer["model"] for answer in told["answers"]] == [CODER, "openai/plain"]
    assert all(answer["status"] == "complete" for answer in told["answers"])
    assert ["choice" in answer for answer in told["answers"]] == [True, False]


async def test_regenerating_chooses_again_and_any_answer_may_be_given_to_auto(divan: Divan) -> None:
    async with wire(divan.socket_url) as page:
        lanes = [AUTO]
        ack = await page.ask(
            "send", conversation=None, text=CODE, lanes=lanes, choices={"l1": "openai/plain"}
        )
        conversation, first = ack["conversation"], ack["answers"][0]
        assert (await page.answer(first))["model"] == "openai/plain"
        again = await page.ask("regenerate", conversation=conversation, message=first)
        assert (await page.answer(again["answers"][0]))["choice"]["rule"] == "code"
        other = await page.ask("regenerate", conversation=conversation, message=first, model="openai/plain")
        record = await page.answer(other["answers"][0])
        assert (record["model"], record.get("choice")) == ("openai/plain", None)
        auto = await page.ask("regenerate", conversation=conversation, message=record["id"], model="auto")
        assert (await page.answer(auto["answers"][0]))["model"] == CODER


async def test_over_server_sent_events_the_choice_comes_before_the_first_word(divan: Divan) -> None:
    conversation = begun(divan)
    body = {"text": CODE, "stream": True}
    where = f"{divan.url}/api/conversations/{conversation}/messages"
    async with aiohttp.ClientSession() as http, http.post(where, json=body) as answer:
        lines = [line[6:] async for line in answer.content if line.startswith(b"data: ")]
    events = [json.loads(line) for line in lines]
    kinds = [event["type"] for event in events]
    start = events[kinds.index("start")]["message"]
    assert kinds.index("start") < kinds.index("delta")
    assert (start["model"], start["choice"]["rule"]) == (CODER, "code")
    overruled = said(divan, conversation, CODE, choices={"l1": "openai/plain"})
    assert (overruled["model"], overruled["choice"]["rule"]) == ("openai/plain", "person")


@pytest.mark.parametrize("name", ["auto", "auto/auto"])
def test_the_openai_door_asks_what_auto_chooses_and_says_which_and_why(divan: Divan, name: str) -> None:
    asked = {"model": name, "messages": [{"role": "user", "content": CODE}]}
    told = post(divan, "/v1/chat/completions", asked, 200)
    (before,) = chosen(divan, CODE)
    assert (told["model"], told["choice"]) == (CODER, {name: before[name] for name in ("rule", "reason")})
    assert told["choices"][0]["message"]["content"] == "deep-coder answers."
    overruled = post(divan, "/v1/chat/completions", {**asked, "model": "openai/plain"}, 200)
    assert (overruled["model"], "choice" in overruled) == ("openai/plain", False)


async def test_the_openai_door_says_with_every_chunk_which_model_auto_chose(divan: Divan) -> None:
    asked = {"model": "auto", "messages": [{"role": "user", "content": CODE}], "stream": True}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{divan.url}/v1/chat/completions", json=asked) as answer,
    ):
        lines = [line[6:] async for line in answer.content if line.startswith(b"data: {")]
    assert {(chunk["model"], chunk["choice"]["rule"]) for chunk in map(json.loads, lines)} == {
        (CODER, "code")
    }


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "Be brief."}],
        [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}],
        [
            {"role": "user", "content": [{"type": "text", "text": SONG}]},
            {"role": "assistant", "content": "La"},
        ],
    ],
)
def test_the_openai_door_chooses_whatever_the_messages_are(divan: Divan, messages: list[Any]) -> None:
    told = post(divan, "/v1/chat/completions", {"model": "auto", "messages": messages}, 200)
    assert told["choice"]["reason"]


def test_answers_of_auto_are_brought_together_by_a_model_that_is_named(divan: Divan) -> None:
    made = post(divan, "/api/conversations", {"lanes": [AUTO, {"id": "l2", "model": "auto"}]})
    told = post(divan, f"/api/conversations/{made['id']}/messages", {"text": CODE})
    start = {"type": "synthesize", "conversation": made["id"], "message": told["message"], "kind": "merge"}
    where = f"{divan.url}/api/chat/commands"
    status, refused, _ = call(where, "POST", {**start, "model": "auto/auto"})
    assert (status, refused["error"]["code"]) == (400, "invalid")
    assert "Auto" in refused["error"]["message"]
    assert call(where, "POST", {**start, "model": "openai/plain"})[0] in (200, 202)


def test_a_run_of_a_test_set_has_auto_choose_for_each_case_and_keeps_why(divan: Divan) -> None:
    cases = [{"id": "c1", "text": CODE}, {"id": "c2", "text": SONG}]
    made = post(divan, "/api/testsets", {"name": "Auto", "cases": cases})
    runs = f"/api/testsets/{made['id']}/runs"
    lanes = ["auto", {"id": "l2", "model": "auto/auto"}, "openai/plain"]
    told = post(divan, runs, {"lanes": lanes[:1], "dry_run": True}, 200)
    assert [(row["model"], row["requests"]) for row in told["lanes"]] == [("auto/auto", 2)]
    run = f"{divan.url}{runs}/{post(divan, runs, {'lanes': lanes})['id']}"
    wait_until(lambda: call(run)[1]["state"] == "done", seconds=60, what="the run's end")
    told = call(run)[1]
    named = next(lane["id"] for lane in told["lanes"] if lane["model"] == "openai/plain")
    cells = {(cell["case"], cell["lane"]): cell for cell in told["cells"]}
    assert len(cells) == 6
    ended = FileStore(divan.data_dir)
    for (case, lane), cell in cells.items():
        (answer,) = ended.open(cell["conversation"]).messages([cell["message"]])
        assert (cell["status"], answer["model"]) == ("complete", cell["model"])  # type: ignore[typeddict-item]
        assert ("choice" in answer) == (lane != named), (case, lane)
    assert {cell["model"] for (case, _lane), cell in cells.items() if case == "c1"} == {CODER, "openai/plain"}


async def test_a_temporary_chat_chooses_too(divan: Divan) -> None:
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text=CODE, lanes=[AUTO], temporary=True)
        assert (await page.answer(ack["answers"][0]))["choice"]["rule"] == "code"


def test_asking_again_with_auto_is_reckoned_and_chosen_for_each_question(divan: Divan) -> None:
    made = post(divan, "/api/conversations", {"lanes": [{"model": "openai/plain"}]})
    for text in (CODE, SONG):
        said(divan, made["id"], text)
    where = f"/api/conversations/{made['id']}/replay"
    told = post(divan, where, {"models": ["auto/auto"], "dry_run": True}, 200)
    assert [one["model"].partition("/")[0] for one in told["answers"]] == ["openai", "openai"]
    assert told["answers"][0]["model"] == CODER
    assert post(divan, where, {"models": ["auto/auto"]})["conversation"]


def test_what_needs_one_model_refuses_auto_clearly(divan: Divan) -> None:
    speakers = [{"name": "A", "model": "auto/auto"}, {"name": "B", "model": "openai/plain"}]
    status, told, _ = call(
        f"{divan.url}/api/chat/multi-model", "POST", {"opening": "Hi", "participants": speakers}
    )
    assert (status, told["error"]["code"]) == (400, "invalid")
    assert "Auto" in told["error"]["message"]


def test_where_the_chosen_server_is_gone_the_next_best_answers_and_the_answer_says_so(
    start_server: Callable[..., Divan],
) -> None:
    with AnsweringServer(["plain"], says) as there:
        with AnsweringServer(["deep-coder"], says) as gone:
            env = {"OPENAI_SERVERS": f"away={gone.url},near={there.url}", "TITLE_MODEL": "words"}
            divan = start_server(env=env)
            assert chosen(divan, CODE)[0]["model"] == "away/deep-coder"
        answer = said(divan, begun(divan), CODE)
        assert (answer["model"], answer["choice"]["instead_of"]) == ("near/plain", "away/deep-coder")
        assert answer["status"] == "complete"
        told = call(f"{divan.url}/api/metrics")[1]["rows"]
        assert [row["key"] for row in told] == ["near/plain"]
