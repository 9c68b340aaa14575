from collections.abc import Iterator

import pytest

from tests.services.cluster import Cluster, running_cluster


@pytest.fixture(scope="package")
def standing_cluster(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), postgres, {}) as made:
        yield made


@pytest.fixture
def cluster(standing_cluster: Cluster) -> Iterator[Cluster]:
    """Three processes that this folder's tests share. Those that a test ended run again for the next."""
    yield standing_cluster
    standing_cluster.start()
