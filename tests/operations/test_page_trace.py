"""What the page's benchmark reads out of a browser's trace."""

import json
from typing import Any

import pytest

from bench.trace import Trace, quantile

PAGE, OTHER = 7, 8


def on_main(
    name: str, at_ms: float, took_ms: float = 0, cpu_ms: float = 0, page: int = PAGE
) -> dict[str, Any]:
    times = {"ts": at_ms * 1000, "dur": took_ms * 1000, "tdur": cpu_ms * 1000}
    return {"name": name, "ph": "X", "pid": page, "tid": 1, **times}


def stage(name: str, phase: str, at_ms: float, frame: str) -> dict[str, Any]:
    return {"name": name, "ph": phase, "pid": PAGE, "tid": 2, "ts": at_ms * 1000, "id2": {"local": frame}}


def shown(frame: str, begin_ms: float, seen_ms: float) -> list[dict[str, Any]]:
    return [
        stage("SendBeginMainFrameToCommit", "b", begin_ms, frame),
        stage("SubmitCompositorFrameToPresentationCompositorFrame", "e", seen_ms, frame),
    ]


def main_thread(page: int) -> dict[str, Any]:
    args = {"name": "CrRendererMain"}
    return {"name": "thread_name", "ph": "M", "pid": page, "tid": 1, "ts": 0, "args": args}


@pytest.fixture
def trace() -> Trace:
    events = [
        main_thread(PAGE),
        main_thread(OTHER),
        on_main("ThreadControllerImpl::RunTask", 1, 90, 60),
        on_main("ThreadControllerImpl::RunTask", 100, 5, 4),
        on_main("ThreadControllerImpl::RunTask", 1, 900, 900, page=OTHER),
        *(on_main("WebSocketReceive", at) for at in (10, 12, 30, 62)),
        *(on_main("ProxyMain::BeginMainFrame", at, 6, 4) for at in (16, 32, 48, 64)),
        *shown("a", 16, 40),
        *shown("b", 32, 52),
        *shown("c", 64, 90),
    ]
    return Trace(json.dumps({"traceEvents": events}).encode())


def test_tasks_are_those_of_the_pages_main_thread_alone(trace: Trace) -> None:
    assert trace.tasks_ms() == [60, 4]
    assert trace.tasks_ms(processor=False) == [90, 5]


def test_words_are_painted_with_the_frame_after_their_message(trace: Trace) -> None:
    assert trace.painted_after_ms() == [12, 10, 8, 8]
    assert trace.shown_after_ms() == [30, 28, 22, 28]


def test_frames_are_counted_while_messages_come(trace: Trace) -> None:
    assert trace.gaps_ms() == [16, 16]
    assert trace.frames_ms() == [4, 4, 4, 4]


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert quantile([], 0.95) == 0
    assert quantile([3, 1, 2], 0.5) == 2
