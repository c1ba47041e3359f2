"""The phone's Argon2id in the real browser, against the one of the `cryptography` package."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.js.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("js")]
# Of static/js/limits.js: STRONG, LIGHT, PIN, with lanes (DESIGN, section 5). All other tests of this folder get cheaper
# ones from conftest.py.
REAL_COSTS = {"STRONG": (65_536, 3, 1), "LIGHT": (47_104, 1, 1), "PIN": (19_456, 2, 1)}
WRITTEN = re.compile(r"KDF_(\w+) = .*memory_kib: ([\d_]+), iterations: (\d+), parallelism: (\d+) ")
DERIVE = """async ([password, salt, cost, length]) => {
  const { argon2id } = await import("/static/js/vault-worker/argon2id.js");
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return Array.from(await argon2id(bytes(password), bytes(salt), cost, length));
}"""


@pytest.fixture
def page(browser: Any, js_address: str) -> Any:
    # In the app only the vault's worker may run WebAssembly; this page is let, so that the module can be asked alone.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(js_address)
    yield page
    context.close()


def asked(page: Any, password: bytes, salt: bytes, cost: tuple[int, int, int], length: int) -> bytes:
    memory_kib, iterations, parallelism = cost
    given = {"memory_kib": memory_kib, "iterations": iterations, "parallelism": parallelism}
    return bytes(page.evaluate(DERIVE, [*(base64.b64encode(one).decode() for one in (password, salt)), given, length]))


def test_what_is_shipped_derives_at_the_real_cost() -> None:
    written = WRITTEN.findall((ROOT / "static/js/limits.js").read_text("utf-8"))
    assert {name: tuple(map(int, numbers)) for name, *numbers in written} == REAL_COSTS


@pytest.mark.parametrize(
    ("cost", "length"),
    [
        *(((8, 1, 1), length) for length in (16, 32, 63, 64)),
        *((cost, 32) for cost in ((75, 3, 2), (1_024, 2, 4), *REAL_COSTS.values())),
    ],
)
def test_it_derives_what_the_reference_derives(page: Any, cost: tuple[int, int, int], length: int) -> None:
    memory_kib, iterations, lanes = cost
    for password, salt in ((b"", b"8 bytes."), ("山海米桥".encode(), bytes(range(16))), (b"long" * 10_000, b"s" * 40)):
        expected = Argon2id(
            salt=salt, length=length, iterations=iterations, lanes=lanes, memory_cost=memory_kib
        ).derive(password)
        assert asked(page, password, salt, cost, length) == expected


@pytest.mark.parametrize("cost", [(7, 1, 1), (64, 0, 1), (64, 1, 0), (15, 1, 2), (float("nan"), 1, 1)])
def test_a_cost_that_is_none_is_refused(page: Any, cost: tuple[int, int, int]) -> None:
    with pytest.raises(Exception, match="RangeError"):
        asked(page, b"secret", bytes(16), cost, 32)


def test_a_short_salt_is_refused(page: Any) -> None:
    with pytest.raises(Exception, match="RangeError"):
        asked(page, b"secret", bytes(7), (64, 1, 1), 32)
