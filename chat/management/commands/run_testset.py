import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from chat.management.engine_commands import run_with_engine
from chat.protocol.errors import NotFoundError
from chat.testsets import results, sets, stored_sets
from chat.testsets.estimate import RunEstimate
from chat.testsets.schemas import MOST_REPEATS, RunBody
from chat.testsets.stored_runs import StoredRun
from chat.testsets.stored_sets import DamagedSetError
from conversations.owners import owner_of
from conversations.progress import Bar
from core.accounts import NamedOwner, owner_named


class Command(BaseCommand):
    help = "Runs a test set. Exit status 0 only where every answer ended well and passed all its checks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", metavar="ID", help="as `GET /api/testsets` tells it: its file's name")
        parser.add_argument("--lane", nargs="+", action="extend", default=[], metavar="MODEL", required=True)
        parser.add_argument("--judge", metavar="MODEL", help="for the checks that a model judges")
        parser.add_argument(
            "--repeat",
            type=int,
            default=1,
            metavar="N",
            help=f"how often each case is asked (1 to {MOST_REPEATS})",
        )
        parser.add_argument("--dry-run", action="store_true", help="only what would be asked, and its cost")
        parser.add_argument("--output", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            body = RunBody.model_validate(
                {name: options[name] for name in ("judge", "repeat")} | {"lanes": options["lane"]}
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise CommandError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        run_with_engine(self.run(options, body))

    async def run(self, options: dict[str, Any], body: RunBody) -> str:
        """Says in words what did not pass; nothing where all did."""
        found = await asyncio.to_thread(read_testset, options["id"])
        user = await sync_to_async(owner_in)(found)
        lanes, estimates = await sets.estimate_run(user, found, body)
        if options["dry_run"]:
            self.show_estimate(estimates, options["output"])
            return ""
        begun = await sets.begin_run(user, found, body, lanes, progress=Bar(self.stderr, "Answers"))
        try:
            await begun.run_to_end()
        except asyncio.CancelledError:
            await sets.stop_run(user, begun.run.testset, begun.run.id)
            raise
        self.show_run(begun.run, options["output"])
        return problem_of(begun.run)

    def show_estimate(self, estimates: list[RunEstimate], output: str) -> None:
        known = sum(one.usd for one in estimates)
        if output == "json":
            rows = [{name: getattr(one, name) for name in RunEstimate.__slots__} for one in estimates]
            complete = all(one.source != "unknown" for one in estimates)
            self.write_json({"lanes": rows, "usd": known, "complete": complete})
            return
        for one in estimates:
            price = "price unknown" if one.source == "unknown" else f"about ${one.usd:.4f}"
            judge = " (judge)" if one.lane is None else ""
            self.stdout.write(f"{one.model}{judge}: {one.requests} requests, {price}")
        self.stdout.write("Nothing was sent.")

    def show_run(self, run: StoredRun, output: str) -> None:
        if output == "json":
            self.write_json(results.describe_run(run))
            return
        texts = {case["id"]: " ".join(case["text"].split())[:60] for case in run.cases}
        for (place, _lane), row in run.results.items():
            failed = [check for check in row["checks"] if check.get("passed") is not True]
            said = "passed" if results.passes(row) else f"{row['status']}: {', '.join(map(words_of, failed))}"
            self.stdout.write(f"{row['model']}  {texts[place[0]]}  {said}")
        for lane in results.summarize_run(run)["lanes"]:
            self.stdout.write(f"{lane['model']}: {lane['passed']} of {lane['answers']} passed")
        self.stdout.write(f"The run is {run.id}.")

    def write_json(self, told: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def read_testset(testset: str) -> dict[str, Any]:
    try:
        return stored_sets.read(testset)
    except DamagedSetError as error:
        raise CommandError(str(error)) from error
    except NotFoundError as error:
        raise CommandError(f"There is no test set {testset!r:.80}.") from error


def owner_in(found: dict[str, Any]) -> NamedOwner:
    """Whoever runs commands acts as the one whose test set it is."""
    owner: Any = found
    return owner_named(owner_of(owner) or "")


def problem_of(run: StoredRun) -> str:
    if sets.all_passed(run):
        return ""
    if run.state != "done":
        return run.reason or f"Only {len(run.results)} of {run.total} answers were asked for."
    failed = run.total - sum(map(results.passes, run.results.values()))
    return f"{failed} of {run.total} answers did not pass."


def words_of(check: dict[str, Any]) -> str:
    return f"{check['kind']} ({check['detail']})" if check.get("detail") else str(check["kind"])
