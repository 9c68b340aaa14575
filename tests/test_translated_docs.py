"""A page for users has the sections, tables, code and words to type of its original in Turkish too."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TRANSLATED = [ROOT / "README.tr.md", *sorted(ROOT.glob("docs/*.tr.md"))]
# What developers read is in English alone.
FOR_DEVELOPERS = {"adding-a-provider", "architecture", "file-format", "protocol", "translations"}
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"`(/api/[^`\s]*|[A-Z][A-Z0-9]*_[A-Z0-9_]+|--[a-z-]+)|manage\.py ([a-z_]+)")


def original(page: Path) -> Path:
    return page.with_name(page.name.replace(".tr.md", ".md"))


def sections(page: Path) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCED.sub("", page.read_text()), re.MULTILINE)]


def tables(page: Path) -> list[int]:
    """How many rows each has."""
    found = re.findall(r"(?:^\|.*\n?)+", FENCED.sub("", page.read_text()), re.MULTILINE)
    return [table.strip().count("\n") + 1 for table in found]


def typed(page: Path) -> set[str]:
    return {setting or command for setting, command in TYPED.findall(page.read_text())}


def test_every_page_for_users_is_translated() -> None:
    pages = {page.name.removesuffix(".md") for page in ROOT.glob("docs/*.md") if ".tr." not in page.name}
    assert pages - FOR_DEVELOPERS == {page.name.removesuffix(".tr.md") for page in ROOT.glob("docs/*.tr.md")}


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name)
def test_a_translated_page_has_all_of_its_original(page: Path) -> None:
    assert sections(page) == sections(original(page))
    assert tables(page) == tables(original(page))
    assert len(FENCED.findall(page.read_text())) == len(FENCED.findall(original(page).read_text()))
    assert typed(page) == typed(original(page))


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name)
def test_the_two_languages_lead_to_each_other(page: Path) -> None:
    assert f"]({original(page).name})" in page.read_text()
    assert f"]({page.name})" in original(page).read_text()


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name)
def test_a_translated_page_leads_to_translated_pages(page: Path) -> None:
    others = {one.name for one in TRANSLATED} - {page.name}
    linked = {Path(link).name for link in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text())}
    assert {name for name in linked if name.replace(".md", ".tr.md") in others} == set()


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name)
def test_links_lead_to_sections_that_are_there(page: Path) -> None:
    missing = []
    for name, section in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text()):
        target = (page.parent / name if name else page).read_text()
        titles = re.findall(r"^#+ (.*)$", FENCED.sub("", target), re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
        missing += [] if section in anchors else [f"{name}#{section}"]
    assert missing == []
