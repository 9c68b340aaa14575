"""What was learned of models, in the database: written after the answer that showed it, read with the
rows."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from channels.db import database_sync_to_async
from django.utils import timezone

from providers.learning import memory
from providers.learning.facts import KINDS, Fact, Facts, Kind
from providers.learning.fields import LIMIT_NAMES
from providers.learning.memory import ModelId
from providers.models import LEARNED_FOR, LearnedFact, Model, Server
from providers.types import Params

log = logging.getLogger(__name__)
LONGEST_ID = 300
_writing: set[asyncio.Task[None]] = set()


def save_facts_soon(model: ModelId, facts: Sequence[Fact]) -> None:
    """Returns at once. What cannot be written still holds in this process."""
    task = asyncio.get_running_loop().create_task(_keep(model, facts), name=f"learned of {model[0]}")
    _writing.add(task)
    task.add_done_callback(_writing.discard)


async def _keep(model: ModelId, facts: Sequence[Fact]) -> None:
    try:
        await database_sync_to_async(save_facts, thread_sensitive=False)(model, facts)
    except Exception:
        log.exception("what was learned of a model of server %s could not be kept", model[0])


def save_facts(model: ModelId, facts: Iterable[Fact]) -> None:
    server = Server.objects.filter(name=model[0]).first()
    if server is None or len(model[1]) > LONGEST_ID:
        return
    facts = list(facts)
    for fact in facts:
        LearnedFact.objects.update_or_create(
            server=server,
            model_id=model[1],
            kind=fact.kind,
            field=fact.field,
            defaults={"value": fact.value, "reason": fact.reason},
        )
    memory.mark_saved(model, facts)


def load_facts() -> dict[ModelId, Facts]:
    """What holds: neither too old nor against what an administrator has set."""
    found: dict[ModelId, dict[tuple[Kind, str], Fact]] = {}
    for row in LearnedFact.objects.current().select_related("server"):
        if row.kind in KINDS:
            fact = Fact(row.kind, row.field, row.value, row.reason)
            found.setdefault((row.server.name, row.model_id), {})[fact.key] = fact
    for model in Model.objects.filter(server__name__in={server for server, _ in found}).select_related(
        "server"
    ):
        for name in (model.model_id, *model.candidates):
            if facts := found.get((model.server.name, name)):
                found[model.server.name, name] = {
                    key: fact for key, fact in facts.items() if not _overruled(fact, model.params(), model)
                }
    return dict(found)


def _overruled(fact: Fact, set_: Params, model: Model) -> bool:
    """Whether an administrator has set for `model` what the fact is about. What a limit is called and how
    dense a text is are nothing that one sets."""
    if fact.kind in ("window", "input"):
        return set_.context_length is not None
    if fact.kind == "density" or (fact.kind == "refused" and fact.field in LIMIT_NAMES):
        return False
    if fact.field == "tools":
        return "tools" in (model.capabilities or ())
    return getattr(set_, fact.field.partition("=")[0], None) not in (None, False)


def forget_windows(models: Iterable[ModelId]) -> None:
    for server, model in models:
        rows = LearnedFact.objects.filter(server__name=server, model_id=model, kind__in=("window", "input"))
        rows.delete()


def forget_old() -> None:
    LearnedFact.objects.filter(updated__lte=timezone.now() - LEARNED_FOR).delete()


def find_outgrown_windows(
    server: str, before: Mapping[str, int | None], now: Mapping[str, int | None]
) -> list[ModelId]:
    """Models whose list names a larger window than it did, and than was learned."""
    grown = {model: window for model, window in now.items() if window and window > (before.get(model) or 0)}
    return [
        (server, model)
        for model, window in grown.items()
        if memory.learned_of(server, model).is_below(window)
    ]
