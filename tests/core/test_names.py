"""Names of files and moments, as every app writes them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from core.text.names import LONGEST_TITLE, name_from_title, plain_name
from core.times import timestamp, timestamp_of

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("rapor.pdf", "rapor.pdf"),
        ("C:\\Users\\ayşe\\rapor.pdf", "rapor.pdf"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "folder"),
        (" \n\x00", "file"),
        ("", "file"),
        ("satır\nsonu\u202e.txt", "satırsonu.txt"),
        ("a" * 300 + ".docx", "a" * 195 + ".docx"),
        ("b" * 300, "b" * 200),
        ("c." + "d" * 300, "c." + "d" * 198),
    ],
)
def test_a_file_name_is_made_plain_and_keeps_its_ending(given: str, plain: str) -> None:
    assert plain_name(given) == plain


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Plans for May", "Plans for May"),
        ("Ünlü çayı, ярость, 日本語, नमस्ते", "Ünlü çayı, ярость, 日本語, नमस्ते"),
        (PERSIAN, PERSIAN),
        (f"{FAMILY} at home", f"{FAMILY} at home"),
        ("e\u0301", "\u00e9"),
        ("What is 1/2?", "What is 1-2"),
        ("C:\\Users\\ayşe", "C--Users-ayşe"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf *", "rf"),
        (".hidden", "hidden"),
        ("Why? Because.", "Why- Because"),
        ("two\nlines\tand a\u00a0space", "two lines and a space"),
        ("turned \u202eround\u202c\x00\x7f", "turned round"),
        ("half \ud83d of it", "half of it"),
        ("con", "_con"),
        ("Nul.report", "_Nul.report"),
        ("COM1 .x", "_COM1 .x"),
        ("lpt\u00b9", "_lpt\u00b9"),
        ("console", "console"),
        ("???", ""),
        (" \u200d\n", ""),
        ("", ""),
        ("ö" * 100, "ö" * 75),
        ("a" + "\U0001f600" * 100, "a" + "\U0001f600" * 37),
    ],
)
def test_a_title_makes_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert name_from_title(title) == name


@given_any(st.text(alphabet=st.characters(), max_size=300))
def test_whatever_the_title_its_name_is_allowed_and_stays_as_it_is(title: str) -> None:
    name = name_from_title(title)
    assert len(name.encode()) <= LONGEST_TITLE + 1
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert name == name.strip(" .-")
    assert name_from_title(name) == name


def test_moments_are_written_in_utc_to_the_millisecond() -> None:
    moment = datetime(2026, 11, 20, 10, 42, 33, 120_900, tzinfo=UTC)
    assert timestamp(moment) == "2026-11-20T10:42:33.120Z"
    assert timestamp_of(moment.timestamp()) == timestamp(moment)
    assert timestamp().endswith("Z")
