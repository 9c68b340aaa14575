"""What refusals teach, in the words of many services."""

import orjson
import pytest

from providers.learning.facts import Fact
from providers.learning.refusals import facts_in
from providers.types import ServerConfig
from providers.wire.failures import http_failure
from tests.providers.learning import wordings
from tests.providers.learning.wordings import Refused

SERVER = ServerConfig("s", "openai", "http://s.test")


def taught(refused: Refused) -> frozenset[str]:
    error = http_failure(SERVER, refused.status, orjson.dumps(refused.body))
    return frozenset(in_short(fact) for fact in facts_in(error, refused.sent) if fact.kind != "density")


def in_short(fact: Fact) -> str:
    if fact.kind == "refused":
        return f"{fact.field} refused"
    return f"{fact.field or fact.kind} {fact.value:g}"


@pytest.mark.parametrize("refused", wordings.ALL, ids=lambda refused: str(refused.body)[:100])
def test_a_refusal_teaches_what_it_names(refused: Refused) -> None:
    assert taught(refused) == refused.teaches
