"""`python -m tests.upstreams [--port N] [--tokens N] [--speed TOKENS_PER_SECOND] [--text WORD]`

Without a named scenario every model answers with that many tokens at that speed (0: full speed). A model
named as a scenario plays it. `GET /control/requests`, `GET /control/scenarios` and
`POST /control/play {"scenarios": [names]}` are the control plane. The first line printed is the address.
"""

import argparse
import asyncio
import contextlib
import signal
import sys

from tests.upstreams.script import Counts, End, Tokens, scenario
from tests.upstreams.server import running_upstream


async def serve(port: int, tokens: int, speed: float, text: str) -> None:
    async with running_upstream(port) as upstream:
        upstream.default = scenario(Tokens(tokens, speed, text), End(counts=Counts(11, tokens)))
        bases = [f"{name}: {upstream.base_url(name)}" for name in sorted(upstream.wires)]
        sys.stdout.write("\n".join([upstream.url, *bases]) + "\n")
        sys.stdout.flush()
        stopped = asyncio.Event()
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.upstreams")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--speed", type=float, default=50.0)
    parser.add_argument("--text", default=" word")
    options = parser.parse_args()
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    asyncio.run(serve(options.port, options.tokens, options.speed, options.text))


if __name__ == "__main__":
    main()
