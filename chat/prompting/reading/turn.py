import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async

from chat.engine.room import Room
from chat.prompting.reading.given_files import INTRODUCTION, Given
from chat.protocol.lanes import merge_params
from conversations.records import FileRead
from core.shared_work import SharedWork
from providers import registry
from providers.catalogue.viewers import viewer_for
from providers.connectors import only_repeats
from providers.errors import ProviderError
from providers.registry import Target
from providers.tokens import IMAGE_TOKENS, estimate_tokens
from providers.types import Image, Params, Part, Text
from rag import configuration

if TYPE_CHECKING:
    from chat.prompting.reading.file_pass import Pass
    from chat.prompting.reading.file_text import TurnFile, Written
    from chat.prompting.reading.turn_files import FilesOnPath
    from rag.whole.notes import Notes

UNKNOWN_ROOM = 100_000
"""Tokens of files that a model is sent of which nobody knows the window."""
QUICK = 0.3
"""Seconds after which it is said that files are being read."""


@dataclass(frozen=True, slots=True)
class ReadingLane:
    """Who is given something. `sees`: it may see pictures."""

    target: Target
    params: Params
    sees: bool


@dataclass(slots=True)
class Noted:
    """A file that does not fit some lane: the pass over it, and the notes once they are there."""

    over: "Pass"
    notes: SharedWork["Notes"]


class Reading:
    """The files of one turn. Nothing is read, or imported, before a lane asks for it."""

    def __init__(self, room: Room, user: str) -> None:
        self._room = room
        self._user = user
        self._found = SharedWork(self._find)
        self._noted: dict[str, Noted] = {}
        self._answers: list[str] = []
        self._said: tuple[str, Mapping[str, Any]] | None = None

    @property
    def has_files(self) -> bool:
        tree = self._room.file.tree
        return any(tree.messages[message].get("files") for message in tree.path(self._user))

    async def get(
        self, answer: str, target: Target, params: Params, room: int | None, first: int = 1
    ) -> Given:
        """What the lane of `answer`, with `params`, is given. `room`: tokens of its window for files and what
        was said; None: nobody knows. `first`: the number of the first section. What there is to say meanwhile
        stands beside `answer`."""
        if not self.has_files:
            return Given()
        self._answers.append(answer)
        if self._said is not None:
            self._room.note(*self._said, message=answer)
        found = await self._found.get()
        sees = target.info is None or not target.info.is_blind
        unseen: list[FileRead] = [
            {"name": picture["name"], "given": "name", "error": "unseen"} for picture in found.pictures
        ]
        if not found.files:
            return Given(sees, files=[] if sees else unseen)
        space = UNKNOWN_ROOM if room is None else self._beside_question(room, found)
        written = await self._write_files(found, ReadingLane(target, params, sees), space, first)
        return await self._give_parts(found, written, sees=sees, more=[] if sees else unseen)

    def _beside_question(self, room: int, found: "FilesOnPath") -> int:
        """The question is always sent; a fifth is left for what was said before it."""
        tree = self._room.file.tree
        is_first = tree.messages[self._user]["parent"] is None
        left = room - estimate_tokens(found.question) - 20 - IMAGE_TOKENS * len(found.pictures)
        return max(int(left if is_first else left * 0.8) - estimate_tokens(INTRODUCTION), 0)

    async def _write_files(
        self, found: "FilesOnPath", lane: ReadingLane, space: int, first: int
    ) -> list["Written"]:
        from chat.prompting.reading import file_text

        shares = file_text.share_room([file for file in found.files if not file.text.error], space)
        readable = iter(range(len(found.files)))
        left = shares.left
        written: list[Written] = []
        for file in found.files:
            if file.text.error and not file.text.is_scan:
                written.append(file_text.write_unreadable(file))
                continue
            share = None if file.text.error else shares.of[next(readable)]
            pictures = file_text.pages_as_pictures(file, left) if lane.sees else []
            left -= IMAGE_TOKENS * len(pictures)
            if share is None:
                made = await asyncio.to_thread(file_text.write_whole, file, first, pictures)
            else:
                made = await self._write_abridged(file, lane, share, first, found.question, pictures)
            first += len(made.sources)
            written.append(made)
        return written

    async def _write_abridged(
        self,
        file: "TurnFile",
        lane: ReadingLane,
        share: int,
        first: int,
        question: str,
        pictures: Sequence[int],
    ) -> "Written":
        from chat.prompting.reading import file_text

        noted = self._noted.get(file.sha256) or await self._begin_notes(file, lane)
        notes = await noted.notes.get()
        self._said = None
        shown = await noted.over.fit_notes(notes, int(share * file_text.NOTES_SHARE * 0.8))
        return await asyncio.to_thread(
            file_text.write_abridged, file, first, share, question, shown, notes.unread, pictures
        )

    async def _begin_notes(self, file: "TurnFile", lane: ReadingLane) -> Noted:
        from chat.prompting.reading.file_pass import PartReader, Pass

        readers = [
            PartReader(self._room, one, params, file.name)
            for one, params in await self._readers(lane.target, lane.params)
        ]

        def tell_progress(done: int, total: int) -> None:
            self._say("reading_parts", {"name": file.name, "done": done, "total": total})

        over = Pass(file, readers, tell_progress)
        return self._noted.setdefault(file.sha256, Noted(over, SharedWork(over.notes)))

    async def _readers(self, asking: Target, params: Params) -> list[tuple[Target, Params]]:
        """Who may read parts, in the order in which they are asked; one that only repeats is none."""
        tree = self._room.file.tree
        row = {lane["id"]: lane for lane in tree.settings["lanes"]}
        asked = [row[lane] for lane in tree.messages[self._user].get("lanes", ()) if lane in row]
        chosen = await database_sync_to_async(configuration.current_configuration, thread_sensitive=False)()
        if chosen.reading_model:
            asked.insert(0, {"id": "", "model": chosen.reading_model})
        viewer = await viewer_for(self._room.owner or "")
        found: dict[str, tuple[Target, Params]] = {}
        for lane in asked:
            try:
                target = await registry.resolve(lane["model"], viewer=viewer)
            except ProviderError:
                continue
            found.setdefault(lane["model"], (target, merge_params(target.defaults, lane)))
        found.setdefault(asking.ref, (asking, params))
        return [reader for reader in found.values() if not only_repeats(reader[0].server.provider)]

    async def _give_parts(
        self, found: "FilesOnPath", written: Sequence["Written"], *, sees: bool, more: Sequence[FileRead]
    ) -> Given:
        of_files: dict[str, Sequence[Part]] = {}
        marks: dict[str, Text] = {}
        picked: list[Part] = []
        introduced = False
        for file, made in zip(found.files, written, strict=True):
            parts = [Text(made.text), *await draw_pages(file, made.pictures)]
            if made.sources and not introduced:
                parts.insert(0, Text(INTRODUCTION))
                introduced = True
            if file.document is not None:
                picked += parts
                continue
            is_known = made.read["given"] != "name" or made.read.get("textless")
            marks[file.sha256] = Text(f"[File {file.name!r}: see the document of that name]")
            of_files[file.sha256] = parts
            if not is_known:
                marks[file.sha256], of_files[file.sha256] = Text(made.text), []
        sources = [source for made in written for source in made.sources]
        return Given(sees, of_files, picked, marks, sources, [*(made.read for made in written), *more])

    async def _find(self) -> "FilesOnPath":
        # Nothing of documents is imported before somebody gives one.
        from chat.prompting.reading.turn_files import find_turn_files

        finding = asyncio.create_task(find_turn_files(self._room, self._user))
        try:
            await asyncio.wait({finding}, timeout=QUICK)
            if not finding.done():
                self._say("reading_files")
            return await finding
        finally:
            self._said = None
            finding.cancel()

    def _say(self, code: str, values: Mapping[str, Any] | None = None) -> None:
        self._said = (code, values or {})
        for answer in self._answers:
            self._room.note(code, values, message=answer)


async def draw_pages(file: "TurnFile", pages: Sequence[int]) -> list[Part]:
    """Each page as a picture, under a line that names it; pages that cannot be drawn are left out."""
    if not pages:
        return []
    from rag.whole.pictures import MIME, pictures_of

    pictures = await pictures_of(file.path, pages)
    made: list[Part] = []
    for page in pages:
        if page in pictures:
            made += [Text(f"Page {page} of {file.name!r}:"), Image(pictures[page], MIME)]
    return made
