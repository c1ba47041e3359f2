"""What the compiler refuses, by name and with the row of the sheet; and what it makes of a form."""

import pytest

from fieldapp.forms.plan import Plan, PlanRefused, PlanTooNew, load_plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.refusals import FormRefused
from fieldapp.forms.sensitivity import cut
from fieldapp.forms.xform import compile_xform

HEAD = "| | type | name | label::中文 (zh) | label::English (en) | {} |"
TAIL = """| choices |
| | list_name | name | label::中文 (zh) | label::English (en) |
| | yn | yes | 是 | Yes |
| | yn | no | 否 | No |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | T1 | 试 / Test | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""


def compiled(columns: str, *rows: str, tail: str = TAIL) -> Plan:
    return compile_xlsform(
        "\n".join(["| survey |", HEAD.format(columns), *(f"| | {row} |" for row in rows), tail]), "md"
    )


def refused(columns: str, *rows: str, tail: str = TAIL) -> list[tuple[str, int | None]]:
    with pytest.raises(FormRefused) as caught:
        compiled(columns, *rows, tail=tail)
    assert all(r.zh and r.en for r in caught.value.refusals)
    return [(r.code, r.row) for r in caught.value.refusals]


CLASS = "bind::fa:sensitivity"


@pytest.mark.parametrize(
    ("code", "columns", "rows"),
    [
        ("unclassified", "hint::中文 (zh)", ["text | fine | 甲 | A | 问"]),
        ("value", CLASS, ["text | a | 甲 | A | secret"]),
        ("value", f"{CLASS} | bind::fa:unknown", ["text | a | 甲 | A | health | perhaps"]),
        ("value", f"{CLASS} | bind::fa:change", ["text | a | 甲 | A | health | fixed"]),
        ("unsupported", f"{CLASS} | bind::fa:colour", ["text | a | 甲 | A | health | red"]),
        ("location_required", f"{CLASS} | required", ["geopoint | a | 甲 | A | health | yes"]),
        ("judgement_in_the_home", f"{CLASS} | bind::fa:how", ["text | a | 甲 | A | health | judge"]),
        ("function", f"{CLASS} | relevant", ["text | a | 甲 | A | health | intersects(1)"]),
        ("function", f"{CLASS} | calculation", ["calculate | a | | | | once(random()) + 1"]),
        ("function", f"{CLASS} | calculation", ["calculate | a | | | | once(once(random()))"]),
        ("function", f"{CLASS} | default", ["text | a | 甲 | A | health | concat('a', once(uuid()))"]),
        ("function", f"{CLASS} | constraint", ["text | a | 甲 | A | health | once(random())"]),
        ("arguments", f"{CLASS} | relevant", ["text | a | 甲 | A | health | substr('a')"]),
        ("arguments", f"{CLASS} | constraint", ["text | a | 甲 | A | health | position() = 1"]),
        ("expression", f"{CLASS} | constraint", ["text | a | 甲 | A | health | 1 +"]),
        ("path", f"{CLASS} | relevant", ["text | a | 甲 | A | health | /data/nobody = 1"]),
        ("regex", f"{CLASS} | constraint", ["text | a | 甲 | A | health | regex(., '(?=a)b')"]),
        ("regex", f"{CLASS} | constraint", ["text | a | 甲 | A | health | regex(., concat('a', 'b'))"]),
        ("list", f"{CLASS} | constraint", ["text | a | 甲 | A | health | instance('yn')/root/item[x = 1]/label = 1"]),
        ("cycle", f"{CLASS} | relevant", ["text | a | 甲 | A | health | . = 'x'"]),
        ("unsupported", CLASS, ["start-geopoint | a"]),
        ("unsupported", CLASS, ["background-audio | a"]),
        ("unsupported", CLASS, ["phonenumber | a"]),
        ("unsupported", CLASS, ["select_one_external yn | a | 甲 | A | health"]),
        ("unsupported", CLASS, ["select_one_from_file a.xml | a | 甲 | A | health"]),
        ("attachment", CLASS, ["select_one_from_file a.csv | a | 甲 | A | health"]),
        ("attachment", f"{CLASS} | media::image", ["text | a | 甲 | A | health | x.png"]),
        ("unsupported", f"{CLASS} | save_to", ["text | a | 甲 | A | health | x"]),
        ("unsupported", f"{CLASS} | relevent", ["text | a | 甲 | A | health | ${first} = 1"]),
        (
            "unsupported",
            f"{CLASS} | parameters",
            ["range | a | 甲 | A | health | start=1 end=5 step=1 tick_labelset=yn"],
        ),
        ("xlsform", f"{CLASS} | parameters", ["range | a | 甲 | A | health | start=5 end=5 step=1"]),
        ("unsupported", f"{CLASS} | appearance", ["image | a | 甲 | A | health | annotate"]),
        ("unsupported", f"{CLASS} | appearance", ["text | a | 甲 | A | health | ex:org.example.app(a='b')"]),
        ("unsupported", f"{CLASS} | appearance", ["select_one yn | a | 甲 | A | health | search('yn')"]),
        ("unsupported", f"{CLASS} | appearance", ["date | a | 甲 | A | health | ethiopian"]),
        ("value", f"{CLASS} | bind::fa:lunar", ["text | a | 甲 | A | health | yes"]),
        ("value", f"{CLASS} | bind::fa:phrases", ["text | a | 甲 | A | health | nolist"]),
        ("value", f"{CLASS} | bind::fa:alone", ["text | a | 甲 | A | health | yes"]),
        ("value", f"{CLASS} | bind::fa:policy", ["image | a | 甲 | A | health | weather"]),
        ("arguments", f"{CLASS} | constraint", ["text | a | 甲 | A | health | digest(., 'MD5') = 'x'"]),
        ("arguments", f"{CLASS} | constraint", ["text | a | 甲 | A | health | randomize('a') = 'x'"]),
        ("function", f"{CLASS} | constraint", ["text | a | 甲 | A | health | last() = 1"]),
        ("last_saved_class", f"{CLASS} | default", ["text | a | 甲 | A | health | ${last-saved#a}"]),
    ],
)
def test_what_is_not_supported_is_refused_with_its_row(code: str, columns: str, rows: list[str]) -> None:
    found = refused(columns, f"text | first | 一 | One | {'' if columns.startswith('hint') else 'household'}", *rows)
    assert (code, 3) in found


def test_every_reason_is_told_at_once() -> None:
    found = refused(
        f"{CLASS} | relevant", "text | a | 甲 | A | household | f(1)", "text | b | 乙 | B | household | g(1)"
    )
    assert found == [("function", 2), ("function", 3)]


def test_a_circle_over_several_questions_is_refused_by_their_names() -> None:
    columns = f"{CLASS} | calculation"
    with pytest.raises(FormRefused, match="cycle") as caught:
        compiled(columns, "calculate | a | | | | ${c}", "calculate | b | | | | ${a}", "calculate | c | | | | ${b} + 1")
    assert {"a", "b", "c"} <= set(caught.value.refusals[0].en.replace(".", " ").split())


def test_a_group_that_waits_for_its_own_child_is_a_circle() -> None:
    found = refused(
        f"{CLASS} | relevant", "begin_group | g | 组 | G | household | ${a} = 'x'", "text | a | 甲 | A", "end_group"
    )
    assert found[0][0] == "cycle"


@pytest.mark.parametrize("settings", ["| T1 | 试 | 0 |", "| T1 | 试 | one |", "| T 1 | 试 | 1 |"])
def test_a_form_without_a_proper_id_and_version_is_refused(settings: str) -> None:
    tail = TAIL.replace("| T1 | 试 / Test | 1 |", settings)
    assert {code for code, _ in refused(CLASS, "text | a | 甲 | A | household", tail=tail)} <= {"setting", "xlsform"}


def test_a_mistake_that_pyxform_finds_keeps_its_row() -> None:
    assert refused(CLASS, "text | a | 甲 | A | household", "nonsense | b | 乙 | B | household") == [("xlsform", 3)]


@pytest.mark.parametrize(
    "head", ['<!DOCTYPE a [<!ENTITY x "y">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">', "<!DOCTYPE a>"]
)
def test_xml_with_a_dtd_is_refused_before_it_is_read(head: str) -> None:
    with pytest.raises(FormRefused) as caught:
        compile_xform(f"<?xml version='1.0'?>{head}<a>&x;</a>")
    assert [r.code for r in caught.value.refusals] == ["doctype"]


def test_damaged_xml_is_refused() -> None:
    with pytest.raises(FormRefused) as caught:
        compile_xform("<a><b></a>")
    assert [r.code for r in caught.value.refusals] == ["xml"]


def classes(plan: Plan) -> dict[str, str]:
    return {node["name"]: node["sensitivity"] for node in plan.nodes}


def test_what_is_made_from_an_answer_has_at_least_its_class() -> None:
    plan = compiled(
        f"{CLASS} | calculation | relevant | required",
        "text | home | 住 | Home | household",
        "text | hit | 打 | Hit | violence",
        "integer | debt | 债 | Debt | money",
        "calculate | both | | | | concat(${home}, ${debt})",
        "calculate | chain | | | | concat(${both}, ${hit})",
        "text | shown | 现 | Shown | household | | ${hit} = 'x'",
        "text | labelled | 甲 ${hit} | A | health",
        "text | needed | 需 | Needed | household | | | ${hit} = 'x'",
        "begin_group | g | 组 | G | household | | ${chain} = 'x'",
        "text | inside | 内 | Inside | household",
        "end_group",
    )
    found = classes(plan)
    assert found["both"] == "money" and found["chain"] == "violence"
    assert found["shown"] == "violence" and found["inside"] == "violence" and found["labelled"] == "violence"
    assert found["home"] == "household"
    assert found["needed"] == "household"  # required changes no byte of the answers
    assert any(w.startswith("class_raised: shown household -> violence") for w in plan.warnings)


TIMES = (
    "text | hit | 打 | Hit | violence",
    "begin_repeat | r | 次 | Times | {} | | {} | {}",
    "text | a | 甲 | A | household",
)
COUNTS = (
    "calculate | c | | | | count(${r})",
    "calculate | whole | | | | concat('x', count(${a}))",
    "text | shown | 现 | Shown | household | | count(${r}) > 0",
    "begin_group | g | 组 | G | household | | ${c} > 0",
    "text | inside | 内 | Inside | household",
    "end_group",
    "select_one ${a} | chosen | 选 | Chosen | household",
)


@pytest.mark.parametrize(
    ("before", "declared", "relevant", "count", "after"),
    [
        ((), "violence", "", "", ()),
        ((), "household", "${hit} = 'x'", "", ()),
        ((), "household", "", "string-length(${hit})", ()),
        (("begin_group | v | 组 | V | household | | ${hit} = 'x'",), "household", "", "", ("end_group",)),
    ],
    ids=["declared", "shown by", "counted by", "in a group shown by"],
)
def test_what_counts_or_offers_the_rows_of_a_repeat_has_at_least_its_class(
    before: tuple[str, ...], declared: str, relevant: str, count: str, after: tuple[str, ...]
) -> None:
    hit, repeat, row = TIMES
    plan = compiled(
        f"{CLASS} | calculation | relevant | repeat_count",
        hit, *before, repeat.format(declared, relevant, count), row, "end_repeat", *after, *COUNTS,
    )  # fmt: skip
    found = classes(plan)
    assert {name: found[name] for name in ("r", "c", "whole", "shown", "inside", "chosen")} == dict.fromkeys(
        ("r", "c", "whole", "shown", "inside", "chosen"), "violence"
    )
    none = {"hit": "", "c": 0, "whole": "x0"}
    some = {"hit": "x", "c": 2, "whole": "x2", "chosen": "1", "shown": "z", "g": {"inside": "y"}}
    rows = [{"_id": "1", "a": "p"}, {"_id": "2", "a": "q"}]
    some |= {"v": {"r": rows}} if before else {"r": rows}
    household = frozenset({"household"})
    assert cut(plan, some, household) == cut(plan, none, household) == {}


def test_the_seed_of_a_shuffled_list_tells_of_what_is_chosen() -> None:
    plan = compiled(
        f"{CLASS} | parameters",
        "integer | debt | 债 | Debt | money",
        "select_one yn | a | 甲 | A | household | randomize=true, seed=${debt}",
    )
    assert classes(plan)["a"] == "money"


def test_class_moment_and_how_are_inherited_and_can_be_changed() -> None:
    plan = compiled(
        f"{CLASS} | bind::fa:moment | bind::fa:how | bind::fa:unknown",
        "begin_group | g | 组 | G | health | later | paper | refused later",
        "text | a | 甲 | A",
        "text | b | 乙 | B | money | desk | judge | none",
        "end_group",
    )
    a, b = plan.nodes[2], plan.nodes[3]
    assert (a["sensitivity"], a["moment"], a["how"], a["unknown"]) == ("health", "later", "paper", ["refused", "later"])
    assert (b["sensitivity"], b["moment"], b["how"], b.get("unknown")) == ("money", "desk", "judge", None)


def test_a_cut_leaves_the_same_bytes_whatever_was_cut() -> None:
    plan = compiled(
        CLASS,
        "text | home | 住 | Home | household",
        "begin_group | v | 组 | G | violence",
        "text | hit | 打 | Hit |",
        "end_group",
        "begin_repeat | times | 次 | Times | violence",
        "text | what | 何 | What | household",
        "end_repeat",
    )
    plain = {"home": "x"}
    told = {"home": "x", "v": {"hit": "y"}, "times": [{"_id": "1", "what": "z"}], "_same": {"v.hit": {"on": "2026"}}}
    assert cut(plan, told, frozenset({"household"})) == cut(plan, plain, frozenset({"household"})) == plain
    assert cut(plan, told, frozenset({"household", "violence"})) == told


def test_labels_are_parts_and_never_html() -> None:
    plan = compiled(CLASS, "text | a | **甲** 与 *乙* <b>丙</b> | A_b_c and ${a} | household")
    label = plan.nodes[1]["label"]
    assert plan.json["texts"]["zh"][label] == [["b", "甲"], " 与 ", ["i", "乙"], " <b>丙</b>"]
    assert plan.json["texts"]["en"][label] == ["A_b_c and ", ["o", ["p", 1, 0]]]


def test_a_plan_survives_storage_and_a_changed_or_newer_one_is_refused() -> None:
    plan = compiled(CLASS, "text | a | 甲 | A | household")
    assert load_plan(plan.json).text == plan.text
    with pytest.raises(PlanRefused, match="hash"):
        load_plan({**plan.json, "version": 2})
    with pytest.raises(PlanTooNew):
        load_plan({**plan.json, "functions": 3})


def test_the_same_table_gives_the_same_hash() -> None:
    rows = ("text | a | 甲 | A | household", "text | b | 乙 | B | health")
    assert compiled(CLASS, *rows).hash == compiled(CLASS, *rows).hash != compiled(CLASS, *rows[:1]).hash
