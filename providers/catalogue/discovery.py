"""Model servers that run on this machine where their programs listen by default. Nothing else is asked."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from providers.catalogue.checking import Checked, check_server
from providers.configuration.choices import ServerPreset
from providers.types import ServerConfig, Timeouts

PATIENCE = 2.0
CONNECT = 0.7
DIVANS_OWN = "echo/echo"
"""A model that only another Divan lists."""


@dataclass(frozen=True, slots=True)
class FoundServer:
    """`needs_key`: it answers, and would not say more without one. `models_count`: null then."""

    choice: ServerPreset
    models_count: int | None
    needs_key: bool


async def find_running(programs: Iterable[ServerPreset]) -> list[FoundServer]:
    """The model servers that run on this machine; all are asked at once."""
    asked = await asyncio.gather(*(_ask(program) for program in programs))
    return [found for found in asked if found is not None]


async def _ask(program: ServerPreset) -> FoundServer | None:
    server = ServerConfig(program.id, program.provider, program.base_url, timeouts=Timeouts(connect=CONNECT))
    checked = await check_server(server, PATIENCE)
    if checked.error is not None:
        return FoundServer(program, None, True) if checked.error.code == "auth" else None
    return None if _is_divan(checked) else FoundServer(program, len(checked.models), False)


def _is_divan(checked: Checked) -> bool:
    return any(info.id == DIVANS_OWN for info in checked.models)
