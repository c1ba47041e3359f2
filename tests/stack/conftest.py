"""The stack as deployed, started once for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.stack.deployed import Deployed
from tests.stack.deployed import deployed as started


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with started(tmp_path_factory.mktemp("deployed")) as made:
        yield made
