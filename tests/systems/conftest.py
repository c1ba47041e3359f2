"""What the tests of the systems stand on: the fixtures of the server's tests, with phones."""

from tests.web.conftest import enrolled as enrolled
from tests.web.conftest import look as look
