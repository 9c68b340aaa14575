"""Figures of this process since its start. An answer is counted once, at its end: nothing here runs for a
token. What stands at the moment is looked at when somebody asks."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chat import consumers
from chat.engine import current_engine
from chat.engine.answers.answer import Answer
from chat.engine.room import Room
from chatbot_project.monitoring.labels import asked_of
from providers import limits
from providers.costs.prices import Cost
from providers.types import Usage

FIRST_TOKEN_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
TOTAL_S = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
BY_MODEL = ("server", "model")
BY_STATUS = (*BY_MODEL, "status")


class Figures:
    """Counters and histograms, and `now`: what stood at the last look."""

    def __init__(self) -> None:
        self.registry = made = CollectorRegistry()
        self._answers = Counter(
            "divan_answers", "Answers of conversations that have ended.", BY_STATUS, registry=made
        )
        self._errors = Counter(
            "divan_errors", "Answers that failed, by the error's code.", BY_STATUS, registry=made
        )
        self._first_token = Histogram(
            "divan_first_token_seconds",
            "From asking a model to its first word.",
            BY_MODEL,
            buckets=FIRST_TOKEN_S,
            registry=made,
        )
        self._total = Histogram(
            "divan_answer_seconds", "Of whole answers.", BY_MODEL, buckets=TOTAL_S, registry=made
        )
        self._requests = Counter(
            "divan_requests",
            "Requests to models: answers, titles, summaries, vectors, those of /v1.",
            BY_STATUS,
            registry=made,
        )
        self._input = Counter("divan_input_tokens", "Of all requests.", BY_MODEL, registry=made)
        self._output = Counter("divan_output_tokens", "Of all requests.", BY_MODEL, registry=made)
        self._cost = Counter(
            "divan_cost_usd", "Of all requests whose price is known.", BY_MODEL, registry=made
        )
        self.now = Now()
        made.register(self.now)
        ProcessCollector(registry=made)

    def count_answer(self, _room: Room, answer: Answer) -> None:
        """Called with each answer that has its record."""
        if (record := answer.record) is None:
            return
        asked, timing = asked_of(record["model"]), record["timing"]
        self._answers.labels(*asked, record["status"]).inc()
        if "error" in record:
            self._errors.labels(*asked, record["error"]["code"]).inc()
        if (first := timing["first_token_ms"]) is not None:
            self._first_token.labels(*asked).observe(first / 1000)
        if (total := timing["total_ms"]) is not None:
            self._total.labels(*asked).observe(total / 1000)

    def count_request(self, ref: str, usage: Usage, cost: Cost, failed: bool) -> None:
        """Called with each request to a model, whoever asked it and for what."""
        asked = asked_of(ref)
        self._requests.labels(*asked, "failed" if failed else "complete").inc()
        self._input.labels(*asked).inc(usage.input or 0)
        self._output.labels(*asked).inc(usage.output or 0)
        self._cost.labels(*asked).inc(cost.usd or 0.0)


class Now(Collector):
    """The gauges, as they were when `look` was last called, on the event loop that serves."""

    def __init__(self) -> None:
        self._answering = self._sockets = 0
        self._queues: Mapping[str, limits.Load] = {}

    def look(self) -> None:
        self._answering = len(current_engine().answers)
        self._sockets = consumers.count_sockets()
        self._queues = limits.slots().loads()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "divan_streams", "Answers that stream, or wait for a server.", value=self._answering
        )
        yield GaugeMetricFamily("divan_sockets", "Open WebSockets.", value=self._sockets)
        running = GaugeMetricFamily(
            "divan_running_requests", "Requests that a server works on.", labels=("server",)
        )
        waiting = GaugeMetricFamily(
            "divan_waiting_requests", "Requests in the queue of a server.", labels=("server",)
        )
        for server, load in self._queues.items():
            running.add_metric([server], load.running)
            waiting.add_metric([server], load.waiting)
        yield running
        yield waiting
