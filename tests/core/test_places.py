"""What is said of a bucket in FILES_URL, and of a range in a request."""

import pytest

from core.originals.bucket import BucketPlace, parse_place
from core.originals.downloads import is_beyond, matches_tag, parse_range

PLACES = {
    "s3://bucket": BucketPlace("bucket", "", "", "", "path"),
    "s3://bucket/": BucketPlace("bucket", "", "", "", "path"),
    "s3://my.bucket/some/prefix/?endpoint=https://s3.example.org:9000&region=eu-1": BucketPlace(
        "my.bucket", "some/prefix", "https://s3.example.org:9000", "eu-1", "path"
    ),
    "s3://bucket?style=virtual": BucketPlace("bucket", "", "", "", "virtual"),
}
NO_PLACES = (
    "bucket",
    "s3:bucket",
    "s3:///prefix",
    "https://s3.example.org/bucket",
    "file:///data",
    "s3://key:secret@bucket",
    "s3://bucket:9000",
    "s3://bucket?endpoint=s3.example.org",
    "s3://bucket?endpoint=https://",
    "s3://bucket?secret=x",
    "s3://bucket?style=other",
)


@pytest.mark.parametrize("url", PLACES)
def test_an_address_of_a_bucket_is_read(url: str) -> None:
    assert parse_place(url) == PLACES[url]


@pytest.mark.parametrize("url", NO_PLACES)
def test_an_address_of_no_bucket_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        parse_place(url)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("", None),
        ("bytes=0-", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=9-9", (9, 10)),
        ("bytes=9-200", (9, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=10-", None),
        ("bytes=12-20", None),
        ("bytes=-0", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_is_one_of_bytes_or_the_whole_is_given(asked: str, place: tuple[int, int] | None) -> None:
    assert parse_range(asked, 10) == place


@pytest.mark.parametrize(
    ("asked", "size", "beyond"),
    [
        ("", 10, False),
        ("bytes=10-", 10, True),
        ("bytes=12-20", 10, True),
        ("bytes=-0", 10, True),
        ("bytes=0-", 0, True),
        ("bytes=-5", 0, True),
        ("bytes=999999999999999999-", 10, True),
        ("bytes=9-", 10, False),
        ("bytes=-5", 10, False),
        ("bytes=14-12", 10, False),
        (f"bytes={'9' * 6000}-", 10, False),
        ("bytes=10-,12-", 10, False),
        ("bytes=-", 10, False),
    ],
)
def test_a_range_of_which_nothing_is_there_is_refused_and_what_is_no_range_is_not(
    asked: str, size: int, beyond: bool
) -> None:
    assert is_beyond(asked, size) is beyond
    assert not (beyond and parse_range(asked, size))


@pytest.mark.parametrize(
    ("tags", "known"),
    [
        ("", False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
    ],
)
def test_what_the_client_has_is_known_by_its_tag(tags: str, known: bool) -> None:
    assert matches_tag(tags, '"a"') is known
