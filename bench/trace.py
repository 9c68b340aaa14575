"""What Chromium's trace tells of a page: what its main thread did, and when its frames were seen."""

import bisect
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

CATEGORIES = ("toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline.frame", "cc")
LONG_MS = 50
MS = 1000
"""Traces count in microseconds."""

Event = dict[str, Any]


def quantile(values: Iterable[float], share: float) -> float:
    """Of none: 0."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Trace:
    """Of one page. Its main thread is that of the renderers' which ran most tasks."""

    def __init__(self, content: bytes) -> None:
        self._all: list[Event] = json.loads(content)["traceEvents"]
        self._main = _busiest(self._all)
        self._spans: dict[str, list[Event]] = defaultdict(list)
        for event in self._all:
            if event["ph"] == "X" and (event["pid"], event["tid"]) == self._main:
                self._spans[event["name"]].append(event)

    def tasks_ms(self, *, processor: bool = True) -> list[float]:
        """How long each task of the main thread took: of the processor (waiting for it is no work), or by the
        clock."""
        length = "tdur" if processor else "dur"
        return [event.get(length, 0) / MS for event in self._spans["ThreadControllerImpl::RunTask"]]

    def frames_ms(self) -> list[float]:
        """Processor time of each frame on the main thread: scripts, layout and paint."""
        return [event.get("tdur", 0) / MS for event in self._frames()]

    def gaps_ms(self) -> list[float]:
        """From each frame to the next, while messages came."""
        arrived = self.arrivals()
        if not arrived:
            return []
        begins = [event["ts"] for event in self._frames() if arrived[0] <= event["ts"] <= arrived[-1]]
        return [(after - before) / MS for before, after in pairwise(begins)]

    def arrivals(self) -> list[int]:
        """When messages came over the socket."""
        return sorted(
            event["ts"]
            for event in self._all
            if event["name"] == "WebSocketReceive" and (event["pid"], event["tid"]) == self._main
        )

    def painted_after_ms(self) -> list[float]:
        """From each message to the end of the next frame of the main thread: it is painted, and handed on."""
        ends = sorted((event["ts"], event["ts"] + event["dur"]) for event in self._frames())
        return list(_waits(self.arrivals(), ends))

    def shown_after_ms(self) -> list[float]:
        """From each message to the moment at which the next frame of the main thread stands on the screen."""
        return list(_waits(self.arrivals(), sorted(self._shown())))

    def _frames(self) -> Sequence[Event]:
        return self._spans["ProxyMain::BeginMainFrame"]

    def _shown(self) -> Iterable[tuple[int, int]]:
        """When the main thread began each frame, and when it stood on the screen."""
        frames: dict[Any, dict[tuple[str, str], int]] = defaultdict(dict)
        for event in self._all:
            if event["ph"] in "be" and event["pid"] == self._main[0]:
                frames[event.get("id2", {}).get("local")][event["name"], event["ph"]] = event["ts"]
        for stages in frames.values():
            begin = stages.get(("SendBeginMainFrameToCommit", "b"))
            end = stages.get(("SubmitCompositorFrameToPresentationCompositorFrame", "e"))
            if begin is not None and end is not None:
                yield begin, end


def _busiest(events: Sequence[Event]) -> tuple[int, int]:
    named = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    counts = Counter(
        (event["pid"], event["tid"]) for event in events if (event["pid"], event["tid"]) in named
    )
    return counts.most_common(1)[0][0]


def _waits(moments: Sequence[int], frames: Sequence[tuple[int, int]]) -> Iterable[float]:
    begins = [begin for begin, _ in frames]
    for moment in moments:
        at = bisect.bisect_left(begins, moment)
        if at < len(frames):
            yield (frames[at][1] - moment) / MS
