"""What function set 2 adds, on the server: counted rows, triggers, lists in files, metadata, the last record.

docs/forms.md, section 7; both engines are compared on all of it in tests/js/form.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from fieldapp.forms.evaluate import Instance, findings, open_instance
from fieldapp.forms.plan import Plan, canonical, load_plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.refusals import FormRefused, Refusal
from fieldapp.forms.schema import is_plainly_right, schema_for
from fieldapp.forms.sensitivity import cut
from fieldapp.forms.xform import compile_xform
from tests.unit.forms import mutate

NOW = 1772321400250  # 2026-03-01T07:30:00.250 in Asia/Shanghai
CLASS = "bind::fa:sensitivity"
CHOICES = """| choices |
| | list_name | name | label::中文 (zh) | label::English (en) | group |
| | abc | a | 甲 | A | x |
| | abc | b | 乙 | B | x |
| | abc | c | 丙 | C | y |
"""
SETTINGS = """| settings |
| | form_id | form_title | version | default_language | namespaces |
| | T3 | 试 / Test | 4 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""


def source(columns: str, *rows: str, choices: str = CHOICES) -> str:
    head = f"| | type | name | label::中文 (zh) | label::English (en) | {columns} |"
    return "\n".join(["| survey |", head, *(f"| | {row} |" for row in rows), choices.strip(), SETTINGS])


def compiled(columns: str, *rows: str, choices: str = CHOICES, files: dict[str, bytes] | None = None) -> Plan:
    plan = compile_xlsform(source(columns, *rows, choices=choices), "md", files)
    return load_plan(plan.json, plan.files)


def refused(columns: str, *rows: str, files: dict[str, bytes] | None = None) -> list[Refusal]:
    with pytest.raises(FormRefused) as caught:
        compiled(columns, *rows, files=files)
    return caught.value.refusals


def numbered() -> Callable[[], str]:
    ids = iter(range(100_000))
    return lambda: f"row-{next(ids)}"


def opened(plan: Plan, answers: Any = None, **more: Any) -> Instance:
    return open_instance(plan, answers, now_ms=NOW, **{"new_id": numbered(), "random": lambda: 0.5, **more})


def recorded(instance: Instance) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(instance.recorded()))
    return found


# --- counted repeats --------------------------------------------------------------------------------------------------

COUNTED = (
    f"{CLASS} | repeat_count | calculation",
    "integer | n | 数 | N | household",
    "begin_repeat | r | 行 | R | household | ${n}",
    "text | a | 甲 | A |",
    "begin_repeat | inner | 内 | I | | 2",
    "text | b | 乙 | B |",
    "end_repeat",
    "end_repeat",
    "calculate | rows | | | | | count(${r})",
    "calculate | all | | | | | count(${inner})",
)


def test_a_counted_repeat_grows_to_its_count_and_keeps_what_is_beyond_it() -> None:
    instance = opened(compiled(*COUNTED))
    assert instance.rows("r") == []
    changed = instance.set("n", 3)
    assert len(instance.rows("r")) == 3 and instance.get("rows") == "3" and instance.get("all") == "6"
    first, second, third = instance.rows("r")
    assert changed[0] == "n" and {"r", f"r[{third}].a"} <= set(changed)
    instance.set(f"r[{third}].a", "kept")
    instance.set("n", 2)
    assert instance.get("rows") == "2" and [row["_id"] for row in instance.submission()["r"]] == [first, second]
    assert instance.answers()["r"][2]["a"] == "kept"
    assert [child["relevant"] for child in instance.children("r")] == [True, True, False]
    assert not instance.view(f"r[{third}]")["relevant"] and not instance.view(f"r[{third}].a")["relevant"]
    instance.set("n", 3)
    assert instance.get(f"r[{third}].a") == "kept" and instance.submission()["r"][2]["a"] == "kept"


@pytest.mark.parametrize(("given", "wanted"), [(0, 0), (-4, 0), (None, 0), (5000, 200)])
def test_a_count_is_between_none_and_two_hundred(given: Any, wanted: int) -> None:
    plan = compiled(
        f"{CLASS} | repeat_count", *(row.replace(" | count(${r})", "") for row in COUNTED[1:4]), "end_repeat"
    )
    instance = opened(plan)
    instance.set("n", given)
    assert len(instance.rows("r")) == wanted


def test_a_record_stops_growing_at_two_thousand_rows() -> None:
    columns = f"{CLASS} | repeat_count"
    rows = ["begin_repeat | r | 行 | R | household | 200", "begin_repeat | i | 内 | I | | 200", "text | b | 乙 | B |"]
    instance = opened(compiled(columns, *rows, "end_repeat", "end_repeat"))
    assert sum(1 + len(row.get("i", [])) for row in instance.answers()["r"]) == 2_000


def test_a_record_beyond_two_thousand_rows_tells_of_nothing_but_what_changed() -> None:
    columns = f"{CLASS} | repeat_count"
    plan = compiled(
        columns,
        "text | q | 问 | Q | household",
        *("begin_repeat | o | 外 | O | household", "begin_repeat | i | 内 | I |", "text | a | 甲 | A |"),
        *("end_repeat", "end_repeat"),
        *("begin_repeat | r | 行 | R | household | 2", "text | b | 乙 | B |", "end_repeat"),
    )
    rows = [{"_id": f"o{n}", "i": [{"_id": f"i{n}-{k}", "a": "x"} for k in range(200)]} for n in range(11)]
    instance = opened(plan, {"o": rows})
    assert instance.set("q", "x") == ["q"] and instance.rows("r") == []


def test_nobody_adds_or_takes_rows_that_the_form_counts() -> None:
    instance = opened(compiled(*COUNTED))
    instance.set("n", 2)
    row = f"r[{instance.rows('r')[0]}]"
    assert instance.view("r")["counted"] and not instance.view("n")["counted"]
    for act in (
        lambda: instance.add_repeat("r", "new"),
        lambda: instance.remove_repeat(row),
        lambda: instance.move_repeat(row, 1),
    ):
        with pytest.raises(ValueError):
            act()


def test_the_server_makes_no_rows_and_says_where_some_are_missing() -> None:
    plan = compiled(*COUNTED)
    instance = opened(plan)
    instance.set("n", 2)
    whole = instance.submission()
    assert findings(plan, whole, recorded(instance)) == []
    short = {**whole, "r": whole["r"][:1], "rows": "1", "all": "2"}
    assert [(f.path, f.code) for f in findings(plan, short, recorded(instance))] == [("r", "repeat_count")]
    over = {**whole, "n": 1, "rows": "1", "all": "2"}
    over["r"][1]["a"] = "too much"
    assert [f.code for f in findings(plan, over, recorded(instance))] == ["irrelevant"]


def test_an_irrelevant_counted_repeat_does_not_grow() -> None:
    columns = f"{CLASS} | repeat_count | relevant"
    rows = [
        "text | q | 问 | Q | household",
        "begin_repeat | r | 行 | R | household | 2 | ${q} = 'x'",
        "text | b | 乙 | B",
    ]
    instance = opened(compiled(columns, *rows, "end_repeat"))
    assert instance.rows("r") == []
    instance.set("q", "x")
    assert len(instance.rows("r")) == 2


# --- triggers ---------------------------------------------------------------------------------------------------------


def test_a_trigger_sets_after_a_persons_act_only() -> None:
    plan = compiled(
        f"{CLASS} | calculation | trigger",
        "text | a | 甲 | A | household",
        "text | b | 乙 | B | household | concat(${a}, '!') | ${a}",
        "calculate | c | | | | concat(${b}, '?') | ${b}",
        "text | gone | 去 | G | household | | ${a}",
    )
    instance = opened(plan)
    assert instance.get("b") is None
    instance.set("gone", "x")
    instance.set_same("b", "old", {"revision_id": "r"})
    assert instance.set("a", "x") == ["a", "b", "c", "gone"]
    assert (instance.get("b"), instance.get("c"), instance.get("gone")) == ("x!", "x!?", None)
    assert instance.same_of("b") is None  # it is no longer what was taken over
    instance.set("b", "own")
    assert instance.get("c") == "own?"
    instance.set("a", "x")  # nothing changed
    assert instance.get("b") == "own"
    instance.set("a", None)
    assert instance.get("b") == "!"
    assert opened(plan, instance.answers()).answers() == instance.answers()
    assert findings(plan, instance.submission(), recorded(instance)) == []


def test_triggers_that_set_each_other_come_to_an_end() -> None:
    plan = compiled(
        f"{CLASS} | calculation | trigger",
        "integer | a | 甲 | A | household | ${b} + 1 | ${b}",
        "integer | b | 乙 | B | household | ${a} + 1 | ${a}",
    )
    instance = opened(plan)
    instance.set("a", 1)
    assert (instance.get("a"), instance.get("b")) == (3, 2)


def test_a_trigger_in_a_row_sets_its_own_row_and_what_is_around_it() -> None:
    plan = compiled(
        f"{CLASS} | calculation | trigger",
        "text | last | 末 | L | household | | ",
        "begin_repeat | r | 行 | R | household",
        "text | a | 甲 | A |",
        "text | b | 乙 | B | | concat(${a}, position(..)) | ${a}",
        "end_repeat",
    )
    instance = opened(plan)
    rows = [instance.add_repeat("r", f"id-{at}") for at in range(2)]
    instance.set(f"{rows[1]}.a", "x")
    assert instance.get(f"{rows[1]}.b") == "x2" and instance.get(f"{rows[0]}.b") is None


def test_a_trigger_on_another_row_is_refused() -> None:
    found = refused(
        f"{CLASS} | calculation | trigger",
        "text | a | 甲 | A | household",
        "begin_repeat | r | 行 | R | household",
        "text | b | 乙 | B | | 1 | ${a}",
        "end_repeat",
    )
    assert [(r.code, r.row, r.column) for r in found] == [("unsupported", 4, "trigger")]


def test_what_a_trigger_sets_tells_of_the_question_that_triggers() -> None:
    plan = compiled(
        f"{CLASS} | calculation | trigger | repeat_count",
        "integer | hits | 打 | Hits | violence",
        "text | note | 注 | Note | household | now() | ${hits}",
        "begin_repeat | times | 次 | Times | household | | | ${hits}",
        "text | what | 何 | What |",
        "end_repeat",
    )
    found = {node["name"]: node["sensitivity"] for node in plan.nodes}
    assert found["note"] == found["times"] == found["what"] == "violence"
    instance = opened(plan)
    instance.set("hits", 2)
    assert cut(plan, instance.submission(), frozenset({"household"})) == {}


# --- range, rank, places ----------------------------------------------------------------------------------------------

KINDS = (
    f"{CLASS} | parameters",
    "range | whole | 整 | W | household | start=-1 end=5 step=2",
    "range | half | 半 | H | household | start=0.5 end=2 step=0.25",
    "rank abc | order | 序 | O | household",
    "geopoint | point | 点 | P | household",
    "geotrace | trace | 线 | T | household",
    "geoshape | shape | 面 | S | household",
    "barcode | code | 码 | C | household",
    "video | film | 片 | F | household",
)


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("whole", -1, None),
        ("whole", 5, None),
        ("whole", 2, "not_in_range"),
        ("whole", 7, "not_in_range"),
        ("whole", -3, "not_in_range"),
        ("whole", "x", "type"),
        ("half", "0.75", None),
        ("half", "2.0", None),
        ("half", "0.8", "not_in_range"),
        ("half", "2.25", "not_in_range"),
        ("order", ["b", "a", "c"], None),
        ("order", ["b", "a"], "rank_incomplete"),
        ("order", ["b", "a", "z"], "not_a_choice"),
        ("order", ["b", "b", "a"], "type"),
        ("order", "b a c", "type"),
        ("point", "31.2 121.5 0 5", None),
        ("point", "31.2 121.5", None),
        ("point", "31.2 121.5; 31 121", "geo"),
        ("point", "91 0 0 0", "geo"),
        ("point", "there", "geo"),
        ("trace", "0 0 0 0; 0 1 0 0", None),
        ("trace", "0 0 0 0", "geo"),
        ("shape", "0 0; 0 1; 1 1; 0 0", None),
        ("shape", "0 0; 0 1; 1 1", "geo"),
        ("shape", "0 0; 0 1; 0 0", "geo"),
        ("shape", "0 0; 0 1; 0 1; 0 0", "geo"),
        ("code", "690123", None),
        ("film", {"file": "x"}, None),
        ("film", "x", "type"),
    ],
)
def test_each_kind_of_answer_is_judged_by_its_rule(path: str, answer: Any, error: str | None) -> None:
    plan = compiled(*KINDS)
    instance = opened(plan)
    instance.set(path, answer)
    found = instance.view(path)["error"]
    assert (found and found["code"]) == error
    codes = [f.code for f in findings(plan, instance.answers(), recorded(instance))]
    assert codes == ([] if error is None else [error])


def test_the_schema_takes_the_shape_of_the_new_kinds_and_nothing_else() -> None:
    plan = compiled(*KINDS)
    fine = {"whole": 2, "half": "9", "order": ["z"], "point": "there", "code": "1", "film": {"file": "x"}}
    assert schema_for(plan).load(fine) == fine and is_plainly_right(plan, fine)
    for wrong in ({"whole": "2"}, {"half": 2}, {"order": ["z", "z"]}, {"point": 5}, {"code": ["x"]}, {"film": "x"}):
        assert not is_plainly_right(plan, wrong)
        with pytest.raises(ValidationError):
            schema_for(plan).load(wrong)


def test_a_rank_reads_in_the_persons_order() -> None:
    plan = compiled(f"{CLASS} | calculation", "rank abc | order | 序 | O | household", "calculate | c | | | | ${order}")
    instance = opened(plan)
    instance.set("order", ["c", "a", "b"])
    assert instance.get("c") == "c a b"


# --- metadata, policy, the last record --------------------------------------------------------------------------------


def test_metadata_is_recorded_and_replayed_on_the_server() -> None:
    plan = compiled(
        f"{CLASS} | calculation",
        "start | begun",
        "end | ended",
        "today | day",
        "username | who",
        "deviceid | device",
        "calculate | took | | | | decimal-date-time(${ended}) - decimal-date-time(${begun})",
    )
    instance = opened(plan, me={"username": "张", "deviceid": "d-1", "phone": "x"})
    assert instance.get("begun") == "2026-03-01T07:30:00.250+08:00" and instance.get("day") == "2026-03-01"
    assert instance.get("ended") is None and instance.get("took") is None
    sent = instance.submission(NOW + 86_400_000)
    assert sent["ended"] == "2026-03-02T07:30:00.250+08:00" and sent["took"] == "1"
    kept = recorded(instance)
    assert kept["me"] == {"username": "张", "deviceid": "d-1"} and kept["ended"] == NOW + 86_400_000
    assert findings(plan, sent, kept) == []
    assert [f.path for f in findings(plan, sent, {**kept, "me": {"username": "李", "deviceid": "d-1"}})] == ["who"]
    again = opened(plan, sent, recorded=kept, me={"username": "other"})
    assert again.get("who") == "张"


@pytest.mark.parametrize(
    "claims", [{"me": 5, "started": "x", "ended": [], "off": 7, "last_saved": "y"}, {"me": {"username": 7}, "off": [3]}]
)
def test_claims_that_cannot_be_read_do_not_stop_the_findings(claims: dict[str, Any]) -> None:
    plan = compiled(
        f"{CLASS} | default", "start | begun", "username | who", "text | a | 甲 | A | household | ${last-saved#a}"
    )
    findings(plan, {"begun": "2026-03-01"}, {"now": NOW, **claims})
    open_instance(plan, {}, now_ms=NOW, recorded=claims).submission(NOW)  # nor the page of the report


def test_a_question_switched_off_by_policy_is_never_needed() -> None:
    plan = compiled(
        f"{CLASS} | required | bind::fa:purpose | bind::fa:policy",
        "image | photo | 照 | P | household | yes | 证明",
        "geopoint | here | 点 | H | household | | 路线",
        "image | map | 图 | M | household | yes | 位置 | location",
    )
    assert plan.warnings == ()
    instance = opened(plan, off=["location"])
    assert [problem["path"] for problem in instance.problems()] == ["photo"]
    assert instance.view("here")["off"] and not instance.view("here")["required"] and instance.view("map")["off"]
    assert [section["questions"] for section in instance.sections("door")] == [["photo"]]
    assert [child["path"] for child in instance.children("", "door")] == ["photo"]
    assert [f.path for f in findings(plan, {}, recorded(instance))] == ["photo"]
    assert {f.path for f in findings(plan, {}, {"now": NOW})} == {"photo", "map"}


def test_the_last_record_gives_defaults_and_is_recorded() -> None:
    columns = f"{CLASS} | default | calculation"
    rows = [
        "begin_group | g | 组 | G | household",
        "text | a | 甲 | A | | ${last-saved#a}",
        "integer | n | 数 | N | | ${last-saved#n} + 1",
        "end_group",
        "calculate | c | | | | | ${last-saved#n} * 2",
    ]
    plan = compiled(columns, *rows)
    assert plan.json["last_saved"] == [2, 3]
    before = {"g": {"a": "x", "n": 4}, "other": "never read"}
    instance = opened(plan, last_saved=before)
    assert instance.answers() == {"g": {"a": "x", "n": 5}, "c": "8"}
    assert findings(plan, instance.submission(), recorded(instance)) == []
    assert opened(plan).answers() == {} and opened(plan, last_saved={"g": {"n": [1.5]}}).answers() == {}


# --- lists in files ---------------------------------------------------------------------------------------------------

COUNTY = "name,label::中文 (zh),label::English (en),prov\n" + "".join(
    f"c{at},县{at},County {at},p{at % 10}\n" for at in range(400)
)
LISTED = (
    f"{CLASS} | choice_filter | calculation",
    "text | prov | 省 | P | household",
    "select_one_from_file county.csv | county | 县 | C | household | prov = ${prov}",
    "select_multiple_from_file county.csv | all | 县 | C | household",
    "calculate | called | | | | | jr:choice-name(${county}, '${county}')",
    "calculate | found | | | | | pulldata('county', 'prov', 'name', ${county})",
)


def listed() -> Plan:
    return compiled(*LISTED, files={"county.csv": COUNTY.encode()})


def test_a_list_in_a_file_is_indexed_filtered_and_named() -> None:
    plan = listed()
    entry = plan.json["lists"]["county"]
    assert entry["columns"] == ["value", "label:zh", "label:en", "prov"] and entry["rows"] == 400
    assert entry["filters"] == ["prov"] and entry["indexes"] == ["prov", "value"]
    content = plan.files[entry["file"]]
    assert content == canonical(json.loads(content)).encode() and plan.json["files"]["county"]["bytes"] == len(content)
    instance = opened(plan)
    instance.set("prov", "p3")
    offered = instance.view("county")["choices"]
    assert [choice["value"] for choice in offered] == [f"c{at}" for at in range(3, 400, 10)]
    instance.set("county", "c13")
    assert (instance.get("called"), instance.get("found")) == ("县13", "p3")
    instance.set("county", "c14")
    assert instance.view("county")["error"]["code"] == "not_a_choice"
    instance.language = "en"
    assert instance.view("county")["choices"][0]["label_text"] == "County 3"


def test_a_missing_list_is_said_and_nothing_is_called_wrong() -> None:
    plan = listed()
    away = load_plan(plan.json)
    instance = opened(away, {"prov": "p3", "county": "c14", "all": ["c1", "zz"]})
    assert instance.view("county")["missing"] and instance.view("county")["choices"] == []
    assert instance.problems() == []


def test_a_slice_is_said_and_leaves_the_judgement_to_the_server() -> None:
    plan = listed()
    entry = plan.json["lists"]["county"]
    parsed = json.loads(plan.files[entry["file"]])
    part = {**parsed, "rows": [row for row in parsed["rows"] if row[3] == "p3"]}
    instance = opened(load_plan(plan.json, {entry["file"]: part}), {"prov": "p4", "county": "c14"})
    assert instance.view("county")["sliced"] and not instance.view("county")["missing"]
    assert instance.problems() == []
    assert "not_a_choice" in {f.code for f in findings(plan, {"prov": "p3", "county": "c14"}, {"now": NOW})}


def test_choices_over_three_hundred_become_a_file_and_fewer_do_not() -> None:
    def choices(count: int) -> str:
        rows = "".join(f"| | many | m{at} | 项**{at}** | Item {at} | g |\n" for at in range(count))
        return CHOICES + rows

    few = compiled(CLASS, "select_one many | q | 问 | Q | household", choices=choices(300))
    many = compiled(CLASS, "select_one many | q | 问 | Q | household", choices=choices(301))
    assert len(few.json["lists"]["many"]) == 300 and few.json["functions"] == 1
    assert many.json["lists"]["many"]["rows"] == 301 and many.json["functions"] == 2
    assert opened(many).view("q")["choices"][7]["label_text"] == "项7"
    assert len(many.json["texts"]["zh"]) < 20


def test_a_list_of_forty_thousand_villages_is_looked_up_and_not_gone_through() -> None:
    rows = "".join(f"v{at},村{at},t{at % 1000}\n" for at in range(40_000))
    plan = compiled(
        f"{CLASS} | choice_filter",
        "text | town | 镇 | T | household",
        "select_one_from_file village.csv | village | 村 | V | household | town = ${town}",
        files={"village.csv": f"name,label,town\n{rows}".encode()},
    )
    instance = opened(plan)
    instance.set("town", "t7")
    items = plan.lists["village"]
    looked_at: list[int] = []
    by_hand = items.cell
    items.cell = lambda at, column: (looked_at.append(at), by_hand(at, column))[1]  # type: ignore[method-assign]
    assert len(instance.view("village")["choices"]) == 40
    items.by("town")
    instance.view("village")
    assert len(looked_at) < 41_000  # the map is made once; after that only what it names is tested


def test_a_table_of_a_chinese_excel_is_read_and_said() -> None:
    content = "name,label\na,甲\n".encode("gb18030")
    plan = compile_xlsform(
        source(CLASS, "select_one_from_file x.csv | q | 问 | Q | household"),
        "md",
        {"x.csv": content, "y.csv": b"a\n1\n"},
    )
    assert [warning.code for warning in plan.warnings] == ["list_encoding", "attachment_unused"]
    assert opened(load_plan(plan.json, plan.files)).view("q")["choices"][0]["label_text"] == "甲"


def test_other_columns_for_code_and_label_make_a_list_of_their_own() -> None:
    plan = compiled(
        f"{CLASS} | parameters | choice_filter",
        "select_one_from_file x.csv | q | 问 | Q | household | value=code label=title | name = 'n2'",
        files={"x.csv": b"name,code,title\nn1,1,one\nn2,2,two\n"},
    )
    assert [(c["value"], c["label_text"]) for c in opened(plan).view("q")["choices"]] == [("2", "two")]


# --- texts, order, the head -------------------------------------------------------------------------------------------


def test_pictures_and_guidance_belong_to_the_label() -> None:
    plan = compile_xlsform(
        source(
            f"{CLASS} | media::image | guidance_hint::中文 (zh)",
            "text | q | **问** | Q | household | map.png | 说明 ${q}",
        ),
        "md",
        {"map.png": mutate.PNG},
    )
    view = opened(plan).view("q")
    assert view["label"] == [["b", "问"], ["img", "map.png"]] and view["label_text"] == "问"
    assert view["guidance"] == ["说明 ", ""]
    assert plan.json["files"]["map.png"]["type"] == "image/png" and mutate.PNG in plan.files.values()


def test_a_shuffled_order_is_drawn_once_and_replayed() -> None:
    plan = compiled(f"{CLASS} | parameters", "select_one abc | q | 问 | Q | household | randomize=true")
    draws = iter([0.123456789, 0.9])
    instance = opened(plan, random=lambda: next(draws))
    order = [choice["value"] for choice in instance.view("q")["choices"]]
    assert [choice["value"] for choice in instance.view("q")["choices"]] == order != ["a", "b", "c"]
    assert instance.recorded()["random"] == [["q#1", "0.123456789"]]
    again = opened(plan, {}, recorded=recorded(instance), random=None)
    assert [choice["value"] for choice in again.view("q")["choices"]] == order
    assert [choice["value"] for choice in opened(plan, random=None).view("q")["choices"]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (f"{CLASS} | bind::fa:phrases", "text | q | 问 | Q | household | abc"),
        (f"{CLASS} | bind::fa:lunar", "date | q | 问 | Q | household | yes"),
        (f"{CLASS} | bind::fa:alone", "text | q | 问 | Q | violence | yes"),
        (f"{CLASS} | bind::fa:policy", "image | q | 问 | Q | household | photo"),
        (f"{CLASS} | constraint", "text | q | 问 | Q | household | sqrt(.) > 1"),
        (f"{CLASS} | parameters", "range | q | 问 | Q | household | start=1 end=2 step=1"),
        (f"{CLASS} | default", "text | q | 问 | Q | household | ${last-saved#q}"),
        (f"{CLASS} | hint", "text | q | 问 | Q | household | sqrt"),
    ],
)
def test_a_plan_asks_for_function_set_2_only_where_it_uses_it(columns: str, row: str) -> None:
    assert compiled(columns, row).json["functions"] == (1 if "hint" in columns else 2)


def test_version_and_pi_ask_for_nothing_new() -> None:
    plan = compiled(f"{CLASS} | calculation", "calculate | v | | | | concat(version(), ' ', round(pi(), 2))")
    assert plan.json["functions"] == 1 and opened(plan).get("v") == "4 3.14"


# --- where a mistake stands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "position", "code"),
    [
        ("relevant", "1 +", 4, "expression"),
        ("relevant", "${first} = = 2", 12, "expression"),
        ("relevant", "${first} != '' and nofun(${first})", 20, "function"),
        ("relevant", "substr(${first})", 1, "arguments"),
        ("relevant", "${first} = 1 or /data/nobody = 2", 17, "path"),
        ("constraint", ". > 0 and regex(., '(')", 11, "regex"),
        ("choice_filter", "group = ${first} and nofun(1)", 22, "function"),
        ("calculation", "concat('中文', nofun())", 14, "function"),
    ],
)
def test_a_mistake_in_an_expression_is_shown_at_its_character(column: str, cell: str, position: int, code: str) -> None:
    row = f"select_one abc | q | 问 | Q | household | {cell}"
    found = refused(f"{CLASS} | {column}", "text | first | 一 | One | household", row)
    assert [(r.sheet, r.row, r.column, r.code, r.position) for r in found] == [("survey", 3, column, code, position)]
    assert f"（第 {position} 个字符）" in found[0].zh and f"(character {position})" in found[0].en


def test_warnings_say_their_code_place_and_both_languages() -> None:
    plan = compile_xlsform(source(f"{CLASS} | appearance", "image | q | 问 | Q | household | w2 strange"), "md")
    assert [(w.code, w.sheet, w.row, w.column) for w in plan.warnings] == [
        ("appearance_ignored", "survey", 2, "appearance"),
        ("appearance_unknown", "survey", 2, "appearance"),
        ("purpose_missing", "survey", 2, "bind::fa:purpose"),
    ]
    assert all(w.zh and w.en and w.startswith(f"{w.code}: ") for w in plan.warnings)


def test_what_is_ignored_is_said_once() -> None:
    row = "geopoint | q | 问 | Q | household | capture-accuracy=10 | 路线"
    plan = compile_xlsform(source(f"{CLASS} | parameters | bind::fa:purpose", row), "md")
    assert [(w.code, w.row, w.column) for w in plan.warnings] == [("ignored", 2, "parameters")]


def test_a_mistake_in_a_choice_is_shown_at_its_row() -> None:
    choices = CHOICES.replace("| b | 乙 | B |", "| b | 乙 ${first} | B |")
    with pytest.raises(FormRefused) as caught:
        compiled(
            CLASS, "text | first | 一 | One | household", "select_one abc | q | 问 | Q | household", choices=choices
        )
    assert [(r.sheet, r.row, r.code) for r in caught.value.refusals] == [("choices", 3, "unsupported")]


# --- XForms from elsewhere --------------------------------------------------------------------------------------------


def xform(body: str, binds: str = "", more: str = "") -> str:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms" '
        'xmlns:fa="urn:fieldapp:form:1"><h:head><h:title>T</h:title><model><instance><data id="X" version="1"><a/><b/>'
        f"</data></instance>{more}<bind nodeset='/data/a' fa:sensitivity='household'/>{binds}</model></h:head>"
        f"<h:body>{body}</h:body></h:html>"
    )


@pytest.mark.parametrize(
    ("body", "binds", "more"),
    [
        ("<input ref='/data/a' magic='1'/>", "", ""),
        ("<secret ref='/data/a'/>", "", ""),
        ("<odk:unheard ref='/data/a'/>", "", ""),
        ("<input ref='/data/a'><alert>x</alert></input>", "", ""),
        ("<input ref='/data/a'><label>x <b>y</b></label></input>", "", ""),
        ("<input ref='/data/a'/><input ref='/data/a'/>", "", ""),
        ("", "<bind nodeset='/data/b' magic='1'/>", ""),
        ("", "<bind nodeset='/data/b' type='intent'/>", ""),
        ("", "<bind nodeset='/data/b' jr:preload='context' jr:preloadParams='UserName'/>", ""),
        ("", "<bind nodeset='/data/a'/>", ""),
        ("", "", "<submission action='https://example.org'/>"),
        ("", "", "<odk:setgeopoint ref='/data/b' event='odk-instance-first-load'/>"),
        ("", "", "<setvalue ref='/data/b' event='xforms-submit' value='1'/>"),
        ("", "", "<setvalue ref='/data/b' event='odk-instance-first-load' value='1' magic='1'/>"),
        ("", "", "<instance id='x' src='jr://file/x.geojson'/>"),
    ],
)
def test_no_part_of_an_xform_is_dropped_in_silence(body: str, binds: str, more: str) -> None:
    with pytest.raises(FormRefused) as caught:
        compile_xform(xform(body, binds, more))
    assert {r.code for r in caught.value.refusals} == {"unsupported"}


@pytest.mark.parametrize(
    ("body", "binds"),
    [
        ("<input ref='/data/nobody'/>", ""),
        ("", "<bind nodeset='/data/nobody'/>"),
        ("<group ref='/data/nobody'><label>x</label></group>", ""),
        ("<repeat nodeset='/data/nobody'/>", ""),
        ("<input ref='/data/a'><label ref=\"jr:itext('nowhere')\"/></input>", ""),
    ],
)
def test_what_leads_nowhere_in_an_xform_is_refused(body: str, binds: str) -> None:
    with pytest.raises(FormRefused) as caught:
        compile_xform(xform(body, binds))
    assert {r.code for r in caught.value.refusals} == {"path"}


def test_a_control_may_name_its_bind() -> None:
    plan = compile_xform(
        xform("<input bind='q'/>", "<bind id='q' nodeset='/data/b' type='int' fa:sensitivity='money'/>")
    )
    assert (plan.nodes[2]["kind"], plan.nodes[2]["type"]) == ("question", "integer")
