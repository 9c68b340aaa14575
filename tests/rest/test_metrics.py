"""Figures and the leaderboard over HTTP, of answers that were given and judged over the socket's commands."""

import codecs
import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import aiohttp
import pytest

from chat.doors.rest.metrics import Decimal, as_csv
from conversations.metrics.figures import empty_row
from tests.rest.conftest import Client
from tests.services.server import Divan

ECHO = "echo/echo"
NOTHING: dict[str, Any] = {"rows": [], "kinds": {}, "languages": {}}


@pytest.fixture
async def cem(divan: Divan) -> AsyncIterator[Client]:
    """Somebody without answers, who is no administrator."""
    make = "from django.contrib.auth.models import User; User.objects.get_or_create(username='cem')"
    divan.manage("shell", "-c", make)
    token = divan.manage("create_token", "cem").strip().splitlines()[-1]
    async with aiohttp.ClientSession(divan.url, headers={"Authorization": f"Bearer {token}"}) as http:
        yield Client(http)


async def lanes(client: Client) -> list[dict[str, str]]:
    """`echo`, and a model that the other server lists."""
    listed = (await client("GET", "/api/models")).body["models"]["openai"]
    return [{"model": ECHO}, {"model": f"openai/{listed[0]['id']}"}]


async def compared(client: Client, **vote: Any) -> list[str]:
    """Two answers to a blind message, the first judged against the second. Returns their ids."""
    made = await client("POST", "/api/conversations", {"lanes": await lanes(client), "blind": True})
    conversation = made.body["id"]
    await client("PATCH", f"/api/conversations/{conversation}", {"tags": ["metrics"]})
    said = await client(
        "POST", f"/api/conversations/{conversation}/messages", {"text": "/echo length=20\nhi"}
    )
    ids = [answer["id"] for answer in sorted(said.body["answers"], key=lambda answer: answer["model"])]
    fields = {name: ids[1:] if name != "value" else value for name, value in vote.items()}
    command = {"type": "vote", "conversation": conversation, "message": ids[0], **fields}
    judged = await client("POST", "/api/chat/commands", command)
    assert judged.status == 200, judged.body
    return ids


async def test_figures_and_ratings_follow_what_was_answered_and_voted(cem: Client) -> None:
    other = (await lanes(cem))[1]["model"]
    nothing = await cem("GET", "/api/metrics")
    assert (nothing.status, nothing.body["rows"], nothing.body["before"]) == (200, [], [])
    assert (await cem("GET", "/api/leaderboard")).body == NOTHING
    for vote in ({"preferred_over": 1}, {"tie": 1}, {"both_bad": 1}, {"value": -1}):
        await compared(cem, **vote)
    rows = {row["key"]: row for row in (await cem("GET", "/api/metrics?by=model")).body["rows"]}
    assert rows["echo/echo"]["votes"] == {"up": 0, "down": 1, "won": 1, "lost": 0, "tied": 2}
    assert rows[other]["votes"] == {"up": 0, "down": 0, "won": 0, "lost": 1, "tied": 2}
    assert rows["echo/echo"]["answers"] == rows["echo/echo"]["complete"] == 4
    board = (await cem("GET", "/api/leaderboard?blind=blind&tag=metrics")).body["rows"]
    assert [(row["model"], row["games"], row["enough"]) for row in board] == [
        ("echo/echo", 3, False),
        (other, 3, False),
    ]
    assert board[0]["low"] <= board[0]["rating"] <= board[0]["high"]
    assert (await cem("GET", "/api/leaderboard?blind=open")).body == NOTHING
    lines = list(
        csv.DictReader(StringIO((await cem("GET", "/api/metrics?by=server&format=csv")).body.decode()))
    )
    assert {(line["key"], line["answers"], line["votes_tied"]) for line in lines} == {
        ("echo", "4", "2"),
        ("openai", "4", "2"),
    }


async def test_a_leaderboard_is_narrowed_to_a_kind_and_a_language_of_questions(cem: Client) -> None:
    made = await cem("POST", "/api/conversations", {"lanes": await lanes(cem)})
    where = f"/api/conversations/{made.body['id']}/messages"
    said = await cem("POST", where, {"text": "Bana deniz için kısa bir şiir yaz"})
    one, two = (answer["id"] for answer in said.body["answers"])
    vote = {"type": "vote", "conversation": made.body["id"], "message": one, "preferred_over": [two]}
    await cem("POST", "/api/chat/commands", vote)

    async def games(query: str) -> int:
        return sum(row["games"] for row in (await cem("GET", f"/api/leaderboard?{query}")).body["rows"])

    told = (await cem("GET", "/api/leaderboard")).body
    assert (told["kinds"]["writing"], told["languages"]["tr"]) == (1, 1)
    assert [await games(query) for query in ("kind=writing", "language=tr", "kind=writing&language=tr")] == [
        2
    ] * 3
    assert [await games(query) for query in ("kind=code&language=tr", "kind=writing&language=en")] == [0, 0]
    assert (await cem("GET", "/api/leaderboard?kind=colour")).status in (400, 422)


async def test_by_purpose_answers_stand_beside_what_else_was_asked(cem: Client, divan: Divan) -> None:
    other = (await lanes(cem))[1]["model"]
    await cem("POST", "/v1/embeddings", {"model": other, "input": "hi"})
    made = await cem("POST", "/api/conversations", {"lanes": await lanes(cem)})
    await cem("POST", f"/api/conversations/{made.body['id']}/messages", {"text": "hi"})
    rows = {row["key"]: row for row in (await cem("GET", "/api/metrics?by=purpose")).body["rows"]}
    answers = (await cem("GET", "/api/metrics?by=model")).body["rows"]
    assert rows["answer"]["answers"] == sum(row["answers"] for row in answers)
    assert rows["embedding"]["answers"] == 1
    assert rows["embedding"]["total_ms"] == {"p50": None, "p95": None}
    narrowed = (await cem("GET", "/api/metrics?by=purpose&server=echo")).body["rows"]
    assert [row["key"] for row in narrowed] == ["answer"]


async def test_by_day_as_well_is_what_would_be_told_by_day_alone(cem: Client) -> None:
    await compared(cem, preferred_over=1)
    until = "until=2100-01-01&since=2026-01-01"
    both = (await cem("GET", f"/api/metrics?by=model&daily=true&{until}")).body
    alone = [(await cem("GET", f"/api/metrics?by={by}&{until}")).body for by in ("model", "day")]
    assert [both["rows"], both["daily"]["rows"]] == [told["rows"] for told in alone]
    assert [both["before"], both["daily"]["before"]] == [told["before"] for told in alone]
    assert both["daily"]["rows"]
    assert alone[0]["daily"] is None


FORMULAS = [
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u202e=1",
    "\ufeff\u200b@x",
    "＝1",
]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    """A folder's or a tag's, and what a model server said of itself."""
    row = {
        "key": name,
        **empty_row(),
        "served_by": {name: 2},
        "version": {f"{name},x": 1},
        "errors": {name: 1},
    }
    [line] = csv.DictReader(StringIO(as_csv([row])))
    assert line["key"] == f"'{name}"
    assert [line[column][0] for column in ("served_by", "version", "errors")] == ["'"] * 3


@pytest.mark.parametrize(
    "name", ["a,b", 'a"b', "a\nb", "a\r\nb", "שלום, עולם", "a=b", "", "x-1", "Öğrenme; 'not'"]
)
def test_any_name_comes_back_from_a_table_as_it_was(name: str) -> None:
    [line] = csv.DictReader(StringIO(as_csv([{"key": name, **empty_row()}]), newline=""))
    assert line["key"] == name


def test_a_table_without_rows_still_names_its_columns() -> None:
    rows = [{"key": "x", **empty_row()}]
    assert as_csv([]) == as_csv(rows).splitlines(keepends=True)[0]


@pytest.mark.parametrize(("decimal", "separator", "cost"), [("comma", ";", "0,25"), ("point", ",", "0.25")])
def test_a_table_for_a_spreadsheet_is_written_as_its_country_writes_numbers(
    decimal: Decimal, separator: str, cost: str
) -> None:
    row = {"key": "Öğrenme; a,b 1.5", **empty_row(), "usd": 0.25, "answers": 1_000}
    data = as_csv([row], decimal).encode()
    assert data.startswith(codecs.BOM_UTF8)
    [line] = csv.DictReader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator)
    assert [line[name] for name in ("key", "usd", "answers")] == [row["key"], cost, "1000"]


async def test_a_table_says_its_encoding_where_a_decimal_sign_is_asked_for_alone(cem: Client) -> None:
    for query, first in (("", b"key,answers,"), ("&decimal=comma", codecs.BOM_UTF8 + b"key;answers;")):
        async with cem.http.get(f"/api/metrics?format=csv{query}") as answer:
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert (await answer.read()).startswith(first)
    assert (await cem("GET", "/api/metrics?format=csv&decimal=dot")).status == 400


async def test_a_second_vote_on_a_turn_that_was_blind_is_open(cem: Client) -> None:
    def of_blind(body: dict[str, Any]) -> int:
        return sum(row["games"] for row in body["rows"])

    before = of_blind((await cem("GET", "/api/leaderboard?blind=blind")).body)
    made = await cem("POST", "/api/conversations", {"lanes": await lanes(cem), "blind": True})
    said = await cem("POST", f"/api/conversations/{made.body['id']}/messages", {"text": "hi"})
    one, two = (answer["id"] for answer in said.body["answers"])
    for message, other in ((one, two), (two, one)):
        vote = {
            "type": "vote",
            "conversation": made.body["id"],
            "message": message,
            "preferred_over": [other],
        }
        await cem("POST", "/api/chat/commands", vote)
    # The second takes the first's place, and was given when the names were shown.
    assert of_blind((await cem("GET", "/api/leaderboard?blind=blind")).body) == before


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("since=2026-11-20&until=2026-11-29", "2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z"),
        (
            "since=2026-11-20&until=2026-11-29&timezone=Europe/Istanbul",
            "2026-11-19T21:00:00Z",
            "2026-11-29T21:00:00Z",
        ),
        (
            "since=2026-11-20T00:00:00Z&until=2026-11-29T00:00:00Z",
            "2026-11-20T00:00:00Z",
            "2026-11-29T00:00:00Z",
        ),
        (
            "since=2026-11-20T10:00:00&until=2026-11-29T10:00:00&timezone=Asia/Kolkata",
            "2026-11-20T04:30:00Z",
            "2026-11-29T04:30:00Z",
        ),
    ],
)
async def test_a_day_is_meant_whole_and_a_moment_as_it_stands(
    cem: Client, query: str, since: str, until: str
) -> None:
    told = (await cem("GET", f"/api/metrics?{query}")).body
    assert (told["since"], told["until"]) == (since, until)


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-13-45",
        "since=2026-11-29&until=2026-11-28",
        "since=yesterday",
        "by=colour",
        "timezone=Mars/Base",
        "timezone=../../etc/passwd",
        "since=0001-01-01&until=9999-12-31",
        "until=9999-12-31T23:59:59Z&since=0001-01-02",
        "format=xml",
    ],
)
async def test_what_makes_no_sense_is_refused_clearly(cem: Client, query: str) -> None:
    refused = await cem("GET", f"/api/metrics?{query}")
    assert refused.status in (400, 422)
    assert refused.body["error"]["code"] == "invalid"


async def test_a_leaderboard_of_all_time_is_no_fault_of_the_server(cem: Client) -> None:
    for since in ("0001-01-01T00:00:00%2B05:00", "9999-12-31T23:59:59-05:00", "9999-12-31"):
        assert (await cem("GET", f"/api/leaderboard?since={since}")).status in (200, 400, 422), since


@pytest.mark.parametrize(
    "query",
    [
        "model=%00",
        "server=%00&model=x",
        f"model={'x' * 3_000}&by=purpose",
        "timezone=Europe/Istanbul&by=week",
        "by=day",
        "since=2028-02-29&until=2028-02-29",
        "since=2026-03-29&until=2026-03-29&timezone=Europe/Berlin&by=day",
        "since=1970-01-01&until=2100-01-01&timezone=Pacific/Apia&by=week",
    ],
)
async def test_odd_and_plain_questions_are_answered(cem: Client, query: str) -> None:
    assert (await cem("GET", f"/api/metrics?{query}")).status == 200


async def test_the_figures_of_everybody_are_for_administrators(cem: Client, call: Client) -> None:
    refused = await cem("GET", "/api/metrics?everyone=true")
    assert (refused.status, refused.body["error"]["code"]) == (403, "forbidden")
    assert (await call("GET", "/api/metrics?everyone=true")).status == 200


async def test_a_vote_is_one_thing_and_names_answers_to_its_message(cem: Client) -> None:
    ids = await compared(cem, tie=1)
    made = await cem("POST", "/api/conversations", {"lanes": await lanes(cem)})
    said = await cem("POST", f"/api/conversations/{made.body['id']}/messages", {"text": "hi"})
    one, two = (answer["id"] for answer in said.body["answers"])
    start = {"type": "vote", "conversation": made.body["id"], "message": one}
    for wrong in (
        {},
        {"value": 1, "tie": [two]},
        {"tie": [two], "both_bad": [two]},
        {"tie": [ids[0]]},
        {"tie": [one]},
    ):
        assert (await cem("POST", "/api/chat/commands", {**start, **wrong})).status in (400, 422)
