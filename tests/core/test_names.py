"""Names of files and moments, as every app writes them."""

from datetime import UTC, datetime

import pytest

from core.text.names import plain_name
from core.times import timestamp, timestamp_of


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


def test_moments_are_written_in_utc_to_the_millisecond() -> None:
    moment = datetime(2026, 11, 20, 10, 42, 33, 120_900, tzinfo=UTC)
    assert timestamp(moment) == "2026-11-20T10:42:33.120Z"
    assert timestamp_of(moment.timestamp()) == timestamp(moment)
    assert timestamp().endswith("Z")
