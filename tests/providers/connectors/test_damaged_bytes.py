"""Bytes that no server should send: a person sees a typed failure or what can be read, and nothing else."""

import random

from providers.types import ReasoningDelta, TextDelta
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import Call, Counts, End, Say, Scenario, Think
from tests.upstreams.wire import Wire

ROUNDS = 150
STEPS = (Think("Hm. "), Say("Hello "), Say("there"), Call("f", {"a": 1}), End("tool_calls", Counts(11, 7)))
SCRAPS = [
    b"null",
    b"[]",
    b"{}",
    b"5",
    b'"x"',
    b"true",
    b"\n\n",
    b"\r",
    b"data: ",
    b"\xff\xfe",
    b"\x00",
    b"NaN",
]


def whole(wire: Wire) -> bytes:
    plain = Scenario()
    frames = [wire.frame(payload, plain) for payload in wire.opening()]
    frames += [frame for step in STEPS for frame in wire.frames(step, plain)]
    return b"".join(frames) + (wire.frame(wire.closing(), plain) if wire.closing() else b"")


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One to three cuts, doublings, exchanges of a JSON value or of bytes."""
    for _ in range(chance.randint(1, 3)):
        at, length = chance.randrange(len(data)), chance.randint(1, 30)
        match chance.randrange(5):
            case 0:
                data = data[:at] + data[at + length :]
            case 1:
                data = data[:at] + data[at : at + length] + data[at:]
            case 2:
                data = data[:at] + chance.choice(SCRAPS) + data[at + length :]
            case 3:
                data = data[:at] or b"\n"
            case _:
                values = [i for i, byte in enumerate(data) if byte in b":["]
                at = chance.choice(values or [0]) + 1
                end = min((i for i in range(at, len(data)) if data[i] in b",}]"), default=at)
                data = data[:at] + chance.choice(SCRAPS[:6]) + data[end:]
    return data


async def test_damaged_answers_never_break_a_connector(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(one_wire)
    # A fixed seed: the same damage each time, so that a failure can be looked at.
    chance = random.Random(one_wire.name)
    good = whole(one_wire)
    upstream.play(Scenario(body=good, content_type=one_wire.content_type))
    assert (await hear(connector, asking(one_wire.model))).text == "Hello there"
    broken = {}
    for number in range(ROUNDS):
        bad = damaged(good, chance)
        upstream.play(Scenario(body=bad, content_type=one_wire.content_type))
        heard = await hear(connector, asking(one_wire.model))
        odd = [
            e for e in heard.events if isinstance(e, TextDelta | ReasoningDelta) and type(e.text) is not str
        ]
        if odd or heard.code == "internal" or (heard.error is None) != (heard.done is not None):
            broken[number] = (heard.error, bad)
    assert broken == {}
