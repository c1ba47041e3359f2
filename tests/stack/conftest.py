"""The stack as deployed, and a server that dies when it is told to: each is started once for all tests of its group."""

from collections.abc import Iterator

import pytest

from tests.phones import Phone
from tests.stack import deployed as front
from tests.stack.killed import Mortal, mortal


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[front.Deployed]:
    with front.deployed(tmp_path_factory.mktemp("deployed")) as made:
        yield made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    with mortal(tmp_path_factory.mktemp("mortal")) as made:
        yield made


@pytest.fixture(scope="session")
def phone(server: Mortal) -> Phone:
    """A caseworker's phone, to that server."""
    return server.phone()
