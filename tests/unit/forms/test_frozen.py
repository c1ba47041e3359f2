"""A plan and a record as each function set stored them: they must open, and mean the same, for ever (habit 34)."""

import itertools
import json
from pathlib import Path
from typing import Any

from fieldapp.forms.evaluate import findings, open_instance
from fieldapp.forms.plan import load_plan
from tests.unit.forms import random_forms

FROZEN: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors/forms/stored-1.json").read_text("utf-8"))


def test_a_plan_stored_by_version_1_opens_and_means_the_same() -> None:
    instance, _ = random_forms.replay(load_plan(FROZEN["plan"]), FROZEN["steps"])
    assert instance.answers() == FROZEN["answers"]
    assert instance.submission() == FROZEN["submission"]
    assert instance.problems() == FROZEN["problems"]


FROZEN_2: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors/forms/stored-2.json").read_text("utf-8"))


def test_a_plan_stored_by_function_set_2_opens_with_its_lists_and_means_the_same() -> None:
    told = FROZEN_2["told"]
    ids, draws = itertools.count(), itertools.cycle(told["random"])
    instance = open_instance(
        load_plan(FROZEN_2["plan"], FROZEN_2["files"]),
        now_ms=told["now"],
        zone=told["zone"],
        random=lambda: next(draws),
        new_id=lambda: f"row-{next(ids)}",
        me=told["me"],
        last_saved=told["last_saved"],
    )
    for step in FROZEN_2["steps"]:
        random_forms.act_on(instance, step)
    assert instance.submission(told["ended"]) == FROZEN_2["submission"]
    assert instance.answers() == FROZEN_2["answers"]
    assert instance.problems() == FROZEN_2["problems"]
    assert instance.recorded() == FROZEN_2["recorded"] and instance.name() == FROZEN_2["name"]
    assert [choice["value"] for choice in instance.view("need")["choices"]] == FROZEN_2["need"]
    found = findings(instance.plan, FROZEN_2["submission"], FROZEN_2["recorded"])
    assert {finding.code for finding in found} == {"constraint", "rank_incomplete"}
