"""Several files and folders are replaced at once: all, or none. What is to be done stands in a file before it
is begun, so that it can be undone even after a kill or a power cut."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core import disk

MARKER = ".restoring.json"
LEFTOVERS = ".restore-"
"""How the names of what a restore that was killed may leave begin."""
DRAFT = f"{LEFTOVERS}marker"


@dataclass(frozen=True, slots=True)
class Move:
    """`aside`: where what stands at `place` goes. `fresh`: what comes there, if anything does. `existed`:
    whether there was something."""

    place: Path
    aside: Path
    fresh: Path | None
    existed: bool


class Swap:
    def __init__(self, data_dir: Path, token: str, moves: list[Move]) -> None:
        self.token = token
        self._marker = data_dir / MARKER
        self._moves = moves

    @classmethod
    def find_unfinished(cls, data_dir: Path) -> "Swap | None":
        """The one that was begun and not ended. Raises OSError, ValueError."""
        marker = data_dir / MARKER
        if not marker.exists():
            return None
        said: dict[str, Any] = orjson.loads(marker.read_bytes())
        moves = [Move(Path(place), Path(aside), None, existed) for place, aside, existed in said["moves"]]
        return cls(data_dir, said["token"], moves)

    def apply(self) -> None:
        """Until `finish` it can be undone. Raises OSError."""
        said = {"token": self.token, "moves": [[str(m.place), str(m.aside), m.existed] for m in self._moves]}
        draft = self._marker.with_name(DRAFT)
        draft.write_bytes(orjson.dumps(said))
        draft.replace(self._marker)
        disk.sync_folder(self._marker.parent)
        for move in self._moves:
            if move.existed:
                move.aside.parent.mkdir(mode=disk.FOLDER_MODE, exist_ok=True)
                move.place.rename(move.aside)
            if move.fresh is not None:
                move.fresh.rename(move.place)
        disk.sync_folder(self._marker.parent)

    def undo(self) -> None:
        """Can be begun again wherever it broke off. Raises OSError."""
        for move in reversed(self._moves):
            if move.aside.exists():
                remove_path(move.place)
                move.aside.rename(move.place)
            elif not move.existed:
                remove_path(move.place)
        for folder in {move.aside.parent for move in self._moves}:
            if folder != self._marker.parent and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        self.finish()

    def finish(self) -> None:
        self._marker.unlink(missing_ok=True)
        disk.sync_folder(self._marker.parent)


def remove_path(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
