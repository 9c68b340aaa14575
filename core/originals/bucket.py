"""The bytes of originals in a bucket of an S3 service, at <prefix>/<name>. Keys and region are read from the
environment as all clients of such services do (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION …)."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from core.hashes import is_sha256
from core.originals.base import OriginalsAwayError

if TYPE_CHECKING:
    from obstore.store import S3Store

SCHEME = "s3"
STYLES = PATH, VIRTUAL = "path", "virtual"
"""Whether the bucket's name stands in the path of an address, as most services want it, or in front of the
host."""
PART = 4 << 20
"""Bytes of one request that reads."""
UPLOADED = 8 << 20
"""Bytes of one request that writes."""
CONNECTED, ANSWERED = timedelta(seconds=5), timedelta(seconds=60)
"""Until a request is given up."""
RETRIES = 3
SAID = re.compile(r"\b[45]\d\d [A-Z][A-Za-z ]+|<Code>\w+</Code>")
"""What of an error may be told: what else a service says may hold keys."""
NO_BUCKET = "<Code>NoSuchBucket</Code>"


@dataclass(frozen=True, slots=True)
class BucketPlace:
    bucket: str
    prefix: str
    endpoint: str
    region: str
    style: str


def parse_place(url: str) -> BucketPlace:
    """Of s3://bucket/prefix?endpoint=https://…&region=…&style=path. Raises ValueError with a sentence for a
    person."""
    parts = urlsplit(url)
    if parts.scheme != SCHEME or not parts.hostname or parts.username or parts.port:
        raise ValueError("It looks like s3://bucket/prefix?endpoint=https://s3.example.org, without keys.")
    said = dict(parse_qsl(parts.query))
    if unknown := sorted(said.keys() - {"endpoint", "region", "style"}):
        raise ValueError(f"It knows endpoint, region and style, and not {unknown[0]!r:.80}.")
    endpoint, style = said.get("endpoint", ""), said.get("style", PATH)
    if endpoint and not (endpoint.startswith(("http://", "https://")) and urlsplit(endpoint).hostname):
        raise ValueError("Its endpoint is an address such as https://s3.example.org.")
    if style not in STYLES:
        raise ValueError(f"Its style is one of {' and '.join(STYLES)}.")
    return BucketPlace(parts.hostname, parts.path.strip("/"), endpoint, said.get("region", ""), style)


@dataclass(frozen=True, slots=True)
class Object:
    """`name`: behind the last slash. `put`: when, in seconds since 1970, by the service's clock."""

    name: str
    size: int
    put: float


class BucketHome:
    """`OriginalsHome`. Raises ImportError where the client is not installed."""

    def __init__(self, place: BucketPlace) -> None:
        self._store = connect(place)

    def size(self, name: str) -> int | None:
        import obstore

        with naming_service_errors():
            try:
                return obstore.head(self._store, name)["size"]
            except FileNotFoundError:
                self._refuse_without_bucket(name)
                return None

    def blocks(self, name: str, start: int, end: int) -> Iterator[bytes]:
        import obstore

        for at in range(start, end, PART):
            asked = min(at + PART, end)
            with naming_service_errors():
                block = bytes(obstore.get_range(self._store, name, start=at, end=asked))
            if len(block) < asked - at:
                raise OriginalsAwayError(errno.EIO, "the S3 service gives less of an object than it has")
            yield block

    def put(self, name: str, path: Path) -> None:
        import obstore

        with naming_service_errors():
            obstore.put(self._store, name, path, chunk_size=UPLOADED, max_concurrency=2)

    def remove(self, name: str) -> None:
        import obstore

        with naming_service_errors(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    def measure(self, place: str) -> tuple[int, int]:
        count = size = 0
        for found in self.objects(place):
            if is_sha256(found.name):
                count += 1
                size += found.size
        return count, size

    def list_hashes(self, place: str) -> Iterator[tuple[str, float]]:
        for found in self.objects(place):
            if is_sha256(found.name):
                yield found.name, found.put

    def _refuse_without_bucket(self, name: str) -> None:
        """What has no body, as the answer to HEAD, does not say whether the object or the whole bucket is not
        there."""
        import obstore

        try:
            obstore.get_range(self._store, name, start=0, end=1)
        except FileNotFoundError as error:
            if NO_BUCKET in str(error):
                raise

    def objects(self, place: str) -> Iterator[Object]:
        """Lists all objects below <prefix>/<place>/."""
        import obstore

        with naming_service_errors():
            for some in obstore.list(self._store, f"{place}/", chunk_size=1000):
                for found in some:
                    name = found["path"].rpartition("/")[2]
                    yield Object(name, found["size"], found["last_modified"].timestamp())


def connect(place: BucketPlace) -> "S3Store":
    from obstore.store import S3Store

    given = {"endpoint": place.endpoint, "region": place.region}
    return S3Store(
        place.bucket,
        prefix=place.prefix or None,
        virtual_hosted_style_request=place.style == VIRTUAL,
        client_options={
            "allow_http": True,
            "connect_timeout": CONNECTED,
            "timeout": ANSWERED,
        },
        # Not all services know the other way to delete.
        disable_bulk_delete=True,
        retry_config={"max_retries": RETRIES, "retry_timeout": ANSWERED},
        **{key: value for key, value in given.items() if value},  # type: ignore[arg-type]
    )


@contextmanager
def naming_service_errors() -> Iterator[None]:
    """Raises what the service says as OriginalsAwayError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        said = SAID.findall(str(error))
        why = ", ".join(one.removeprefix("<Code>").removesuffix("</Code>") for one in said[:2])
        what = why or type(error).__name__
        raise OriginalsAwayError(errno.EIO, f"the S3 service does not answer as it should ({what})") from None
