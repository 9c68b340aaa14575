from collections.abc import Iterator

import pytest

from tests.services.cluster import Cluster, running_machines


@pytest.fixture(scope="package")
def standing_machines(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Cluster]:
    with running_machines(tmp_path_factory.mktemp("machines"), postgres) as made:
        yield made


@pytest.fixture
def machines(standing_machines: Cluster) -> Iterator[Cluster]:
    """Two servers with folders of their own. Those that a test ended run again for the next."""
    yield standing_machines
    standing_machines.start()
