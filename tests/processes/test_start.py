"""How several processes start on one data folder."""

from tests.services.cluster import Cluster


def test_of_three_processes_on_an_empty_database_one_makes_it_and_all_start(cluster: Cluster) -> None:
    assert all(server.is_running for server in cluster.servers)
