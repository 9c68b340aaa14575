"""Own votes count where a model is suggested: read from the index, as conversations leave them."""

import pytest

from chat.actions.votes import votes_of
from conversations.models import Conversation, Response
from providers.suggestions.experience import experience_of

pytestmark = pytest.mark.django_db(transaction=True)
AT = "2026-11-21T10:00:00Z"


def answered(
    owner: str, message: str, model: str, vote: int | None = None, over: list[str] | None = None
) -> None:
    conversation, _made = Conversation.objects.get_or_create(
        id=f"20261121-100000-{owner:a>8}", defaults={"owner": owner, "created": AT, "updated": AT}
    )
    Response.objects.create(
        owner=owner,
        conversation=conversation,
        message=message,
        lane="l",
        model=model,
        server=model.partition("/")[0],
        status="complete",
        at=AT,
        cost_source="free",
        vote=vote,
        preferred_over=over,
    )


@pytest.fixture
def voted() -> None:
    answered("ada", "a1", "s/one", 1)
    answered("ada", "a2", "s/one", -1)
    answered("ada", "a3", "s/two")
    answered("ada", "a4", "s/three", over=["a3", "a1"])
    answered("bob", "b1", "s/two", 1)


async def test_votes_are_counted_for_whoever_gave_them(voted: None) -> None:
    assert await votes_of("ada") == {"s/one": (1, 2), "s/two": (0, 1), "s/three": (1, 0)}
    assert await votes_of("bob") == {"s/two": (1, 0)}
    assert await votes_of("nobody") == {}


async def test_suggestions_are_told_of_the_votes(voted: None) -> None:
    seen = await experience_of("ada")
    assert (seen["s/one"].likes, seen["s/one"].dislikes) == (1, 2)
