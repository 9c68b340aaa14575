"""Workbooks whose parts have other names than usual: the package says where they lie."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.rag.makers import RELATIONS, SHEETS, archive, relations
from tests.rag.test_loading import refused

SHEET = (
    f'<worksheet xmlns="{SHEETS}"><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    "<row><c t='s'><v>2</v></c><c><v>36</v></c></row></sheetData></worksheet>"
)
STRINGS = f'<sst xmlns="{SHEETS}"><si><t>Ad</t></si><si><t>Yaş</t></si><si><t>Ada</t></si></sst>'
STYLES = f'<styleSheet xmlns="{SHEETS}"/>'
READ = ["Kişiler", "Ad | Yaş", "Ad: Ada | Yaş: 36"]


def workbook(*names: str) -> str:
    rows = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
    return f'<workbook xmlns="{SHEETS}" xmlns:r="{RELATIONS}"><sheets>{rows}</sheets></workbook>'


def package(main: str, targets: Mapping[str, str], *, root: str | None = None) -> dict[str, str | bytes]:
    """`targets`: what the workbook says of its sheet, strings and styles, to where that lies."""
    folder, _, name = main.rpartition("/")
    kinds = zip(("worksheet", "sharedStrings", "styles"), targets, strict=False)
    named = {f"r{number}": (kind, target) for number, (kind, target) in enumerate(kinds, 1)}
    contents = zip(targets.values(), (SHEET, STRINGS, STYLES), strict=False)
    return {
        "_rels/.rels": relations({"r1": ("officeDocument", root or main)}),
        main: workbook("Kişiler"),
        f"{folder}/_rels/{name}.rels".lstrip("/"): relations(named),
        **dict(contents),
    }


USUAL = {
    "worksheets/s.xml": "xl/worksheets/s.xml",
    "sharedStrings.xml": "xl/sharedStrings.xml",
    "styles.xml": "xl/styles.xml",
}


@pytest.mark.parametrize(
    "parts",
    [
        package("xl/workbook.xml", USUAL),
        package("xl/workbook2.xml", USUAL),
        package("xl/workbook2.xml", USUAL, root="/xl/workbook2.xml"),
        package("XL/Workbook.XML", USUAL),
        package("book.xml", {"s.xml": "s.xml", "words.xml": "words.xml"}),
        package("a/b/main.xml", {"../s.xml": "a/s.xml", "/strings/x.xml": "strings/x.xml"}),
        package("xl/workbook.xml", {"../xl/worksheets/s.xml": "xl/worksheets/s.xml", "w.xml": "xl/w.xml"}),
        package("xl/workbook.xml", {"./a.xml": "xl/a.xml", "sharedstrings.xml": "xl/sharedstrings.xml"}),
        {**package("xl/real.xml", USUAL), "xl/workbook.xml": workbook("Eski")},
        {name: part for name, part in package("xl/workbook.xml", USUAL).items() if name != "_rels/.rels"},
    ],
)
def test_a_workbook_is_read_wherever_its_parts_lie(read: Any, parts: dict[str, str | bytes]) -> None:
    for name in ("a.xlsx", "a.xlsm"):
        kind, blocks = read(name, archive(parts))
        assert (kind, [block.text for block in blocks]) == ("xlsx", READ)


def test_a_sheet_that_is_named_again_and_again_is_not_unpacked_again_and_again(read: Any) -> None:
    targets = {f"r{number}": ("worksheet", "s.xml") for number in range(1, 400)}
    noise = "".join(f"<row><c><v>{number * 7919 % 1000003}</v></c></row>" for number in range(60_000))
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations({"r1": ("officeDocument", "book.xml")}),
        "book.xml": workbook(*(f"s{number}" for number in range(1, 400))),
        "_rels/book.xml.rels": relations(targets),
        "s.xml": f'<worksheet xmlns="{SHEETS}"><sheetData>{noise}</sheetData></worksheet>',
    }
    assert refused(read, "a.xlsx", archive(parts)) == "bomb"


def test_half_a_main_part_is_broken(read: Any) -> None:
    parts = {**package("book.xml", {"s.xml": "s.xml"}), "book.xml": workbook("Kişiler")[:-20]}
    assert refused(read, "a.xlsx", archive(parts)) == "broken"
