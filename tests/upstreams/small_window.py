"""A model server with a small window and a vocabulary that is bad at the language that is spoken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.upstreams.script import Counts, End, Fail, Say, Scenario, refusal, scenario

TOKENS_A_CHARACTER = 298 / 356
"""Counted on Turkish by a small model."""
ANSWER = "Kırmızı defterin üçüncü sayfasındaki çizelgeye göre öğleden sonra üç vagonluk yük gelecek. " * 3


def numbers_of_vllm(sent: int, wanted: int, window: int) -> Any:
    text = (
        f"'max_tokens' or 'max_completion_tokens' is too large: {wanted}. This model's maximum context "
        f"length is {window} tokens and your request has {sent} input tokens ({wanted} > {window} - {sent})."
    )
    return {"error": {"message": text, "type": "BadRequestError", "param": "max_tokens", "code": 400}}


def numbers_of_llama(sent: int, wanted: int, window: int) -> Any:
    return {
        "error": {
            "code": 400,
            "message": f"request ({sent} tokens) exceeds the available context size ({window} tokens)",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": sent,
            "n_ctx": window,
        }
    }


def no_numbers(sent: int, wanted: int, window: int) -> Any:
    return {
        "error": {"message": "Input is too long for the context length of the requested model.", "code": 400}
    }


@dataclass
class SmallWindow:
    """`says`: the body of a refusal. `counts_limit`: a question and its longest answer have to fit together;
    else an answer that fills the window breaks off. `refused`: how many requests were."""

    window: int = 2048
    says: Callable[[int, int, int], Any] = numbers_of_llama
    counts_limit: bool = False
    counts: bool = True
    refused: int = 0

    def reply(self, body: Mapping[str, Any]) -> Scenario:
        sent = tokens_in("".join(str(message["content"]) for message in body["messages"]))
        wanted = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        if sent + (wanted if self.counts_limit else 1) > self.window:
            self.refused += 1
            return refusal(400, self.says(sent, wanted, self.window))
        room = self.window - sent
        counts = Counts(sent, min(room, tokens_in(ANSWER))) if self.counts else Counts()
        if wanted and wanted < min(room, tokens_in(ANSWER)):
            return scenario(Say(ANSWER[: int(wanted / TOKENS_A_CHARACTER)]), End("length", counts))
        if tokens_in(ANSWER) > room:
            said = ANSWER[: int(room / TOKENS_A_CHARACTER)]
            return scenario(Say(said), Fail("Context size has been exceeded.", "server_error"))
        return scenario(Say(ANSWER), End(counts=counts))


def tokens_in(text: str) -> int:
    return int(len(text) * TOKENS_A_CHARACTER) + 12
