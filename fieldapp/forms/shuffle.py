"""A shuffled order from a seed: Park and Miller's numbers, Fisher and Yates' exchange, as ODK has it.

Rules: docs/forms.md, 7.5.
"""

from collections.abc import Sequence
from typing import Any

_MODULUS, _FACTOR = 2_147_483_647, 16_807


def shuffled(items: Sequence[Any], seed: int) -> list[Any]:
    found = list(items)
    state = seed % _MODULUS if seed >= 0 else -(-seed % _MODULUS)
    if state <= 0:
        state += _MODULUS - 1
    for i in range(len(found), 0, -1):
        state = state * _FACTOR % _MODULUS
        j = (state - 1) * i // (_MODULUS - 1)
        found[i - 1], found[j] = found[j], found[i - 1]
    return found
