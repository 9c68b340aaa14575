"""An HTTP server of the tests in a thread of its own."""

import threading
from http.server import HTTPServer
from types import TracebackType
from typing import Self


class Threaded:
    """Serves for as long as the block lasts."""

    def __init__(self, http: HTTPServer) -> None:
        self._http = http

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        # It is asked as often whether it is to end, and each test would wait for that.
        serve = {"poll_interval": 0.01}
        threading.Thread(target=self._http.serve_forever, kwargs=serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
