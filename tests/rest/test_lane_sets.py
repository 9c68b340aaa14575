"""Rows of lanes that a person keeps under a name."""

import pytest

from tests.rest.conftest import Client

LANES = [
    {"model": "echo/echo"},
    {"model": "echo/echo", "system": "Be brief.", "params": {"temperature": 0.5}},
]


@pytest.fixture
async def clean(call: Client) -> Client:
    for one in (await call("GET", "/api/lane-sets")).body["lane_sets"]:
        await call("DELETE", f"/api/lane-sets/{one['id']}")
    return call


async def test_a_set_is_kept_as_lanes_stand_and_a_conversation_can_begin_with_it(clean: Client) -> None:
    made = await clean("POST", "/api/lane-sets", {"name": "Two", "lanes": LANES, "mode": "sequential"})
    assert made.status == 201
    [kept] = (await clean("GET", "/api/lane-sets")).body["lane_sets"]
    assert kept == made.body
    assert [lane["model"] for lane in kept["lanes"]] == ["echo/echo", "echo/echo"]
    assert (kept["lanes"][1]["system"], kept["lanes"][1]["params"]) == ("Be brief.", {"temperature": 0.5})
    assert (kept["mode"], kept["history"], kept["relay"], kept["default"]) == (
        "sequential",
        "own",
        False,
        False,
    )
    begun = await clean(
        "POST", "/api/conversations", {name: kept[name] for name in ("lanes", "mode", "history")}
    )
    assert begun.body["lanes"] == kept["lanes"]


async def test_what_is_not_said_stays_and_one_alone_is_the_default(clean: Client) -> None:
    one, two = [
        (await clean("POST", "/api/lane-sets", {"name": name, "lanes": LANES, "default": True})).body
        for name in ("One", "Two")
    ]
    sets = {row["name"]: row for row in (await clean("GET", "/api/lane-sets")).body["lane_sets"]}
    assert (sets["One"]["default"], sets["Two"]["default"]) == (False, True)
    changed = await clean("PATCH", f"/api/lane-sets/{one['id']}", {"default": True, "name": "Uno"})
    assert changed.body == {**one, "name": "Uno", "default": True}
    again = await clean("PATCH", f"/api/lane-sets/{two['id']}", {"lanes": LANES[:1]})
    assert again.body["lanes"] == two["lanes"][:1]
    assert again.body["default"] is False


async def test_a_name_is_had_once_and_what_makes_no_sense_is_refused(clean: Client) -> None:
    first = await clean("POST", "/api/lane-sets", {"name": "Two", "lanes": LANES})
    other = await clean("POST", "/api/lane-sets", {"name": "Other", "lanes": LANES})
    assert (await clean("POST", "/api/lane-sets", {"name": " Two ", "lanes": LANES})).status == 409
    renamed = await clean("PATCH", f"/api/lane-sets/{other.body['id']}", {"name": "Two"})
    assert (renamed.status, renamed.body["error"]["code"]) == (409, "conflict")
    for wrong in (
        {"name": "", "lanes": LANES},
        {"name": "x", "lanes": []},
        {"name": "x", "lanes": [{"model": "no-server"}]},
        {"name": "x", "lanes": LANES, "mode": "fast"},
        {"name": "x\x00", "lanes": LANES},
        {"name": "x"},
    ):
        assert (await clean("POST", "/api/lane-sets", wrong)).status in (400, 422), wrong
    assert (await clean("DELETE", f"/api/lane-sets/{first.body['id']}")).status == 204
    assert (await clean("DELETE", f"/api/lane-sets/{first.body['id']}")).status == 404
    assert (await clean("PATCH", "/api/lane-sets/99999", {"name": "x"})).status == 404
