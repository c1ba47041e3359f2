"""The phone's engine, in the browser, against the server's engine."""

import random
from typing import Any

import pytest

from fieldapp.forms import library
from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.plan import Plan, load_plan
from fieldapp.forms.publish import compile_xlsform
from tests.js.form import same
from tests.js.form.random_traces import ANSWERS, NOW, act_on
from tests.js.form.same import on_the_phone
from tests.unit.forms import test_frozen


def _sent(plan: Plan, steps: list[list[Any]]) -> dict[str, Any]:
    return {"plan": plan.json, "traces": [{"now": NOW, "random": test_frozen.RANDOM, "steps": steps}]}


def _seen(plan: Plan, steps: list[list[Any]]) -> dict[str, Any]:
    return same.seen(*test_frozen.replay(plan, steps))


def _walk(plan: Plan, seed: int, steps_max: int) -> list[list[Any]]:
    """A seeded walk over a form of the library: rows are added, most answers fit their question, some do not."""
    chance = random.Random(seed)
    model = test_frozen.replay(plan, [])[0]
    steps: list[list[Any]] = []
    for at in range(steps_max):
        places = [(n, row) for n, row in model.places(0, model.root) if plan.nodes[n]["kind"] == "question"]
        repeats = [
            (n, row) for n, node in enumerate(plan.nodes) if node["kind"] == "repeat" for row in model._home_rows(n)
        ]
        number, row = chance.choice(places)
        kind = plan.nodes[number]["type"]
        if repeats and chance.random() < 0.15:
            repeat, home = chance.choice(repeats)
            step: list[Any] = ["add", model.path(repeat, home), f"id-{at}"]
        elif kind in ("select_one", "select_multiple"):
            offered = [choice["value"] for choice in model.view(model.path(number, row))["choices"]] or ["gone"]
            code = chance.choice(offered)
            step = ["set", model.path(number, row), code if kind == "select_one" else [code]]
        else:
            step = ["set", model.path(number, row), chance.choice(ANSWERS.get(kind, [{"file": "x"}]))]
        act_on(model, step)
        steps.append(step)
    return steps


def test_the_forms_of_the_library_look_the_same_on_phone_and_server(js_page: Any) -> None:
    made = [(plan, _walk(plan, seed, 80)) for plan in library.plans().values() for seed in range(3)]
    sent = [_sent(*one) for one in made]
    for (plan, steps), reply in zip(made, on_the_phone(js_page, "replayAll", sent), strict=True):
        assert same.difference(_seen(plan, steps), reply) is None, (plan.form_id, steps)


def test_a_plan_stored_by_version_1_opens_on_the_phone_and_means_the_same(js_page: Any) -> None:
    frozen = test_frozen.FROZEN
    (reply,) = on_the_phone(js_page, "replayAll", [_sent(load_plan(frozen["plan"]), frozen["steps"])])
    assert {key: reply[key] for key in ("answers", "submission", "problems")} == {
        key: frozen[key] for key in ("answers", "submission", "problems")
    }


def test_a_plan_stored_by_function_set_2_opens_on_the_phone_and_means_the_same(js_page: Any) -> None:
    frozen, told = test_frozen.FROZEN_2, test_frozen.FROZEN_2["told"]
    steps = [*frozen["steps"], ["submit", told["ended"]]]
    trace = {"now": told["now"], "random": told["random"], "steps": steps}
    options = {"ids": [f"row-{at}" for at in range(100)], "me": told["me"], "lastSaved": told["last_saved"]}
    sent = {"plan": frozen["plan"], "files": frozen["files"], "traces": [{**trace, "options": options}]}
    (reply,) = on_the_phone(js_page, "replayAll", [sent])
    assert "thrown" not in reply, reply
    keys = ("answers", "submission", "problems", "name")
    assert {key: reply[key] for key in keys} == {key: frozen[key] for key in keys}
    offered = next(view[-1] for view in reply["views"] if view[0] == "need")
    assert [value for value, _ in offered] == frozen["need"]


NAMED_ROWS = """| survey |
| | type | name | label::中文 (zh) | label::English (en) | calculation | bind::fa:sensitivity |
| | calculate | head | | | jr:choice-name(${who}, '${who}') | household |
| | begin_repeat | people | 人 | People | | |
| | text | name | 姓名 | Name | | household |
| | end_repeat | | | | | |
| | select_one ${name} | who | 户主 | Head | | household |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | R2 | 名 / Names | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""


def test_the_name_of_a_chosen_row_follows_the_row_in_both_engines(js_page: Any) -> None:
    plan = compile_xlsform(NAMED_ROWS, "md")
    steps = [
        *(["add", "people", "p-1"], ["set", "people[p-1].name", "甲"], ["set", "who", "p-1"]),
        ["set", "people[p-1].name", "乙"],
    ]
    for more, named in ([], "乙"), ([["remove", "people[p-1]"]], None), ([["set", "people[p-1].name", None]], None):
        (reply,) = on_the_phone(js_page, "replayAll", [_sent(plan, [*steps, *more])])
        assert same.difference(_seen(plan, [*steps, *more]), reply) is None
        assert reply["answers"].get("head") == named, more


UNTAKEN = "not(selected(join(' ', current()/../../heirs[position() != position(current()/..)]/task), name))"
OTHER_ROWS = f"""| survey |
| | type | name | label::中文 (zh) | label::English (en) | constraint | choice_filter | bind::fa:sensitivity |
| | begin_repeat | heirs | 人 | People | | | |
| | decimal | share | 份额 | Share | sum(../../heirs/share) <= 100 | | household |
| | text | name | 姓名 | Name | count(../../heirs[name = current()/../name]) = 1 | | household |
| | select_one ab | task | 任务 | Task | | {UNTAKEN} | household |
| | begin_repeat | plots | 地 | Plots | | | |
| | decimal | part | 部分 | Part | sum(../../plots/part) <= 10 | | household |
| | end_repeat | | | | | | |
| | end_repeat | | | | | | |
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) |
| | ab | a | 甲 | A |
| | ab | b | 乙 | B |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | R4 | 份 / Shares | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""
HEIRS = [["add", "heirs", "p-1"], ["add", "heirs", "p-2"]]


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ([["set", "heirs[p-1].share", "60"], ["set", "heirs[p-2].share", "60"]], {"share": "constraint"}),
        ([["set", "heirs[p-1].name", "张三"], ["set", "heirs[p-2].name", "张三"]], {"name": "constraint"}),
        ([["set", "heirs[p-1].task", "a"], ["set", "heirs[p-2].task", "a"]], {"task": "not_a_choice"}),
    ],
)
def test_what_a_question_asks_of_its_other_rows_follows_them_in_both_engines(
    js_page: Any, steps: list[list[Any]], wrong: dict[str, str]
) -> None:
    """An answer that is put right in one row must not leave the other one wrong, in front of the hand-in."""
    plan = compile_xlsform(OTHER_ROWS, "md")
    path = steps[0][1]
    ((name, code),) = wrong.items()
    for more, left in ([], code), ([["set", path, None]], None), ([["remove", "heirs[p-1]"]], None):
        walk = [*HEIRS, *steps, *more]
        (reply,) = on_the_phone(js_page, "replayAll", [_sent(plan, walk)])
        assert same.difference(_seen(plan, walk), reply) is None, more
        codes = {problem["path"]: problem["code"] for problem in reply["problems"]}
        assert codes.get(f"heirs[p-2].{name}") == left, (more, codes)


def test_a_sum_over_the_rows_of_one_row_leaves_the_rows_of_others_alone(js_page: Any) -> None:
    plan = compile_xlsform(OTHER_ROWS, "md")
    rows = [["add", f"heirs[{heir}].plots", plot] for heir, plot in (("p-1", "l-1"), ("p-1", "l-2"), ("p-2", "l-3"))]
    parts = [["set", f"heirs[p-1].plots[l-{at}].part", "6"] for at in (1, 2)]
    walk = [*HEIRS, *rows, ["set", "heirs[p-2].plots[l-3].part", "6"], *parts, ["set", parts[0][1], "4"]]
    (reply,) = on_the_phone(js_page, "replayAll", [_sent(plan, walk)])
    assert same.difference(_seen(plan, walk), reply) is None
    assert reply["problems"] == []
    assert reply["changes"][-1] == [f"heirs[p-1].plots[l-{at}].part" for at in (1, 2)]


LAST = """| survey |
| | type | name | label::中文 (zh) | label::English (en) | calculation | bind::fa:sensitivity | bind::type |
| | calculate | visits | | | coalesce(${last-saved#visits}, 0) + 1 | household | int |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | R3 | 次 / Count | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""


@pytest.mark.parametrize(("last", "now"), [(4, 5), ("4", 5), (None, 1), (True, 1), ([4], 1)])
def test_a_calculated_whole_number_is_read_from_the_last_record_in_both_engines(
    js_page: Any, last: Any, now: int
) -> None:
    plan = compile_xlsform(LAST, "md")
    assert plan.nodes[1]["type"] == "integer"
    options = {"lastSaved": {"visits": last}}
    trace = {"now": NOW, "random": [0.5], "steps": [], "options": options}
    (reply,) = on_the_phone(js_page, "replayAll", [{"plan": plan.json, "traces": [trace]}])
    server = open_instance(plan, now_ms=NOW, last_saved=options["lastSaved"])
    assert [reply["answers"].get("visits"), server.get("visits")] == [now, now]
