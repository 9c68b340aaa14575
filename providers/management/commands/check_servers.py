import json
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers.catalogue.checking import PATIENCE, Checked, check_servers
from providers.catalogue.health import SLOW_MS, describe_error
from providers.configuration.rows import get_rows
from providers.wire import server_urls

FIELDS = ("server", "provider", "address", "status", "models_count", "latency_ms", "error")
Value = str | int | None
HEADINGS = ("server", "provider", "address", "status", "models", "ms", "")


class Command(BaseCommand):
    help = "Asks every model server and prints how it does. Fails when one does not answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("servers", nargs="*", metavar="SERVER", help="Only these.")
        parser.add_argument("--timeout", type=float, default=PATIENCE, help="Seconds; default %(default)g.")
        parser.add_argument("--output", choices=["table", "json"], default="table")

    def handle(self, *_: Any, **options: Any) -> None:
        known = {row.config.name: row.config for row in get_rows().servers.values()}
        unknown = [name for name in options["servers"] if name not in known]
        if unknown:
            raise CommandError(f"No server is named {unknown[0]!r}. There are: {', '.join(known)}.")
        wanted = [known[name] for name in options["servers"] or known]
        checked = check_servers(wanted, options["timeout"])
        lines = [line_of(one) for one in checked]
        if options["output"] == "json":
            self.stdout.write(json.dumps([dict(zip(FIELDS, line, strict=True)) for line in lines], indent=2))
        else:
            self.stdout.write(table([HEADINGS, *(map(cell, line) for line in lines)]))
        down = [one.server.name for one in checked if one.error]
        if down:
            raise CommandError(f"{len(down)} of {len(checked)} not answering: {', '.join(down)}.")


def line_of(checked: Checked) -> tuple[Value, ...]:
    """By FIELDS; None where there is nothing to say."""
    server = checked.server
    about = (server.name, server.provider, server_urls.redact_url(server.base_url) or None)
    if checked.error:
        return (*about, "unhealthy", None, None, describe_error(checked.error))
    status = "slow" if checked.latency_ms > SLOW_MS else "healthy"
    return (*about, status, len(checked.models), round(checked.latency_ms), None)


def cell(value: Value) -> str:
    return "-" if value is None else str(value)


def table(rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
