import asyncio
import json
from dataclasses import asdict
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand, CommandParser

from chat.engine import current_engine
from chat.management.engine_commands import run_with_engine
from chat.protocol.errors import map_store_errors
from chat.replay.compare import AnswerFigures, LaneComparison, compare
from chat.replay.plan import LaneEstimate, ReplayOptions, ReplayPlan, estimate_replay, plan_replay
from chat.replay.run import Replay, begin_replay
from conversations.progress import Bar
from conversations.shapes import parts_of
from core.accounts import owner_named


class Command(BaseCommand):
    help = "Asks a conversation's questions again, in a new conversation, and compares the answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", metavar="ID")
        parser.add_argument(
            "--lane", nargs="+", action="extend", default=[], metavar="MODEL", help="the same lanes if absent"
        )
        parser.add_argument("--turns", default="", metavar="A-B", help="2-5, 2-, -5 or 2; counted from 1")
        parser.add_argument("--branch", metavar="NAME", help="a named branch; if absent, what is shown")
        parser.add_argument("--dry-run", action="store_true", help="only what would be sent, and its cost")
        parser.add_argument("--output", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        run_with_engine(self.replay(options))

    async def replay(self, options: dict[str, Any]) -> str:
        """Says in words what was not done; nothing where all was."""
        with map_store_errors():
            room = await current_engine().rooms.open(options["id"])
        owner = await sync_to_async(owner_named)(room.owner or "")
        made = await plan_replay(
            owner, room.id, ReplayOptions(options["lane"], options["turns"], options["branch"])
        )
        if options["dry_run"]:
            self.show_estimate(made, await estimate_replay(made), options["output"])
            return ""
        begun = await begin_replay(owner, made, attended=False)
        await begun.run(Bar(self.stderr, "Answers"))
        first = made.questions[0]["id"]
        found = await asyncio.to_thread(compare, made.room.file, begun.room.file, first)
        self.show_comparison(begun, found, options["output"])
        return problem_of(begun)

    def show_estimate(self, made: ReplayPlan, answers: list[LaneEstimate], output: str) -> None:
        known = [one.cost.usd for one in answers if one.cost.usd is not None]
        texts = {question["id"]: text_of(question) for question in made.questions}
        if output == "json":
            listed = [{**asdict(one), "text": texts[one.message]} for one in answers]
            self.write_json(
                {
                    "conversation": made.room.id,
                    "turns": len(made.questions),
                    "answers": listed,
                    "usd": sum(known),
                    "complete": len(known) == len(answers),
                }
            )
            return
        rows = [
            (
                one.model,
                str(one.input_tokens),
                str(one.output_tokens),
                dollars(one.cost.usd),
                texts[one.message],
            )
            for one in answers
        ]
        self.stdout.write(table(("model", "input", "output", "USD", "question"), rows))
        unknown = len(answers) - len(known)
        more = f", and {unknown} answers whose price nobody knows" if unknown else ""
        self.stdout.write(f"\n{len(answers)} answers, about ${sum(known):.4f}{more}. Nothing was sent.")

    def show_comparison(self, begun: Replay, found: LaneComparison, output: str) -> None:
        if output == "json":
            told = asdict(found)
            self.write_json(
                {
                    "conversation": begun.room.id,
                    "of": told.pop("conversation"),
                    **told,
                    "complete": begun.complete,
                }
            )
            return
        rows = []
        for pair in found.pairs:
            before = pair.before
            rows.append(
                (
                    pair.after.model,
                    "-" if before is None else before.model,
                    f"-{pair.removed} +{pair.added} of {pair.after.figures.words}",
                    then_and_now(None if before is None else before.figures, pair.after.figures),
                    pair.after.status,
                    one_line(pair.text),
                )
            )
        heads = ("now", "then", "words", "ms, tokens, USD (then > now)", "", "question")
        self.stdout.write(table(heads, rows))
        self.stdout.write(f"\nAll: {then_and_now(found.before, found.after)}")
        self.stdout.write(f"The new conversation is {begun.room.id}.")

    def write_json(self, told: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def problem_of(begun: Replay) -> str:
    if refused := begun.refused_tools():
        return (
            f"Nobody could be asked whether calls of these tools may be made, so they were not: "
            f"{', '.join(refused)}. Allow them in Settings, Tools, and ask again."
        )
    if begun.complete:
        return ""
    if begun.refusal is not None:
        return str(begun.refusal.message)
    ended = sum(one["status"] == "complete" for one in begun.answers)
    reasons = [one["error"]["message"] for one in begun.answers if "error" in one]
    missing = f"{begun.total - ended} of {begun.total} answers are missing or not whole."
    return " ".join([missing, *reasons[:1]])


def then_and_now(before: AnswerFigures | None, after: AnswerFigures) -> str:
    def both(name: str, show: Any = str) -> str:
        then = None if before is None else getattr(before, name)
        now = getattr(after, name)
        return f"{'-' if then is None else show(then)} > {'-' if now is None else show(now)}"

    return ", ".join((both("total_ms"), both("tokens"), both("usd", dollars)))


def dollars(usd: float | None) -> str:
    return "-" if usd is None else f"{usd:.6f}".rstrip("0").rstrip(".")


def text_of(question: Any) -> str:
    return one_line("".join(part["text"] for part in parts_of(question) if part["type"] == "text"))


def one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def table(heads: tuple[str, ...], rows: list[Any]) -> str:
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
