"""A plan and a record as each function set stored them: they must open, and mean the same, for ever (habit 34)."""

import itertools
import json
from pathlib import Path
from typing import Any

from fieldapp.forms.evaluate import Instance, findings, open_instance
from fieldapp.forms.plan import Plan, load_plan
from tests.js.form.random_traces import NOW, act_on

RANDOM = [0.125, 0.5, 0.9375, 0.25]
FROZEN: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors/forms/stored-1.json").read_text("utf-8"))


def replay(plan: Plan, steps: list[list[Any]]) -> tuple[Instance, list[list[str]]]:
    """The instance after the steps, and the paths told of each; chance runs through the same four numbers."""
    drawn = itertools.cycle(RANDOM)
    instance = open_instance(plan, now_ms=NOW, random=lambda: next(drawn))
    return instance, [act_on(instance, step) for step in steps]


def test_a_plan_stored_by_version_1_opens_and_means_the_same() -> None:
    instance, _ = replay(load_plan(FROZEN["plan"]), FROZEN["steps"])
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
        act_on(instance, step)
    assert instance.submission(told["ended"]) == FROZEN_2["submission"]
    assert instance.answers() == FROZEN_2["answers"]
    assert instance.problems() == FROZEN_2["problems"]
    assert instance.recorded() == FROZEN_2["recorded"] and instance.name() == FROZEN_2["name"]
    assert [choice["value"] for choice in instance.view("need")["choices"]] == FROZEN_2["need"]
    found = findings(instance.plan, FROZEN_2["submission"], FROZEN_2["recorded"])
    assert {finding.code for finding in found} == {"constraint", "rank_incomplete"}
