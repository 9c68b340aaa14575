"""What the styles of a DOCX say: which paragraphs are headings, and which are numbered."""

from collections.abc import Mapping
from dataclasses import dataclass

from rag.load import xml

MOST_ANCESTORS = 12


@dataclass(slots=True)
class _Style:
    based_on: str = ""
    level: int | None = None
    number: str = ""
    depth: int | None = None


class Styles:
    """Built-in names are English in every Word: `heading 1`, `Title`."""

    def __init__(self, data: bytes) -> None:
        self._styles: dict[str, _Style] = {}
        self._style = _Style()
        if data:
            xml.parse(data, self._start, lambda _: None)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("val", "")
        match name:
            case "style":
                self._style = self._styles[attributes.get("styleId", "")] = _Style()
            case "name":
                level = _level_of_name(value.lower())
                self._style.level = level if level is not None else self._style.level
            case "basedOn":
                self._style.based_on = value
            case "outlineLvl" if self._style.level is None:
                self._style.level = outline_level(value)
            case "numId":
                self._style.number = value
            case "ilvl":
                self._style.depth = int(value) if value.isdigit() else None

    def level(self, style: str) -> int:
        found = next((one.level for one in self._line(style) if one.level is not None), None)
        return found or 0

    def number(self, style: str) -> tuple[str, int]:
        """The list that paragraphs of the style are numbered in, and how deep; "" for none."""
        line = self._line(style)
        number = next((one.number for one in line if one.number), "")
        return number, next((one.depth for one in line if one.depth is not None), 0)

    def _line(self, style: str) -> list[_Style]:
        """The style and those that it is based on."""
        found: list[_Style] = []
        while style in self._styles and len(found) < MOST_ANCESTORS:
            found.append(self._styles[style])
            style = self._styles[style].based_on
        return found


def outline_level(value: str) -> int | None:
    return int(value) + 1 if value.isdigit() and int(value) < 9 else None


def _level_of_name(name: str) -> int | None:
    if name == "title":
        return 1
    if name.startswith("heading ") and name[8:].isdigit():
        return min(int(name[8:]), 9)
    return None
