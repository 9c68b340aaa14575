"""Many documents as one zip, made while it is sent: never whole in memory or on the disk."""

import unicodedata
import zipfile
from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path

from asgiref.sync import sync_to_async

from conversations.attachments import AttachmentStore
from conversations.errors import StoreError
from core.originals.base import OriginalsAwayError

from .child_process import ExportRefusedError
from .document import ExportDocument, Exported, FormatName, export_stored
from .outline import Scope

# A zip holds no date before; one and the same date keeps archives of the same conversations equal.
EPOCH = (1980, 1, 1, 0, 0, 0)
BLOCK = 256 * 1024
FAILED = "not-exported.txt"

Progress = Callable[[int, int], None]
Export = Callable[[Path, str, FormatName, Scope], Exported]


class Sink:
    """What a ZipFile writes, until somebody takes it."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take_bytes(self) -> bytes:
        data = b"".join(self._blocks)
        self._blocks.clear()
        self.size = 0
        return data


def export_documents(
    data_dir: Path,
    ids: Sequence[str],
    name: FormatName,
    scope: Scope,
    *,
    failed: list[str],
    export: Export = export_stored,
    progress: Progress | None = None,
) -> Iterator[ExportDocument]:
    """`failed` takes the reasons of those that could not be read, or not wholly. `export`: a server's is
    `export_in_child`."""
    for done, conversation in enumerate(ids, 1):
        try:
            document, damaged = export(data_dir, conversation, name, scope)
            yield document
            if damaged is not None:
                failed.append(f"{conversation} is damaged: line {damaged} and what it said are missing")
        except StoreError as error:
            failed.append(str(error))
        except ExportRefusedError as error:
            failed.append(f"{conversation}: {error}")
        if progress is not None:
            progress(done, len(ids))


def zip_documents(
    found: Iterable[ExportDocument], attachments: AttachmentStore, failed: Sequence[str]
) -> Iterator[bytes]:
    """The archive, block by block: the documents, and beside them the attachments that they link to, and
    what `documents` said has `failed`."""
    sink = Sink()
    there: set[str] = set()
    away: list[str] = []
    taken = {_folded(FAILED)}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for document in found:
            name = _free_name(document, taken)
            taken.add(_folded(name))
            archive.writestr(make_zip_entry(name), document.data)
            for sha256 in document.attachments:
                data = None
                try:
                    data = attachments.read(sha256)
                except OriginalsAwayError as error:
                    away.append(f"attachments/{sha256} cannot be reached: {error.strerror}")
                if data is not None and sha256 not in there:
                    there.add(sha256)
                    archive.writestr(make_zip_entry(f"attachments/{sha256}"), data)
            if sink.size >= BLOCK:
                yield sink.take_bytes()
        if reasons := [*failed, *away]:
            archive.writestr(make_zip_entry(FAILED), "".join(f"{reason}\n" for reason in reasons))
    yield sink.take_bytes()


def _free_name(document: ExportDocument, taken: Container[str]) -> str:
    """Its title, and where another has that, its id as well."""
    more = (f"{number} {document.unique_name}" for number in count(2))
    names = chain((document.name, document.unique_name), more)
    return next(name for name in names if _folded(name) not in taken)


def _folded(name: str) -> str:
    """Equal for names that some system takes for one."""
    return unicodedata.normalize("NFKC", name).casefold()


async def stream_archive(archive: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Made in a thread, as fast as it is taken, in the language of whoever asked."""
    take = sync_to_async(lambda: next(archive, None), thread_sensitive=False)
    while (block := await take()) is not None:
        yield block


def make_zip_entry(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, EPOCH)
    found.compress_type = zipfile.ZIP_DEFLATED
    found.external_attr = 0o600 << 16
    return found
