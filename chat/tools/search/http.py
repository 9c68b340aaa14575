"""The one way in which search services are asked, and what their refusals mean. Their keys go into headers
alone; nothing that a service says reaches an error."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from providers.wire.proxies import proxy_for

SECONDS = 15.0
MOST_BYTES = 4 * 1024 * 1024
CHUNK = 1 << 16
LONGEST_WAIT = 3600.0


class SearchError(Exception):
    """`text`: what is wrong and what to do, for a person, with its `values`. It names no key."""

    def __init__(self, text: str | Promise, **values: object) -> None:
        self.text = text
        self.values = values
        super().__init__(text)

    def __str__(self) -> str:
        """In the language that is active now."""
        return str(self.text) % self.values if self.values else str(self.text)


class SearchBusyError(SearchError):
    """The service wants fewer searches: `seconds` of none."""

    def __init__(self, service: str, seconds: float) -> None:
        self.seconds = seconds
        said = _("%(service)s allows no more searches for the moment. Try again in %(seconds)s s.")
        super().__init__(said, service=service, seconds=max(1, round(seconds)))


class SearchRefusedError(Exception):
    """A status that is no success; each service says what it means."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


async def fetch_json(
    service: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] = {},
    query: Mapping[str, str] | None = None,
    body: object = None,
) -> Any:
    """Raises SearchError, or RefusedError for a status that the service has to explain."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        async with (
            asyncio.timeout(SECONDS),
            aiohttp.ClientSession(headers={"Accept": "application/json", "User-Agent": "Divan"}) as session,
            session.request(
                method,
                url,
                params=query,
                json=body,
                headers=headers,
                proxy=proxy_for(url),
                allow_redirects=False,
            ) as answer,
        ):
            return await read_json(service, answer)
    except TimeoutError:
        said = _("%(service)s did not answer within %(seconds)s s.")
        raise SearchError(said, service=service, seconds=int(SECONDS)) from None
    except (aiohttp.ClientError, OSError, ValueError):
        said = _("%(service)s cannot be reached at %(host)s. Is the address right, and does it run?")
        raise SearchError(said, service=service, host=host) from None


async def read_json(service: str, answer: aiohttp.ClientResponse) -> Any:
    if answer.status == 429:
        raise SearchBusyError(service, seconds_of(answer.headers))
    if 300 <= answer.status < 400:
        said = _("%(service)s sends to another address. Write the address that it really has.")
        raise SearchError(said, service=service)
    if answer.status >= 500:
        said = _("%(service)s failed (%(status)s). Try again later.")
        raise SearchError(said, service=service, status=answer.status)
    if answer.status != 200:
        raise SearchRefusedError(answer.status)
    data = bytearray()
    async for block in answer.content.iter_chunked(CHUNK):
        data += block
        if len(data) > MOST_BYTES:
            raise no_answer(service)
    try:
        return orjson.loads(data)
    except ValueError:
        raise no_answer(service) from None


def no_answer(service: str) -> SearchError:
    said = _("What answered is not %(service)s: it gave no results as JSON. Is the address right?")
    return SearchError(said, service=service)


def refusal_error(service: str, status: int) -> SearchError:
    said = _("%(service)s refused the search (%(status)s).")
    return SearchError(said, service=service, status=status)


def wrong_key(service: str, setting: str) -> SearchError:
    said = _("%(service)s does not accept the key. Type a valid one in Settings → Services (or %(setting)s).")
    return SearchError(said, service=service, setting=setting)


def no_key(service: str, setting: str) -> Promise:
    said = _("{service} needs a key: type it in Settings → Services, or set {setting}.")
    return format_lazy(said, service=service, setting=setting)


def seconds_of(headers: Mapping[str, str]) -> float:
    """Of `Retry-After`, in seconds or as a date; one where nothing is said."""
    said = headers.get("Retry-After", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, IndexError):
            seconds = 1.0
    # Not a number is neither smaller nor greater.
    return min(seconds, LONGEST_WAIT) if seconds > 0 else 1.0
