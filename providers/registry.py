"""From a model ref to what answers it, and the lists of all servers.

Everything here may be called on the event loop and nothing waits for a server that does not answer: lists
come from the catalogue, which is refreshed by tasks of its own. The one wait is `FIRST_WAIT` after the
very first question to a server, so that a fresh start shows models at once.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from django.conf import settings

from providers import connectors
from providers.catalogue.groups import choose_member, group_lists
from providers.catalogue.health import Health
from providers.catalogue.listing import Viewer, list_visible_models, rows_seen_by
from providers.catalogue.lists import FRESH_FOR, Catalogue, KnownServer
from providers.catalogue.spelling import find_known_id, is_among, is_closed
from providers.catalogue.windows import forget_outgrown
from providers.configuration import rows
from providers.configuration.candidates import choose_candidate
from providers.configuration.rows import ConfigurationRows, ModelRow, ServerRow
from providers.connectors.base import Connector
from providers.costs import prices
from providers.errors import ProviderError, UnknownServerError
from providers.learning import memory
from providers.refs import split_ref
from providers.target import Target as Target  # noqa: PLC0414 - given on to whoever resolves a ref
from providers.types import ModelInfo, Notice, Params

log = logging.getLogger(__name__)
FIRST_WAIT = 1.0
REFRESH_WAIT = 3.0
RETURN_WAIT = 0.5
KEEP_RETIRED = 3600.0
FAILED_FOR = 600.0
LIST_AGAIN = 10.0
ECHO = "echo/echo"


@dataclass(slots=True)
class Loop:
    """What belongs to one event loop. A connector whose row changed is retired, not closed: answers may
    still run on it."""

    connectors: dict[str, tuple[str, Connector]] = field(default_factory=dict)
    retired: list[tuple[float, Connector]] = field(default_factory=list)
    refreshes: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    probes: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class Registry:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = Catalogue(folder / "models")
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Loop] = WeakKeyDictionary()
        self._imported: set[str] = set()
        self._failed: dict[tuple[str, str], float] = {}
        self._looked_again: dict[tuple[str, str], float] = {}

    def loop(self) -> Loop:
        return self._loops.setdefault(asyncio.get_running_loop(), Loop())

    def state(self, row: ServerRow) -> KnownServer:
        return self.catalogue.state(row.config, row.version)

    async def connector(self, row: ServerRow) -> Connector:
        """Raises ProviderError('internal') where the row names a provider that does not exist."""
        mine = self.loop()
        if row.config.provider not in self._imported:
            # Some SDKs take a second to import: too long for the event loop.
            try:
                await asyncio.to_thread(connectors.load_connector, row.config.provider)
            except (ValueError, ImportError) as error:
                log.exception("server %s: provider %s cannot be used", row.config.name, row.config.provider)
                raise ProviderError("internal", str(error), server=row.config.name) from error
            self._imported.add(row.config.provider)
        version, made = mine.connectors.get(row.config.name, ("", None))
        if made is None or version != row.version:
            if made is not None:
                mine.retired.append((time.monotonic(), made))
            made = connectors.load_connector(row.config.provider)(row.config)
            mine.connectors[row.config.name] = (row.version, made)
        return made

    def refresh(self, row: ServerRow) -> asyncio.Task[None]:
        """The refresh of that server that runs, else a new one."""
        mine = self.loop()
        running = mine.refreshes.get(row.config.name)
        if running is None or running.done():
            running = asyncio.create_task(self._refresh(row), name=f"models of {row.config.name}")
            mine.refreshes[row.config.name] = running
        return running

    def probe(self, row: ServerRow) -> None:
        """Checks in the background whether that server is still well, unless it is being asked anyway."""
        mine, name = self.loop(), row.config.name
        running = (mine.refreshes.get(name), mine.probes.get(name))
        if all(task is None or task.done() for task in running):
            mine.probes[name] = asyncio.create_task(self._probe(row), name=f"health of {name}")

    async def _refresh(self, row: ServerRow) -> None:
        if connector := await self._connector_or_failure(row):
            typed = any(model.typed for model in rows.current_rows().of_server(row.config.name).values())
            before = self.state(row).listing
            await self.catalogue.refresh(
                connector, self.state(row), prices.complete_list_in_thread, typed=typed
            )
            now = self.state(row).listing
            if before is not None and now is not None and before is not now:
                await forget_outgrown(row.config.name, before.models, now.models)
        await self._close_retired()

    async def _probe(self, row: ServerRow) -> None:
        if connector := await self._connector_or_failure(row):
            await self.catalogue.probe(connector, self.state(row))

    async def _connector_or_failure(self, row: ServerRow) -> Connector | None:
        try:
            return await self.connector(row)
        except ProviderError as error:
            self.catalogue.note_failure(self.state(row), error)
            return None

    async def _close_retired(self) -> None:
        mine, now = self.loop(), time.monotonic()
        old = [made for since, made in mine.retired if now - since > KEEP_RETIRED]
        mine.retired = [(since, made) for since, made in mine.retired if made not in old]
        for connector in old:
            await connector.aclose()

    async def update(self, wanted: Sequence[ServerRow], *, force: bool = False) -> None:
        """Starts what refreshes are due, and waits only for first answers (or, when forced, a little)."""
        now = time.monotonic()
        waits = [
            asyncio.wait({self.refresh(row)}, timeout=patience_with(self.state(row), now, force=force))
            for row in wanted
            if force or self.catalogue.is_stale(self.state(row))
        ]
        await asyncio.gather(*waits)

    def choose(
        self, ref: str, server: str, state: KnownServer, row: ModelRow
    ) -> tuple[str, tuple[Notice, ...]]:
        """Of `row`'s candidates the one that the server has, else the first: a list may lack an id."""
        listing = state.listing
        infos = listing.models if listing else ()
        without = self.failed_on(server)
        found = choose_candidate(row.candidates, infos, without=without)
        untried = [candidate for candidate in row.candidates if candidate not in without]
        chosen = found.id if found else (untried or row.candidates)[0]
        first = row.candidates[0]
        if chosen in (first, f"{first}:latest"):
            return chosen, ()
        was_there = listing is not None and listing.has_had(first)
        code = "model_retired" if was_there else "model_replaced"
        return chosen, (Notice(code, {"ref": ref, "server": server, "wanted": first, "model": chosen}),)

    async def has_listed(self, row: ServerRow, model: str) -> bool:
        """Whether the server's list has the model. One that lacks it is asked for anew, but not all the time;
        where there is no list, nobody can say no."""
        state = self.state(row)
        if state.listing is None:
            await self.update([row])
        elif not is_among(model, state.listing):
            now, last = time.monotonic(), self._looked_again.get((row.config.name, ""), float("-inf"))
            if now - last > LIST_AGAIN:
                self._looked_again[row.config.name, ""] = now
                await self.update([row], force=True)
        return state.listing is None or is_among(model, state.listing)

    def mark_failed(self, server: str, model: str) -> None:
        self._failed[server, model] = time.monotonic()

    def look_again(self, row: ServerRow, model: str) -> None:
        """Refreshes the list for a model that has answered. Not again for as long as a list is fresh."""
        now = time.monotonic()
        if now - self._looked_again.get((row.config.name, model), float("-inf")) > FRESH_FOR:
            self._looked_again[row.config.name, model] = now
            self.refresh(row)

    def failed_on(self, server: str) -> frozenset[str]:
        """Models that the server said it does not have, a while ago at most: it may get them back."""
        now = time.monotonic()
        return frozenset(
            model for (name, model), at in self._failed.items() if name == server and now - at < FAILED_FOR
        )

    async def aclose(self) -> None:
        mine = self._loops.pop(asyncio.get_running_loop(), Loop())
        tasks = (*mine.refreshes.values(), *mine.probes.values())
        running = [task for task in tasks if not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        made = [connector for _, connector in (*mine.connectors.values(), *mine.retired)]
        for outcome in await asyncio.gather(*(one.aclose() for one in made), return_exceptions=True):
            if isinstance(outcome, BaseException):
                log.warning("a connector did not close cleanly: %s", type(outcome).__name__)


def patience_with(state: KnownServer, now: float, *, force: bool) -> float:
    """Seconds that a reader of lists waits for that server."""
    if force:
        # One that was away gets a moment: a person who has just started it looks for it now.
        return RETURN_WAIT if state.breaker.failures else REFRESH_WAIT
    if state.listing is not None or state.checked_at is not None:
        return 0.0
    return max(0.0, FIRST_WAIT - (now - state.started_at)) if state.started_at else FIRST_WAIT


_registry: Registry | None = None


def registry() -> Registry:
    global _registry
    if _registry is None or _registry.folder != settings.DATA_DIR:
        _registry = Registry(settings.DATA_DIR)
    return _registry


def reset_registry() -> None:
    """Forgets rows, lists and connectors (unclosed). For tests."""
    global _registry
    _registry = None
    rows.reset_rows()


async def rows_for(viewer: Viewer | None) -> ConfigurationRows:
    """The enabled servers that there are for the viewer, with what is set for their models."""
    return rows_seen_by(viewer, await rows.aget_rows())


async def has_server(ref: str, *, viewer: Viewer | None = None) -> bool:
    """Whether an enabled server, or a group of them, has the name that the ref begins with."""
    server, known = ref.partition("/")[0], await rows_for(viewer)
    return server in known.servers or server in known.groups()


async def resolve(ref: str, *, viewer: Viewer | None = None) -> Target:
    """UnknownServerError where no enabled server (or group) that `viewer` may see has that name;
    ProviderError('model_not_found') where an administrator switched the model off or `viewer` may not use
    it."""
    server, model = split_ref(ref)
    known = await rows_for(viewer)
    if server in known.groups():
        here = registry()
        server = await choose_member(known, here.state, here.failed_on, server, model)
    return await target_on(known, ref, server, model, viewer)


async def target_on(
    known: ConfigurationRows, ref: str, server: str, model: str, viewer: Viewer | None = None
) -> Target:
    """Resolves as `resolve` does, on one server."""
    here = registry()
    row = known.servers.get(server)
    if row is None:
        raise UnknownServerError(server)
    own = known.of_server(server)
    if is_closed(own, model, viewer):
        raise ProviderError("model_not_found", "switched off", server=server, model=model)
    if viewer is not None and row.listed_only and model not in own and not await here.has_listed(row, model):
        raise ProviderError("model_not_found", "not listed", server=server, model=model)
    model = find_known_id(model, own, here.state(row).listing)
    setting = own.get(model)
    notices: tuple[Notice, ...] = ()
    chosen = model
    if setting and setting.candidates:
        chosen, notices = here.choose(ref, server, here.state(row), setting)
    infos = list_visible_models(row, own, here.state(row).listing, only=model)
    return Target(
        ref=ref,
        connector=await here.connector(row),
        server=row.config,
        model=chosen,
        info=infos[0] if infos else None,
        defaults=setting.defaults if setting else Params(),
        system=setting.system if setting else "",
        streaming=setting.streaming if setting else True,
        notices=notices,
        learned=memory.learned_of(server, chosen),
    )


async def find_replacement(target: Target, *, viewer: Viewer | None = None) -> Target | None:
    """What else the ref stands for after the service said `model_not_found`, with its notice: the next
    candidate, of a group the next server too; None where there is no other, or `viewer` may not use it.
    Starts a refresh of that server's list."""
    server, (named, model) = target.server.name, split_ref(target.ref)
    known = await rows_for(viewer)
    setting, row = known.models.get((server, model)), known.servers.get(server)
    of_group = named in known.groups()
    if row is None or not (of_group or (setting and setting.candidates)):
        return None
    here = registry()
    here.mark_failed(server, target.model)
    here.refresh(row)
    if of_group:
        server = await choose_member(known, here.state, here.failed_on, named, model)
    try:
        other = await target_on(known, target.ref, server, model, viewer)
    except ProviderError:
        return None
    return None if other.model in here.failed_on(server) else other


def report_outcome(target: Target, error: ProviderError | None = None) -> None:
    """What a request of a person's showed of the server: feeds its health and its breaker."""
    known = rows.current_rows().servers.get(target.server.name)
    if known is None:
        return
    here = registry()
    state = here.state(known)
    if error is None:
        here.catalogue.note_answer(state)
    elif error.code == "auth":
        here.catalogue.note_refusal(state, error)
    elif error.code in ("unreachable", "timeout", "overloaded"):
        here.catalogue.note_failure(state, error)


def look_for_window(target: Target) -> None:
    """After an answer of a model whose window nobody knows: some servers name it once the model is loaded."""
    known = rows.current_rows().servers.get(target.server.name)
    unknown = target.connector.window(target.info, Params()) is None
    if known is not None and unknown and not connectors.only_repeats(target.server.provider):
        registry().look_again(known, target.model)


def note_check(server: str, error: ProviderError | None, latency_ms: float) -> None:
    """What came of asking a server outside of the registry's own refreshes."""
    known = rows.get_rows().servers.get(server)
    if known is None:
        return
    here = registry()
    state = here.state(known)
    if error is None:
        here.catalogue.note_success(state, latency_ms)
    else:
        here.catalogue.note_failure(state, error)


def is_listed(server: str, model: str) -> bool:
    """Whether the server's list, as it was last seen, or an administrator has that model. Asks nothing."""
    known = rows.current_rows()
    row = known.servers.get(server)
    if row is None:
        return any(is_listed(member.config.name, model) for member in known.groups().get(server, ()))
    listing = registry().state(row).listing
    return model in known.of_server(server) or any(
        info.id == model for info in (listing.models if listing else ())
    )


async def list_models(
    *, refresh: bool = False, viewer: Viewer | None = None
) -> Mapping[str, Sequence[ModelInfo]]:
    """By server, in the administrator's order, groups of servers last."""
    known = await rows_for(viewer)
    here = registry()
    await here.update(list(known.servers.values()), force=refresh)
    lists = {
        name: list_visible_models(row, known.of_server(name), here.state(row).listing, viewer=viewer)
        for name, row in known.servers.items()
    }
    return {**lists, **group_lists(known, lists)}


async def health(*, refresh: bool = False, viewer: Viewer | None = None) -> Mapping[str, Health]:
    known = await rows_for(viewer)
    here = registry()
    await here.update(list(known.servers.values()), force=refresh)
    for row in known.servers.values():
        if here.catalogue.is_unsure(here.state(row)):
            here.probe(row)
    return {name: here.catalogue.health(here.state(row)) for name, row in known.servers.items()}


async def default_model(*, viewer: Viewer | None = None) -> str:
    """The first model, in the administrator's order, of a server that is known to answer."""
    lists = await list_models(viewer=viewer)
    states = await health(viewer=viewer)
    for server, infos in lists.items():
        if server in states and states[server].available and states[server].models_count:
            for info in infos:
                usable = not info.capabilities or "chat" in info.capabilities
                if usable and not connectors.only_repeats(info.provider) and not info.metadata.get("missing"):
                    return f"{server}/{info.id}"
    return ECHO


async def aclose() -> None:
    """Closes what belongs to the running event loop."""
    await registry().aclose()
