"""Pages of a PDF that hold no text, as pictures; kept beside the file like its text."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.errors import DocumentError
from rag.load.reading import render_pages
from rag.whole import side_files

log = logging.getLogger(__name__)
MOST = 16
"""Pages of one file that a model is shown."""
MIME = "image/png"


async def pictures_of(path: Path, pages: Sequence[int]) -> Mapping[int, bytes]:
    """By page number; pages that could not be drawn are missing."""
    return await asyncio.to_thread(_pictures, path, pages)


def _pictures(path: Path, pages: Sequence[int]) -> Mapping[int, bytes]:
    places = {page: side_files.path_beside(path, f"page-{page}.png") for page in pages}
    missing = [page for page, place in places.items() if not place.exists()]
    if missing:
        try:
            for page, picture in render_pages(path, missing):
                side_files.write_kept_bytes(places[page], picture)
        except (DocumentError, OSError) as error:
            log.info("pages are not drawn: %s", error)
    return {page: place.read_bytes() for page, place in places.items() if place.exists()}
