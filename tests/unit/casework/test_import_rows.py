"""A table of families: what is good is taken as it is, and each row that is not says what to do."""

from hypothesis import given
from hypothesis import strategies as st

from fieldapp.casework import import_rows
from fieldapp.casework.import_rows import Kind, Member

VILLAGE = "990101001001"
VILLAGES = {VILLAGE: [VILLAGE], "上河村": [VILLAGE], "同名村": [VILLAGE, "990101001002"]}
RELATIONS = {"self": "self", "本人": "self", "女儿": "daughter", "daughter": "daughter"}
HEADINGS = ["户号", "村居", "姓名", "性别", "出生年月", "与案主关系", "同住", "联系是否安全", "怎么联系", "项目"]
WANG = ["1", "上河村", "演示甲", "女", "1990-05", "", "", "限定时间", "白天", "春蕾"]
GIRL = ["1", "", "演示乙", "女", "2015", "女儿", "否", "", "", ""]


def read(*rows, kind=Kind.CASES, headings=HEADINGS):
    return import_rows.read([headings, *rows], kind, VILLAGES, RELATIONS)


def faults_of(found):
    return [(fault.number, fault.column, fault.code) for fault in found.faults]


def test_a_family_is_read_with_everybody_in_it():
    [family] = read(WANG, GIRL).households
    assert family.people == (
        Member("演示甲", "female", "1990-05", "self", True),
        Member("演示乙", "female", "2015", "daughter", False),
    )
    assert (family.village_code, family.programme) == (VILLAGE, "春蕾")
    assert family.contact == {"safe": "only_times", "how": "白天"}
    assert family.rows == (2, 3)


def test_english_headings_and_codes_are_read_as_well():
    headings = ["Household", "Village", "Name", "Sex", "Born", "relation to her"]
    [family] = read(
        ["a", VILLAGE, "Demo A", "Female", "1990", "self"], ["a", "", "Demo B", "", "", "Daughter"], headings=headings
    ).households
    assert [one.relation for one in family.people] == ["self", "daughter"]


def test_one_wrong_row_holds_back_its_family_and_no_other():
    other = ["2", VILLAGE, "演示丙", *[""] * 7]
    found = read(WANG, [*GIRL[:4], "十五", *GIRL[5:]], other)
    assert [family.label for family in found.households] == ["2"]
    assert faults_of(found) == [(2, None, "family_held_back"), (3, "birth", "birth_unreadable")]


def test_each_fault_names_its_row_and_column():
    wrong = {
        "household": ["", VILLAGE, "演示甲"],
        "village": ["3", "没有的村", "演示甲"],
        "name": ["4", VILLAGE, ""],
        "sex": ["5", VILLAGE, "演示甲", "F"],
        "birth": ["6", VILLAGE, "演示甲", "", "1990-13"],
        "relation": ["7", VILLAGE, "演示甲", "", "", "女儿"],
        "here": ["8", VILLAGE, "演示甲", "", "", "", "也许"],
        "safe": ["9", VILLAGE, "演示甲", "", "", "", "", "大概"],
    }
    found = read(*wrong.values())
    assert [(number, column) for number, column, _ in faults_of(found)] == list(enumerate(wrong, start=2))
    assert not found.households
    assert all(fault.says.zh and fault.says.en for fault in found.faults)


def test_a_name_that_two_villages_have_needs_the_code():
    found = read(["1", "同名村", *WANG[2:]])
    assert faults_of(found) == [(2, "village", "village_unknown")]


def test_how_to_reach_her_without_whether_it_is_safe_is_refused():
    assert faults_of(read([*WANG[:7], "", "晚上打电话", ""])) == [(2, "safe", "safe_needed")]


def test_what_is_said_of_a_family_twice_is_said_alike():
    assert faults_of(read(WANG, [*GIRL[:7], "随时", "", ""]))[-1] == (3, "safe", "said_twice")


def test_a_lead_in_danger_does_not_wait_in_a_list():
    headings = [*HEADINGS[:3], "线索来源", "现在有危险", "情况"]
    for said in ("是", "不知道", ""):
        found = read(["1", VILLAGE, "演示甲", "村委会", said, ""], kind=Kind.LEADS, headings=headings)
        assert faults_of(found) == [(2, "danger", "danger_by_hand")]
    [lead] = read(["1", VILLAGE, "演示甲", "村委会", "否", "缺生活费"], kind=Kind.LEADS, headings=headings).households
    assert (lead.channel, lead.line) == ("村委会", "缺生活费")


def test_columns_nobody_asked_for_are_named_and_left_out():
    found = read([*WANG, "110101199001011234"], headings=[*HEADINGS, "身份证号"])
    assert found.unknown == ("身份证号",) and "110101199001011234" not in repr(found.households)


def test_without_the_headings_it_needs_nothing_is_read():
    found = read(["x"], headings=["姓名"])
    assert [title.zh for title in found.missing] == ["户号", "村居"] and not found.households


def test_two_families_of_one_name_in_a_village_are_asked_about_unless_their_births_differ():
    def row(label, birth, village=VILLAGE):
        return [label, village, "演示甲", "", birth]

    other_village = row("5", "", "990101001002")
    villages = {**VILLAGES, "990101001002": ["990101001002"]}
    rows = [row("1", "1990-05"), row("2", "1962"), row("3", "1962"), row("4", ""), other_village]
    found = import_rows.read([HEADINGS, *rows], Kind.CASES, villages, RELATIONS)
    before = import_rows.named_before(found.households)
    assert {label: earlier.label for label, earlier in before.items()} == {"3": "2", "4": "1"}
    fault = import_rows.twice(found.households[3], before["4"])
    assert (fault.number, fault.column, fault.code) == (5, "name", "household_twice") and "2" in fault.says.zh


CELL = st.sampled_from(
    ["", "1", "2", VILLAGE, "上河村", "演示甲", "女", "1990-05", "1990-13", "女儿", "是", "随时", "x" * 400]
)


@given(st.lists(st.lists(CELL, min_size=0, max_size=12), max_size=12))
def test_each_row_that_is_not_empty_is_taken_or_refused_and_never_both(rows):
    found = read(*rows)
    taken = [number for family in found.households for number in family.rows]
    refused = {fault.number for fault in found.faults}
    filled = {number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row[: len(HEADINGS)])}
    assert len(taken) == len(set(taken)) and not refused & set(taken)
    assert filled <= refused | set(taken)
