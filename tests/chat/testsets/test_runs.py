"""Runs of test sets on a real server, with a model server that counts what it is asked."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conversations.files.store import FileStore
from tests.chat.test_access import call
from tests.chat.testsets.model_server import AnsweringServer
from tests.services.processes import wait_until
from tests.services.server import Divan

MODELS = ["small", "large", "huge", "judge"]
LANES = [{"model": f"openai/{name}"} for name in MODELS[:3]]
OVER = ("done", "stopped")
PATIENCE = 150.0


def answered(model: str, text: str) -> str:
    if model == "judge":
        # It likes what speaks of Ankara, wherever it stands.
        meets = "Ankara" in text.partition("<<<answer")[2].partition("answer>>>")[0]
        letter = re.findall(r"^([AB]): The answer (meets|does not)", text, re.MULTILINE)
        return str(next(one for one, verdict in letter if (verdict == "meets") == meets))
    if "slow" in text:
        time.sleep(0.02)
    return {"small": "I do not know.", "large": "It is Ankara."}.get(model, "Ankara, of course.")


@pytest.fixture
def models() -> Iterator[AnsweringServer]:
    with AnsweringServer(MODELS, answered) as running:
        yield running


@pytest.fixture
def divan(start_server: Callable[..., Divan], models: AnsweringServer) -> Divan:
    return start_server(env={"OPENAI_BASE_URL": models.url, "OPENAI_API_KEY": "sk-x"})


def make(divan: Divan, *cases: dict[str, Any], name: str = "Capitals") -> str:
    status, row, _ = call(f"{divan.url}/api/testsets", "POST", {"name": name, "cases": list(cases)})
    assert status == 201, row
    return f"{divan.url}/api/testsets/{row['id']}"


def run(address: str, body: dict[str, Any]) -> str:
    status, begun, _ = call(f"{address}/runs", "POST", body)
    assert status == 201, begun
    return f"{address}/runs/{begun['id']}"


def over(run: str) -> dict[str, Any]:
    wait_until(lambda: call(run)[1]["state"] in OVER, seconds=PATIENCE, what="the run's end")
    return call(run)[1]


def asked_of(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "c1", "text": "The capital of Turkey?", "checks": list(checks), **more}


def test_a_run_tells_of_every_lane_and_case_what_passed_and_where_it_stands(divan: Divan) -> None:
    checks: list[dict[str, Any]] = [
        {"kind": "contains", "value": "Ankara"},
        {"kind": "regex", "value": "^It is"},
        {"kind": "max_ms", "value": 60_000},
    ]
    address = make(divan, asked_of(*checks, system="Be brief."), {"text": "Say anything."})
    told = over(run(address, {"lanes": LANES[:2]}))
    assert (told["state"], told["total"], told["done"], told["passed"]) == ("done", 4, 4, 3)
    cells = {(cell["case"], cell["model"]): cell for cell in told["cells"]}
    small, large = cells["c1", "openai/small"], cells["c1", "openai/large"]
    assert ([check["passed"] for check in small["checks"]], small["ok"]) == ([False, False, True], False)
    assert (large["passed"], large["ok"], large["status"]) == (3, True, "complete")
    assert large["total_ms"] >= 0
    file = FileStore(divan.data_dir).open(large["conversation"])
    first = file.tree.conversation
    assert first is not None
    assert first["testset"] == {"id": told["testset"], "run": told["id"]}
    assert [lane["system"] for lane in first["lanes"]] == ["Be brief.", "Be brief."]
    (answer,) = file.messages([large["message"]])
    assert (answer["parent"], answer["parts"][0]["text"]) == ("c1", "It is Ankara.")  # type: ignore[typeddict-item]
    row = call(f"{divan.url}/api/conversations/{large['conversation']}")[1]
    assert (row["archived"], row["title"]) == (True, "Capitals: The capital of Turkey?")
    assert call(f"{divan.url}/api/conversations")[1]["conversations"] == []


def test_a_dry_run_tells_the_cost_and_asks_nothing(divan: Divan, models: AnsweringServer) -> None:
    address = make(divan, asked_of({"kind": "judge", "value": "It names Ankara."}))
    body = {"lanes": LANES[:2], "judge": "openai/judge", "repeat": 3, "dry_run": True}
    status, told, _ = call(f"{address}/runs", "POST", body)
    assert (status, told["answers"], told["complete"]) == (200, 6, False)
    assert [(row["model"], row["requests"]) for row in told["lanes"]] == [
        ("openai/small", 3),
        ("openai/large", 3),
    ]
    assert (told["judge"]["model"], told["judge"]["requests"]) == ("openai/judge", 12)
    assert told["judge"]["input_tokens"] > told["lanes"][0]["input_tokens"] > 0
    assert models.bodies == []
    assert call(f"{address}/runs")[1]["runs"] == []


def test_each_case_is_asked_as_often_as_wanted(divan: Divan, models: AnsweringServer) -> None:
    address = make(divan, asked_of())
    told = over(run(address, {"lanes": ["openai/small"], "repeat": 3}))
    assert [(cell["round"], cell["status"]) for cell in told["cells"]] == [(n, "complete") for n in (1, 2, 3)]
    assert len({cell["conversation"] for cell in told["cells"]}) == 3
    assert set(models.counted().values()) == {3}


def test_a_judge_is_asked_twice_blind_and_the_other_way_round(divan: Divan, models: AnsweringServer) -> None:
    address = make(divan, asked_of({"kind": "judge", "value": "It names the capital."}))
    told = over(run(address, {"lanes": LANES[:2], "judge": "openai/judge"}))
    assert {cell["model"]: cell["checks"][0]["passed"] for cell in told["cells"]} == {
        "openai/small": False,
        "openai/large": True,
    }
    judged = [json.dumps(body["messages"]) for body in models.bodies if body["model"] == "judge"]
    assert len(judged) == len(set(judged)) == 4
    assert not any(name in said for said in judged for name in ("small", "large", "openai"))
    orders = Counter(said.index("<<<answer") > said.index("<<<task") for said in judged)
    assert orders == {True: 2, False: 2}


@pytest.mark.parametrize("said", ["A", "B", "Both are fine.", "The first"])
def test_a_judge_that_goes_by_the_place_gives_a_tie(start_server: Callable[..., Divan], said: str) -> None:
    with AnsweringServer(["small", "judge"], lambda model, text: said if model == "judge" else "x") as models:
        divan = start_server(env={"OPENAI_BASE_URL": models.url, "OPENAI_API_KEY": "sk-x"})
        address = make(divan, asked_of({"kind": "judge", "value": "It is short."}))
        told = over(run(address, {"lanes": ["openai/small"], "judge": "openai/judge"}))
    (cell,) = told["cells"]
    assert (cell["checks"][0]["passed"], cell["passed"], cell["ok"]) == (None, 0, False)
    assert told["lanes"][0]["undecided"] == 1


def test_one_lane_that_fails_leaves_the_others(divan: Divan) -> None:
    address = make(divan, asked_of({"kind": "contains", "value": "Ankara"}))
    told = over(run(address, {"lanes": ["openai/large", "openai/huge"]}))
    assert told["passed"] == 2
    told = over(run(address, {"lanes": ["openai/large", {"model": "echo/echo", "system": ""}]}))
    assert [cell["status"] for cell in told["cells"]] == ["complete", "complete"]
    broken = make(
        divan, {"text": "/echo fail=server_error\nx", "checks": [{"kind": "contains", "value": "x"}]}
    )
    told = over(run(broken, {"lanes": ["echo/echo", "openai/large"]}))
    statuses = {cell["model"]: (cell["status"], cell["ok"]) for cell in told["cells"]}
    assert statuses["echo/echo"] == ("failed", False)
    assert statuses["openai/large"][0] == "complete"


def test_a_run_that_is_stopped_goes_on_where_it_was(divan: Divan, models: AnsweringServer) -> None:
    cases = [{"id": f"c{number}", "text": f"slow {number}"} for number in range(60)]
    running = run(make(divan, *cases), {"lanes": LANES[:2]})
    wait_until(lambda: call(running)[1]["done"] >= 5, seconds=PATIENCE, what="some answers")
    assert call(f"{running}/stop", "POST")[1]["state"] == "stopped"
    told = over(running)
    ended = {(cell["case"], cell["model"]) for cell in told["cells"] if cell["status"] == "complete"}
    assert 5 <= len(ended) < 120
    assert call(f"{running}/stop", "POST")[1]["state"] == "stopped"
    assert call(f"{running}/resume", "POST")[1]["state"] in ("running", "done")
    told = over(running)
    assert (told["state"], told["done"]) == ("done", 120)
    counted = models.counted()
    assert {counted[model.split("/")[1], f"slow {case[1:]}"] for case, model in ended} == {1}
    assert call(f"{running}/resume", "POST")[1]["state"] == "done"


def complete(divan: Divan) -> set[tuple[str, str]]:
    """Questions and models of whose answers the files say that they are complete."""
    store = FileStore(divan.data_dir)
    found: set[tuple[str, str]] = set()
    for conversation in store.ids():
        file = store.open(conversation)
        (question,) = file.messages(file.tree.children(None))
        text = question["parts"][0]["text"]  # type: ignore[typeddict-item]
        for answer in file.messages(file.tree.children(question["id"])):
            if answer["role"] == "assistant" and answer["status"] == "complete":
                assert (text, answer["model"]) not in found, "asked twice"
                found.add((text, answer["model"]))
    return found


def test_a_run_of_200_cases_and_3_lanes_survives_a_kill_and_asks_nothing_twice(
    divan: Divan, models: AnsweringServer
) -> None:
    cases = [
        {"id": f"c{number}", "text": f"slow {number}", "checks": [{"kind": "contains", "value": "Ankara"}]}
        for number in range(200)
    ]
    running = run(make(divan, *cases), {"lanes": LANES})
    for enough in (60, 250):
        wait_until(lambda enough=enough: call(running)[1]["done"] >= enough, seconds=PATIENCE, what="a part")  # type: ignore[misc]
        divan.kill()
        ended, before = complete(divan), models.counted()
        assert enough <= len(ended) < 600
        divan.start()
    told = over(running)
    assert (told["state"], told["done"], told["total"], told["passed"]) == ("done", 600, 600, 400)
    after = models.counted()
    again = {
        one for one in ended if after[one[1].split("/")[1], one[0]] != before[one[1].split("/")[1], one[0]]
    }
    assert again == set()
    assert len(complete(divan)) == 600
    assert {cell["status"] for cell in told["cells"]} == {"complete"}


def test_what_got_worse_since_the_run_before_is_said(divan: Divan, models: AnsweringServer) -> None:
    address = make(divan, asked_of({"kind": "contains", "value": "Ankara"}))
    over(run(address, {"lanes": ["openai/large", "openai/small"]}))
    models._answer = lambda model, text: "No idea."
    told = over(run(address, {"lanes": ["openai/large", "openai/small"]}))
    assert [
        (one["model"], one["sign"], one["before"], one["now"])
        for one in told["worse"]
        if one["sign"] == "passed"
    ] == [("openai/large", "passed", 1.0, 0.0)]
    runs = call(f"{address}/runs")[1]["runs"]
    assert [len([sign for sign in row["worse"] if sign["sign"] == "passed"]) for row in runs] == [1, 0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"lanes": []}, 400),
        ({"lanes": ["openai/small"], "repeat": 0}, 400),
        ({"lanes": ["openai/small"], "repeat": 21}, 400),
        ({"lanes": [{"id": "a", "model": "openai/small"}, {"id": "a", "model": "openai/large"}]}, 400),
        ({"lanes": ["nowhere/model"], "judge": "openai/judge"}, 404),
        ({"lanes": ["openai/small"], "judge": "nowhere/model"}, 404),
        ({"lanes": ["openai/small"]}, 400),
        ({}, 400),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(divan: Divan, body: dict[str, Any], status: int) -> None:
    address = make(divan, asked_of({"kind": "judge", "value": "It is short."}))
    assert call(f"{address}/runs", "POST", body)[0] == status
    assert call(f"{address}/runs")[1]["runs"] == []


def test_a_set_can_be_read_changed_and_deleted_and_its_conversations_stay(divan: Divan) -> None:
    address = make(divan, asked_of(), name="Old")
    begun = over(run(address, {"lanes": ["openai/small"]}))
    whole = call(address)[1]
    changed = call(address, "PUT", {**whole, "name": "New", "cases": [*whole["cases"], {"text": "Second?"}]})[
        1
    ]
    assert (changed["name"], [case["text"] for case in changed["cases"]][1]) == ("New", "Second?")
    assert changed["cases"][1]["id"]
    listed = call(f"{divan.url}/api/testsets")[1]["testsets"]
    assert [(row["name"], row["cases"], row["last_run"]["id"]) for row in listed] == [("New", 2, begun["id"])]
    assert [case["text"] for case in call(f"{address}/runs/{begun['id']}")[1]["cases"]] == [
        "The capital of Turkey?"
    ]
    assert call(address, "DELETE")[0] == 204
    assert (call(address)[0], call(f"{address}/runs")[0]) == (404, 404)
    conversation = begun["cells"][0]["conversation"]
    assert call(f"{divan.url}/api/conversations/{conversation}")[0] == 200


def test_a_broken_file_is_named_in_the_list(divan: Divan) -> None:
    address = make(divan, asked_of())
    (divan.data_dir / "testsets" / "20261120-104233-k3v9x2qd.json").write_text("{")
    told = call(f"{divan.url}/api/testsets")[1]
    assert [row["name"] for row in told["testsets"]] == ["Capitals"]
    assert [row["file"] for row in told["broken"]] == ["20261120-104233-k3v9x2qd.json"]
    assert call(f"{divan.url}/api/testsets/20261120-104233-k3v9x2qd")[0] == 409
    assert call(address)[0] == 200
