"""Whatever somebody makes of a run's lines, in whichever home: it is read as far as it makes sense, or said
to be damaged, and never a fault of the server."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.doors.rest.testsets import WholeRun
from chat.testsets import stored_runs, stored_sets
from chat.testsets.results import describe_run, find_regressions
from chat.testsets.stored_runs import StoredRun
from chat.testsets.stored_sets import DamagedSetError
from conversations.store.base import Store
from tests.conversations.store.test_testsets import RUN, SET

LANES = [{"id": "l1", "model": "echo/echo"}, {"id": "l2", "model": "ollama/qwen3:8b", "system": "Be short."}]
CHECKS = [{"kind": "contains", "value": "4"}]
CASES = [{"id": f"c{number}", "text": "2+2?", "checks": CHECKS} for number in range(3)]
CONVERSATION = "20261121-090001-bbbbbbbb"


def result(case: str, lane: str) -> dict[str, Any]:
    return {
        "type": "result",
        "case": case,
        "round": 1,
        "lane": lane,
        "conversation": CONVERSATION,
        "message": "m1",
        "model": "echo/echo",
        "status": "complete",
        "checks": [{"kind": "contains", "passed": True}],
        "passed": 1,
        "total_ms": 100,
        "first_token_ms": None,
        "usd": 0.5,
        "output": 7,
    }


RECORDS: list[dict[str, Any]] = [
    {
        "type": "run",
        "format": 1,
        "id": RUN,
        "testset": SET,
        "owner": "local",
        "at": "2026-11-21T09:00:00.000Z",
        "name": "Sums",
        "lanes": LANES,
        "judge": None,
        "repeat": 1,
        "language": "en",
        "cases": CASES,
    },
    *({"type": "asked", "case": case["id"], "round": 1, "conversation": CONVERSATION} for case in CASES),
    *(result(str(case["id"]), lane["id"]) for case in CASES for lane in LANES),
    {"type": "stopped", "reason": ""},
    {"type": "resumed"},
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def lines(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reads a run that holds these bytes."""
    for module in (stored_sets, stored_runs):
        monkeypatch.setattr(module, "current_testsets", lambda: store.testsets)
    store.testsets.create(SET, b"{}")

    def read(data: bytes) -> StoredRun | None:
        store.testsets.begin_run(SET, RUN, data).release()
        try:
            found = stored_runs.read(SET, RUN)
        except DamagedSetError:
            return None
        finally:
            store.testsets.delete_run(SET, RUN)
        WholeRun.model_validate({**describe_run(found), "worse": find_regressions(found, [found])})
        with suppress(DamagedSetError):
            stored_runs.check_askable(found)
        return found

    return read


def written(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def cell(record: dict[str, Any]) -> list[Any]:
    return [record.get(name) for name in ("case", "lane", "round")]


def test_of_a_torn_run_every_whole_line_counts(lines: Any) -> None:
    data = written(RECORDS)
    assert lines(data).state == "done"
    for cut in range(1, len(data), 61):
        found = lines(data[:cut])
        whole = data[:cut].count(b"\n")
        # The last byte of a line is not missed.
        whole += data[cut : cut + 1] == b"\n"
        if whole == 0:
            assert found is None
        else:
            results = [one for one in RECORDS[:whole] if one["type"] == "result"]
            assert list(found.results.values()) == results


def test_a_garbled_run_is_read_as_far_as_it_makes_sense(lines: Any) -> None:
    @settings(max_examples=200, deadline=None)
    @given(st.integers(0, len(RECORDS) - 1), st.data())
    def check(place: int, data: st.DataObject) -> None:
        records = json.loads(json.dumps(RECORDS))
        garbled: Any = records[place]
        garbled_line = garbled
        while True:
            name = data.draw(st.sampled_from(sorted(garbled)) if isinstance(garbled, dict) else st.just(0))
            inner = garbled[name]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
                break
            garbled = inner
        garbled[name] = data.draw(VALUES)
        found = lines(written(records))
        assert found is not None or place == 0
        if found is not None:
            kept = list(found.results.values())
            others = [one for number, one in enumerate(RECORDS) if number != place]
            # Not by whether it is among those that were written: to Python `True` is 1.
            assert all(
                one in kept for one in others if one["type"] == "result" and cell(one) != cell(garbled_line)
            )

    check()


def test_bytes_in_the_middle_are_no_lines(lines: Any) -> None:
    whole = written(RECORDS)

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, len(whole)), st.integers(0, 200), st.binary(max_size=20))
    def check(at: int, gone: int, put: bytes) -> None:
        lines(whole[:at] + put + whole[at + gone :])

    check()
