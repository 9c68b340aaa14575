"""`python -m bench.page [--rounds N] [--only PART]`: what the page costs in a real Chromium (CHROMIUM names
it), on a Divan of its own.

Of each part the best of its rounds stands in the table: what else the machine does makes the others worse.
Times of the processor hardly depend on it, those by the clock do.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bench.report import print_table, write_json
from bench.trace import CATEGORIES, LONG_MS, Trace, quantile
from tests.browser import long_conversation
from tests.services.server import Divan, migrated_database

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
WINDOW: ViewportSize = {"width": 1280, "height": 800}
TURNS = 20
LANES = ("l1", "l2", "l3")
SECONDS = 4
"""So long each lane streams."""
PASSAGE = """## A part of an answer

Some **bold** words, `code`, a [link](https://example.org) and what else a paragraph of an answer may hold, so
that it is two or three lines long in a window of the usual width, and longer beside others.

- one point, with **words** that matter
- another one
  - and one below it

```python
def greet(name: str) -> str:
    return f"Merhaba, {name}!"
```

| language | hello | letters |
|---|---|---:|
| Türkçe | Merhaba | 7 |
| Русский | Здравствуйте | 12 |

Inline $e^{i\\pi} + 1 = 0$, and on its own:

$$\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$$

"""
ANSWER = PASSAGE * 3
AWAIT_ANSWERS = """() => new Promise((done) => {
  let begun = false
  const timer = setInterval(() => {
    const turn = document.querySelector('.turn.last')
    const streams = turn?.querySelector('[data-status=streaming], [data-status=queued]')
    begun ||= Boolean(streams)
    if (begun && !streams) {
      clearInterval(timer)
      done()
    }
  }, 100)
})"""
"""Playwright's own waiting looks through the whole page many times, on the thread that is measured."""


@dataclass(frozen=True)
class Work:
    """Of the main thread, in milliseconds of the processor (`longest_clock`: by the clock). `over_50`: the
    number of longer tasks."""

    part: str
    total: float
    longest: float
    longest_clock: float
    over_50: int


@dataclass(frozen=True)
class Frames:
    """While text streams: frames in a second, and from one to the next; what each takes of the processor, on
    the main thread; and the time from a message's arrival until its words are painted, and until they are on
    the screen."""

    part: str
    fps: float
    gap_p95: float
    cpu_p50: float
    cpu_p95: float
    total: float
    painted_p50: float
    painted_p95: float
    shown_p50: float
    shown_p95: float


def work_of(part: str, trace: Trace) -> Work:
    tasks = trace.tasks_ms()
    clock = max(trace.tasks_ms(processor=False))
    return Work(
        part, round(sum(tasks)), round(max(tasks)), round(clock), sum(task > LONG_MS for task in tasks)
    )


def frames_of(part: str, trace: Trace) -> Frames:
    gaps, costs = trace.gaps_ms(), trace.frames_ms()
    painted, shown = trace.painted_after_ms(), trace.shown_after_ms()
    figures = (
        1000 * len(gaps) / sum(gaps),
        quantile(gaps, 0.95),
        *(quantile(costs, share) for share in (0.5, 0.95)),
        sum(trace.tasks_ms()),
        *(quantile(times, share) for times in (painted, shown) for share in (0.5, 0.95)),
    )
    return Frames(part, *(round(figure, 1) for figure in figures))


class Visit:
    """A browser without anything kept, at a Divan with some conversations."""

    def __init__(self, browser: Browser, divan: Divan, stored: dict[int, str]) -> None:
        self.browser = browser
        self.divan = divan
        self.stored = stored

    @contextmanager
    def page(self) -> Iterator[Page]:
        context = self.browser.new_context(viewport=WINDOW, locale="en-GB")
        yield context.new_page()
        context.close()

    @contextmanager
    def traced(self, page: Page, found: list[Trace]) -> Iterator[None]:
        self.browser.start_tracing(page=page, categories=list(CATEGORIES))
        yield
        found.append(Trace(self.browser.stop_tracing()))

    def load(self) -> Work:
        """The empty page."""
        found: list[Trace] = []
        with self.page() as page, self.traced(page, found):
            page.goto(self.divan.url)
            page.locator("#composer:focus").wait_for()
            settle(page)
        return work_of("load", found[0])

    def open(self, lanes: int) -> Work:
        """A stored conversation, on a page that has loaded."""
        found: list[Trace] = []
        with self.page() as page:
            page.goto(self.divan.url)
            row = page.locator(f"a[href='/c/{self.stored[lanes]}']").first
            row.wait_for()
            settle(page)
            with self.traced(page, found):
                row.click()
                page.locator("[data-answer]").last.get_by_text(f"answered{TURNS - 1}.").wait_for()
                settle(page)
        return work_of(f"open, {lanes} lanes" if lanes > 1 else "open", found[0])

    def stream(self, lanes: int, rate: int) -> Frames:
        found: list[Trace] = []
        with self.page() as page:
            page.goto(f"{self.divan.url}/c/{store(self.divan, lanes)}")
            page.locator("[data-answer]").last.get_by_text(f"answered{TURNS - 1}.").wait_for()
            settle(page)
            page.locator("#composer").fill(f"/echo speed={rate} length={rate * SECONDS} markdown\nGo")
            with self.traced(page, found):
                page.locator("#composer").press("Enter")
                page.evaluate(AWAIT_ANSWERS)
        return frames_of(f"{lanes} at {rate}/s", found[0])


def store(divan: Divan, lanes: int) -> str:
    return long_conversation.write(divan, TURNS, lanes=LANES[:lanes], more=ANSWER)


def settle(page: Page) -> None:
    """Until the page has nothing to do: what it does later belongs to what made it."""
    page.evaluate(
        """() => new Promise((done) =>
          requestIdleCallback(() => setTimeout(() => requestIdleCallback(done), 500)))"""
    )


PARTS: dict[str, Callable[[Visit], Work | Frames]] = {
    "load": Visit.load,
    "open": lambda visit: visit.open(1),
    "open-lanes": lambda visit: visit.open(len(LANES)),
    "words": lambda visit: visit.stream(1, 50),
    "lanes": lambda visit: visit.stream(len(LANES), 400),
}


def best(rows: Sequence[Work | Frames]) -> Work | Frames:
    return min(rows, key=lambda row: row.longest if isinstance(row, Work) else row.painted_p50)


@contextmanager
def visits(folder: Path) -> Iterator[Visit]:
    divan = Divan(folder / "server")
    migrated_database(divan.data_dir)
    with divan, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=list(FLAGS))
        yield Visit(browser, divan, {lanes: store(divan, lanes) for lanes in (1, len(LANES))})
        browser.close()


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append")
    given = parser.parse_args(words)
    wanted = given.only or list(PARTS)
    rows: dict[str, list[Work | Frames]] = {name: [] for name in wanted}
    with tempfile.TemporaryDirectory(prefix="divan-page-") as folder, visits(Path(folder)) as visit:
        for _ in range(given.rounds):
            for name in wanted:
                rows[name].append(PARTS[name](visit))
                print(".", end="", file=sys.stderr, flush=True)
    found = [best(each) for each in rows.values()]
    sections: dict[str, Sequence[Any]] = {
        "work": [row for row in found if isinstance(row, Work)],
        "frames": [row for row in found if isinstance(row, Frames)],
    }
    for title, table in sections.items():
        print_table(title, table)
    print(f"\nWritten to {write_json(sections)}")


if __name__ == "__main__":
    main()
