"""The package of a workbook as calamine wants it, which looks for some parts under their usual names only."""

import io
import zipfile
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from rag.load import archive, office

MAIN = office.USUAL["xlsx"]
LOOKED_FOR = {"sharedStrings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
"""Kind of a part to the only name that it may have."""
SHEETS = ("worksheet", "chartsheet", "dialogsheet")
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def open_workbook(path: Path) -> BinaryIO:
    """The file itself, or its workbook laid out anew in memory. Raises DocumentError."""
    with archive.open_archive(path) as members:
        main = office.main_part(members)[1] or MAIN
        if not is_usual(members, main):
            return rebuild_package(members, main)
    return io.BytesIO(path.read_bytes())


def is_usual(members: archive.ArchiveMembers, main: str) -> bool:
    if office.ROOT not in members or main.lower() != MAIN:
        return False
    if any(
        {".", ".."} & set(target.split("/")) for _, target in office.read_relations(members, main).values()
    ):
        return False
    named = office.find_relations(members, main).values()
    return all(
        name.lower() == LOOKED_FOR[kind].lower()
        for kind, name in named
        if kind in LOOKED_FOR and name in members
    )


def rebuild_package(members: archive.ArchiveMembers, main: str) -> BinaryIO:
    """Only with the parts that hold what cells say."""
    places = {MAIN: main}
    relations: office.Relations = {}
    for number, (key, (kind, name)) in enumerate(office.find_relations(members, main).items()):
        if name in members and (kind in LOOKED_FOR or kind in SHEETS):
            place = LOOKED_FOR.get(kind) or f"xl/{kind}s/{number}.xml"
            places.setdefault(place, name)
            relations[key] = (kind, f"/{place}")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr(office.ROOT, _relationships({"r1": ("officeDocument", MAIN)}))
        package.writestr(office.relations_part(MAIN), _relationships(relations))
        for place, name in places.items():
            package.writestr(place, members.read(name))
    made.seek(0)
    return made


def _relationships(relations: office.Relations) -> str:
    rows = "".join(
        f'<Relationship Id={quoteattr(key)} Type="{TYPES}/{kind}" Target={quoteattr(target)}/>'
        for key, (kind, target) in relations.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'
