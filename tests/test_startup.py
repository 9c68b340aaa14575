import gc
from collections.abc import Iterator

import pytest

from chatbot_project.startup import NEW_OBJECTS, freeze_loaded_objects


@pytest.fixture
def collector() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("collector")
def test_what_is_loaded_is_gone_through_no_more() -> None:
    loaded = len(gc.get_objects())
    freeze_loaded_objects()
    assert len(gc.get_objects()) < loaded / 10
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_the_collector_looks_at_ten_thousand_new_objects_at_once_and_finds_the_rubbish() -> None:
    freeze_loaded_objects()
    looks = gc.get_stats()[0]["collections"]
    kept = [[number] for number in range(NEW_OBJECTS // 2)]
    assert gc.get_stats()[0]["collections"] == looks
    found = gc.get_stats()[0]["collected"]
    for _ in range(2 * NEW_OBJECTS):
        rubbish: list[object] = []
        rubbish.append(rubbish)
    assert gc.get_stats()[0]["collected"] >= found + NEW_OBJECTS // 2
    assert len(kept) == NEW_OBJECTS // 2
