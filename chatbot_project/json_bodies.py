"""The bodies of requests to REST, read as strictly as what comes over the socket."""

from typing import Any, cast

import orjson
from django.http import HttpRequest
from ninja.parser import Parser


class StrictParser(Parser):
    """Python's own reader takes NaN, which no client could read back, and halves of characters, which no file
    can hold."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Raises ValueError, which is answered with 400."""
        return cast(dict[str, Any], orjson.loads(request.body))
