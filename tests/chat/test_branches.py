"""Ways through a conversation: named, and gone on from in a new one."""

from typing import Any

from tests.chat.test_answers import ECHO, begin, records_on_disk
from tests.services.server import Divan
from tests.services.wire import Wire, wire


async def two_turns(page: Wire) -> dict[str, Any]:
    first = await begin(page, "one", lanes=[*ECHO, *ECHO])
    for answer in first["answers"]:
        await page.answer(answer)
    second = await page.ask("send", conversation=first["conversation"], text="two")
    for answer in second["answers"]:
        await page.answer(answer)
    return {"conversation": first["conversation"], "first": first, "second": second}


async def test_a_fork_holds_the_turns_to_its_message_and_goes_on_by_itself(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        told = await two_turns(page)
        loser, winner = told["first"]["answers"]
        await page.ask("vote", conversation=told["conversation"], message=winner, preferred_over=[loser])
        fork = await page.ask("fork", conversation=told["conversation"], message=winner)
        copy = await page.ask("open", conversation=fork["conversation"])
        more = await page.ask("send", conversation=fork["conversation"], text="elsewhere")
        await page.answer(more["answers"][0])
    before = [line for line in records_on_disk(standing, told["conversation"]) if line["type"] == "message"]
    copied = [record for record in copy["records"] if record["type"] == "message"]
    asked = next(r for r in records_on_disk(standing, fork["conversation"]) if r.get("id") == more["message"])
    assert copy["records"][0]["forked_from"] == {"conversation": told["conversation"], "message": winner}
    assert copied == [line for line in before if line["id"] in (told["first"]["message"], loser, winner)]
    assert [r["preferred_over"] for r in copy["records"] if r["type"] == "vote"] == [[loser]]
    assert asked["parent"] == winner
    assert len(before) == 6, "the conversation it came from is as it was"


async def test_a_vote_names_only_answers_to_the_same_message(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        told = await two_turns(page)
        fields = {"conversation": told["conversation"], "message": told["first"]["answers"][0]}
        refused = await page.ask("vote", **fields, preferred_over=[told["second"]["answers"][0]])
        itself = await page.ask("vote", **fields, preferred_over=[told["first"]["answers"][0]])
    assert [refused["code"], itself["code"]] == ["invalid", "invalid"]


async def test_a_message_that_is_asked_blind_says_so_and_one_lane_cannot_be(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        blind = await begin(page, "who?", lanes=[*ECHO, *ECHO], blind=True)
        alone = await begin(page, "you?", blind=True)
        for answer in [*blind["answers"], *alone["answers"]]:
            await page.answer(answer)
        await page.ask("settings", conversation=blind["conversation"], blind=False)
        seeing = await page.ask("send", conversation=blind["conversation"], text="and now?")
    asked = {line.get("id"): line for line in records_on_disk(standing, blind["conversation"])}
    asked |= {line.get("id"): line for line in records_on_disk(standing, alone["conversation"])}
    assert asked[blind["message"]]["blind"] is True
    assert "blind" not in asked[alone["message"]]
    assert "blind" not in asked[seeing["message"]]
