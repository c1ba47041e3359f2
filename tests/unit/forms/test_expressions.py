"""The frozen expression vectors, run by the server's engine."""

import json
from decimal import Decimal
from typing import Any

import pytest

from fieldapp.forms import values
from fieldapp.forms.dates import DateText
from fieldapp.forms.evaluate import open_instance
from tests.unit.forms import vectors

DATA, PLAN = vectors.load()
INSTANCE = open_instance(PLAN, DATA["answers"], now_ms=DATA["now"], zone=DATA["zone"])


def kind_of(value: values.Value) -> str:
    one = values.single(value)
    if isinstance(one, bool):
        return "truth"
    return "number" if isinstance(one, Decimal) else "date" if isinstance(one, DateText) else "text"


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda v: f"{v['xpath']}@{v['at'] or '/'}")
def test_the_server_gives_the_value_the_rules_say(vector: dict[str, Any]) -> None:
    expression = vectors.expression(PLAN, vector["at"], vector["xpath"])
    number, row = INSTANCE.record.data(vector["at"]) if vector["at"] else (0, INSTANCE.root)
    value = INSTANCE.expressions.evaluate(expression, INSTANCE.expressions.context(number, row))
    assert [kind_of(value), values.text(value)] == [vector["kind"], vector["value"]]


def test_there_are_enough_vectors_and_none_twice() -> None:
    seen = [json.dumps([v["at"], v["xpath"]]) for v in DATA["vectors"]]
    assert len(seen) >= 400 and len(set(seen)) == len(seen)
