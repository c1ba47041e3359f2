"""Whatever is uploaded, the compiler gives a plan or says by name why not: no traceback, a counted number of steps."""

from collections import Counter

import pytest

from fieldapp.forms.evaluate import Instance, open_instance
from fieldapp.forms.limits import STEPS_MAX, Budget
from fieldapp.forms.plan import Plan, load_plan
from fieldapp.forms.refusals import FormRefused
from tests.unit.forms import mutate

BATCH = 100
NOW = 1772321400250


def _look_through(plan: Plan) -> Instance:
    """Opens the form as a phone would and looks at everything once."""
    ids = iter(range(10_000))
    instance = open_instance(
        load_plan(plan.json, plan.files), now_ms=NOW, random=lambda: 0.5, new_id=lambda: f"id-{next(ids)}"
    )
    for node in plan.nodes:
        if node["kind"] == "repeat" and not node.get("count"):
            for row in instance._home_rows(node["n"]):
                instance.add_repeat(instance.path(node["n"], row), f"id-{next(ids)}")
    waiting = instance.tree()
    while waiting:
        child = waiting.pop()
        instance.view(child["path"])
        waiting += child["children"]
    instance.problems()
    instance.submission(NOW)
    instance.name()
    return instance


def _fuzz(seeds: range) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        budget = Budget()
        try:
            plan = mutate.compiled(seed, budget)
        except FormRefused as refused:
            assert refused.refusals, seed
            assert all(r.code and r.zh and r.en for r in refused.refusals), seed
            outcomes.update({r.code for r in refused.refusals})
        except Exception as error:
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error}")
        else:
            try:
                _look_through(plan)
            except Exception as error:
                pytest.fail(f"seed {seed} compiles and cannot be opened: {type(error).__name__}: {error}")
            outcomes["plan"] += 1
        assert budget.spent < STEPS_MAX / 10, seed
    return outcomes


@pytest.mark.parametrize("batch", range(10))
def test_a_thousand_broken_forms_give_a_plan_or_a_named_refusal(batch: int) -> None:
    outcomes = _fuzz(range(batch * BATCH, (batch + 1) * BATCH))
    assert 0 < outcomes["plan"] < BATCH and len(outcomes) > 5, outcomes


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(200))
def test_twenty_thousand_broken_forms_give_a_plan_or_a_named_refusal(batch: int) -> None:
    _fuzz(range(100_000 + batch * BATCH, 100_000 + (batch + 1) * BATCH))


def test_the_forms_that_are_broken_here_are_whole_before() -> None:
    for table in mutate.tables():
        plan = mutate.compile_xlsform(table, "md", mutate.ATTACHMENTS)
        _look_through(plan)
    for xml in mutate.xforms():
        _look_through(mutate.compile_xform(xml, mutate.ATTACHMENTS))
