"""Whether a process can be given requests, as a proxy or an orchestrator asks."""

import json
import urllib.error
import urllib.request
from contextlib import AbstractContextManager

import pytest

from tests.services.cluster import Cluster
from tests.services.processes import wait_until
from tests.services.server import Divan

READY = (200, {"status": "ok"})


def ask(server: Divan, path: str = "/-/ready") -> tuple[int, object]:
    """Under the name of a host that nobody allowed."""
    request = urllib.request.Request(f"{server.url}{path}", headers={"Host": "10.0.0.7"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def taken_away(cluster: Cluster, part: str) -> AbstractContextManager[None]:
    return cluster.valkey.away() if part == "redis" else cluster.database_away()


@pytest.mark.parametrize("part", ["redis", "database"])
def test_a_process_is_ready_again_when_what_did_not_answer_is_back(cluster: Cluster, part: str) -> None:
    assert [ask(server) for server in cluster.servers] == [READY] * 3
    with taken_away(cluster, part):
        for server in cluster.servers:
            assert ask(server) == (503, {"status": "unavailable", "missing": [part]})
            assert ask(server, "/-/health") == READY
    wait_until(
        lambda: all(ask(server) == READY for server in cluster.servers),
        seconds=20,
        what="being ready again",
    )


def test_a_process_whose_data_folder_is_gone_is_not_ready(server: Divan) -> None:
    assert ask(server) == READY
    moved = server.data_dir.rename(server.data_dir.with_name("moved"))
    server.data_dir.write_text("a file where the folder was")
    assert ask(server) == (503, {"status": "unavailable", "missing": ["database", "store"]})
    server.data_dir.unlink()
    moved.rename(server.data_dir)
    assert ask(server) == READY
