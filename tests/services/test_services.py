import socket

import psycopg
import pytest
import redis

from tests.services.network import OutsideNetworkError, free_port


def test_valkey_answers(valkey: str) -> None:
    with redis.Redis.from_url(valkey) as client:
        assert client.ping() is True


def test_postgres_has_vectors(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        row = connection.execute("SELECT '[1,2]'::vector <-> '[1,4]'::vector").fetchone()
    assert row == (2.0,)


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as probe, pytest.raises(OutsideNetworkError):
        probe.connect(("192.0.2.1", 80))
    with pytest.raises(OutsideNetworkError):
        socket.getaddrinfo("models.example.com", 443)


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()
        assert listener.getsockname()[1] > 0
