"""A plan and a record as they were stored by version 1: they must open, and mean the same, for ever (habit 34)."""

import json
from pathlib import Path
from typing import Any

from fieldapp.forms.plan import load_plan
from tests.unit.forms import random_forms

FROZEN: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors/forms/stored-1.json").read_text("utf-8"))


def test_a_plan_stored_by_version_1_opens_and_means_the_same() -> None:
    instance, _ = random_forms.replay(load_plan(FROZEN["plan"]), FROZEN["steps"])
    assert instance.answers() == FROZEN["answers"]
    assert instance.submission() == FROZEN["submission"]
    assert instance.problems() == FROZEN["problems"]
