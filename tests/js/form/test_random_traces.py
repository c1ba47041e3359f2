"""Thousands of random forms with random answers: every value, relevance, check, choice and text is the same in both
engines. A case is named by its seed; one that fails is cut down to what it needs and printed."""

from typing import Any

import pytest

from tests.js.form import random_traces, same
from tests.js.form.random_traces import Form, Trace

# Another form finds more than another trace of the same one.
FORMS, TRACES_PER_FORM = 220, 5
FORMS_SOAK, TRACES_PER_FORM_SOAK = 10_000, 10
FORMS_PER_CALL = 20
SOAK_SEED = 1_000_000


def _sent(plan: Any, traces: list[Trace]) -> dict[str, Any]:
    given = [{"now": random_traces.NOW, "random": [trace.options["chance"]], **vars(trace)} for trace in traces]
    return {"plan": plan.json, "files": dict(plan.files), "traces": given}


def _fails(js_page: Any, plan: Any, trace: Trace) -> str | None:
    """How the two engines differ on one trace."""
    expected = same.seen(*random_traces.replayed(plan, trace.options, trace.steps))
    (reply,) = same.on_the_phone(js_page, "replayAll", [_sent(plan, [trace])])
    return same.difference(expected, reply)


def _explained(js_page: Any, seed: int, form: Form, trace: Trace) -> str:
    """The smallest failing form and steps of a seed, and the difference."""
    form, trace = random_traces.smallest(form, trace, lambda plan, given: _fails(js_page, plan, given))
    rows = "\n".join(str({key: cell for key, cell in row.items() if cell}) for row in form.rows)
    steps = "\n".join(map(str, trace.steps))
    wrong = _fails(js_page, form.stored(), trace)
    return f"seed {seed}\n{rows}\noptions {trace.options}\n{steps}\n{wrong}"


def _compare(js_page: Any, first: int, count: int, traces: int) -> int:
    """Compares so many traces of the forms of so many seeds, a batch of them in each call to the browser; the number of
    steps done."""
    done = 0
    for start in range(first, first + count, FORMS_PER_CALL):
        batch = []
        for seed in range(start, min(start + FORMS_PER_CALL, first + count)):
            form = random_traces.form(seed)
            plan = form.stored()
            played = [random_traces.trace(plan, seed * TRACES_PER_FORM_SOAK + at) for at in range(traces)]
            batch.append((seed, form, plan, played))
        sent = [_sent(plan, [trace for trace, _, _ in played]) for _, _, plan, played in batch]
        replies = iter(same.on_the_phone(js_page, "replayAll", sent))
        for seed, form, _, played in batch:
            for trace, instance, told in played:
                if same.difference(same.seen(instance, told), next(replies)) is not None:
                    pytest.fail(_explained(js_page, seed, form, trace), pytrace=False)
                done += len(trace.steps)
    return done


@pytest.mark.browser
@pytest.mark.xdist_group("js")
def test_random_answers_to_random_forms_look_the_same_on_phone_and_server(js_page: Any) -> None:
    assert _compare(js_page, 0, FORMS, TRACES_PER_FORM) > FORMS * TRACES_PER_FORM * 3


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.xdist_group("js")
def test_a_hundred_thousand_traces_look_the_same_on_phone_and_server(js_page: Any) -> None:
    done = _compare(js_page, SOAK_SEED, FORMS_SOAK, TRACES_PER_FORM_SOAK)
    assert done > FORMS_SOAK * TRACES_PER_FORM_SOAK * 3
