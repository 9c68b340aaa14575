"""The whole of Divan with PostgreSQL as its database."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.chat.test_answers import ECHO
from tests.chat.test_rest import session
from tests.services.server import Divan
from tests.services.wire import wire


@pytest.fixture
def server(postgres: str, tmp_path: Path) -> Iterator[Divan]:
    """A server with an empty PostgreSQL database of its own."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE whole")
        running = Divan(tmp_path / "server", env={"DATABASE_URL": postgres.replace("/divan?", "/whole?")})
        running.manage("migrate", "--verbosity", "0")
        with running:
            yield running
        connection.execute("DROP DATABASE whole WITH (FORCE)")


async def test_conversations_are_listed_found_and_counted(server: Divan) -> None:
    async with wire(server.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="Kırmızı BALIK nerede?", lanes=ECHO)
        await page.answer(ack["answers"][0])
    async with session(server) as http, http.get("/api/conversations", params={"q": "balık"}) as answer:
        found = (await answer.json())["conversations"]
    assert [row["id"] for row in found] == [ack["conversation"]]
    assert spent(server) == [(1,)]

    server.restart()
    async with wire(server.socket_url) as page:
        await page.ask("open", conversation=ack["conversation"])
        again = await page.ask("send", conversation=ack["conversation"], text="Peki ya mavi?")
        await page.answer(again["answers"][0])
    assert spent(server) == [(2,)]


def spent(server: Divan) -> list[tuple[int, ...]]:
    """Requests of each sum, once the server has stopped and written what it knew."""
    server.stop()
    with psycopg.connect(server.env["DATABASE_URL"]) as connection:
        return connection.execute("SELECT requests FROM providers_spending").fetchall()
