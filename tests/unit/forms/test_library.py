"""The form library as tables: complete, classified, short at the door, able to hold the published cases."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyxform.xls2json_backends import md_to_dict
from pyxform.xls2xform import convert

LIBRARY = Path(__file__).parents[3] / "fieldapp" / "forms" / "library"
FORMS = ("F0", "F2", "F3V")
ZH, EN = "中文 (zh)", "English (en)"
CLASSES = {"household", "money", "health", "child", "violence", "reporter"}
UNKNOWN_CODES = {"refused", "does_not_know", "not_present", "not_safe", "no_paper", "not_asked", "later"}

# Every key of the household investigation in the field specification. Frozen here, so that no question is lost unseen.
F2_KEYS = """
visit: no at mode entrusted_org visitors id_shown conflict informants alone present language consent_id
hh: head hukou_type hukou_region residence_region split area members_before members_now monitor_type benefits
  relocated_reason
members: name sex birth_ym relation id_no alive death_date death_cause together marital education school_status school
  work work_before income_month main_earner_before labour labour_cause health diagnosis disability_types
  disability_level disability_cert self_care capacity guardian insurance veteran is_victim injury_level injury_grade
  assisted
case: type nature charge occurred_on offender_relation offender_status liability stage organ doc_no sentence timeline
  legal_actions subject_fault remedy_blocked divorce_suit
loss: hospital_times hospital_days medical_total medical_reimbursed medical_self_paid future_treatment future_cost
  urgent_treatment funeral property lost_wages psych approx
comp: items gap waived refused other_relief
fin: income total_income per_capita expense debt assets land
home: type building rent_monthly water_ok land_dispute safe
care: minors_count elders_count dependants_count obligors burden
dv: screen
child: screen
risk: suicide
needs: items job_risk
concl: facts causal hardship categories opinion missing docs sign_visitors sign_subject sign_refused
"""
F0_KEYS = """
by capacity told basis purposes share_with withhold photo audio how withdrawn_at unsafe_guardian
"""
# Where a key lives elsewhere than the specification says; the reasons stand in the library's README.
LOSSES_OF_ONE_VICTIM = """
hospital_times hospital_days medical_total medical_reimbursed medical_self_paid future_treatment future_cost
funeral property lost_wages psych approx
"""
MOVED = {"needs.items": "needs.wanted"}
MOVED |= {f"loss.{name}": f"loss.victims.{name}" for name in LOSSES_OF_ONE_VICTIM.split()}

# What a field officer has to judge. It may never be asked in the home.
JUDGEMENTS = {
    "members.assisted",
    "case.subject_fault",
    "case.remedy_blocked",
    "care.burden",
    "concl.facts",
    "concl.causal",
    "concl.hardship",
    "concl.opinion",
}

# Answers of the door that stand in for others, and so do not add to them: a visit that could not be made, a signature
# given another way.
INSTEAD_OF_OTHERS = {
    "visit.could_not_reason",
    "visit.could_not_note",
    "concl.sign_thumbprint",
    "concl.sign_witness",
    "concl.sign_refused",
}

# Codes that the six published cases use, by the list that must hold them.
CODES_OF_THE_CASES = {
    "sex": {"female", "male"},
    "relation": {"self", "spouse", "sister", "father", "father_in_law", "mother_in_law", "daughter", "son", "none"},
    "alive": {"alive", "dead"},
    "injury": {"dead", "serious_1"},
    "dis_type": {"limb", "mental", "intellectual", "speech"},
    "dis_level": {"1", "3"},
    "case_type": {"injury", "traffic", "maintenance"},
    "off_rel": {"husband", "other_road_user"},
    "benefit": {"dibao", "village_member_benefit"},
}
# Lists whose whole range is there; they need no "other".
CLOSED_LISTS = """
yes_no sex area dis_type dis_level capacity alive labour self_care building hardship causal burden opinion liability
divorce_suit enforcement period outcome sign_how basis told how change
"""
WORDS_A_VILLAGE_SCREEN_NEVER_SHOWS = "暴力 家暴 救助 金额 元） 案 举报 反映人 violence relief yuan reporter safe"


@dataclass(frozen=True)
class Question:
    """One row of a survey sheet with what it inherits; `path` has no row ids."""

    path: str
    row: dict[str, str]
    sensitivity: str
    moment: str
    how: str
    unknown: frozenset[str]
    inside: tuple[str, ...]  # the repeats around it, outermost first

    @property
    def type(self) -> str:
        return self.row["type"].split()[0]

    @property
    def answered(self) -> bool:
        """Somebody has to tap or type it: not a note, not computed, not filled in by the app or beforehand."""
        return self.type not in {"note", "calculate", "hidden"} and not self.row.get("calculation")


def sheets(form: str) -> dict[str, list[dict[str, str]]]:
    return md_to_dict((LIBRARY / f"{form}.md").read_text("utf-8"))


def questions(form: str) -> list[Question]:
    return [node for node in nodes(form) if not node.type.startswith("begin_")]


def nodes(form: str) -> list[Question]:
    found = []
    levels = [{"names": (), "inside": (), "sensitivity": "", "moment": "door", "how": "ask", "unknown": ""}]
    for row in sheets(form)["survey"]:
        above = levels[-1]
        if row["type"].startswith("end_"):
            levels.pop()
            continue
        own = {key: row.get(f"bind::fa:{key}") or above[key] for key in ("sensitivity", "moment", "how", "unknown")}
        names = (*above["names"], row["name"])
        codes = frozenset(own["unknown"].split()) - {"none"}
        node = Question(".".join(names), row, own["sensitivity"], own["moment"], own["how"], codes, above["inside"])
        found.append(node)
        if row["type"].startswith("begin_"):
            inside = (*above["inside"], row["name"]) if row["type"] == "begin_repeat" else above["inside"]
            levels.append({"names": names, "inside": inside, **own})
    assert len(levels) == 1, "a group is left open"
    return found


def choices(form: str) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for row in sheets(form)["choices"]:
        lists.setdefault(row["list_name"], []).append(row["name"])
    return lists


@pytest.mark.parametrize("form", FORMS)
def test_pyxform_converts_the_form(form):
    result = convert(xlsform=LIBRARY / f"{form}.md")
    assert f'id="{form}"' in result.xform
    assert [warning for warning in result.warnings if "max-pixels" not in warning] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_cell_stands_under_a_heading_of_the_sheet(form):
    # A row with one bar too many or too few shifts its answers under the wrong heading, and pyxform would read on.
    widths: dict[str, set[int]] = {}
    sheet = ""
    for line in (LIBRARY / f"{form}.md").read_text("utf-8").splitlines():
        if line.startswith("| | "):
            widths.setdefault(sheet, set()).add(line.count("|"))
        elif line.startswith("|"):
            sheet = line.strip("| ")
    assert set(widths) == {"settings", "survey", "choices"}
    assert all(len(width) == 1 for width in widths.values()), widths


@pytest.mark.parametrize("form", FORMS)
def test_every_question_is_classified_and_has_a_moment_and_a_way_of_asking(form):
    for question in nodes(form):
        if question.type == "calculate" and not question.sensitivity:
            continue  # its class comes from what it reads
        assert question.sensitivity in CLASSES, question.path
        assert question.moment in {"door", "later", "desk"}, question.path
        assert question.how in {"ask", "see", "paper", "judge"}, question.path
        assert question.unknown <= UNKNOWN_CODES, question.path


@pytest.mark.parametrize("form", FORMS)
def test_both_languages_are_complete(form):
    for sheet in ("survey", "choices"):
        for row in sheets(form)[sheet]:
            for column in ("label", "hint", "constraint_message", "required_message"):
                pair = [row.get(f"{column}::{language}") for language in (ZH, EN)]
                assert all(pair) or not any(pair), (row["name"], column)
            assert bool(row.get("bind::fa:purpose")) == bool(row.get("bind::fa:purpose_en")), row["name"]
            silent = row.get("type", "").startswith(("end_", "calculate", "hidden"))
            assert silent or row.get(f"label::{ZH}"), row
    title = sheets(form)["settings"][0]["form_title"]
    assert len([part for part in title.split(" / ") if part]) == 2


@pytest.mark.parametrize("form", FORMS)
def test_labels_and_hints_fit_a_small_screen(form):
    for row in sheets(form)["survey"]:
        if row["type"] != "note":
            assert len(row.get(f"label::{ZH}", "")) <= 30, row["name"]
        assert len(row.get(f"hint::{ZH}", "")) <= 40, row["name"]
    for row in sheets(form)["choices"]:
        assert len(row[f"label::{ZH}"]) <= 16, row["name"]


@pytest.mark.parametrize("form", FORMS)
def test_a_constraint_says_what_to_do(form):
    for row in sheets(form)["survey"]:
        assert bool(row.get("constraint")) == bool(row.get(f"constraint_message::{ZH}")), row["name"]


@pytest.mark.parametrize("form", FORMS)
def test_no_choice_is_unknown_and_other_brings_a_line_to_write_on(form):
    lists, asked = choices(form), {question.path for question in questions(form)}
    for name, codes in lists.items():
        assert "unknown" not in codes, name
        assert len(codes) == len(set(codes)), name
        assert "other" in codes or name in CLOSED_LISTS.split(), name
    # On income and expenses "other" is a source like any other; F3V asks nobody to type.
    without_words = {"fin.income.source", "fin.expense.kind"}
    for question in questions(form):
        picks = question.type.startswith("select") and "other" in lists.get(question.row["type"].split()[1], [])
        if picks and question.path not in without_words and form != "F3V":
            assert f"{question.path}_other" in asked, question.path


@pytest.mark.parametrize("form", FORMS)
def test_signatures_and_identity_numbers_say_why_they_are_asked(form):
    for question in questions(form):
        if question.type in {"image", "audio", "file"} or question.row.get("bind::fa:check") == "id_number":
            assert question.row.get("bind::fa:purpose"), question.path


@pytest.mark.parametrize("form", FORMS)
def test_a_fact_is_fixed_or_changeable_and_named_once(form):
    facts = Counter()
    for node in nodes(form):
        fact, change = node.row.get("bind::fa:fact"), node.row.get("bind::fa:change")
        assert (fact is None) == (change is None), node.path
        if fact:
            assert change in {"fixed", "changeable"}, node.path
            facts[fact] += 1
    assert [fact for fact, times in facts.items() if times > 1] == []


def test_every_key_of_the_household_investigation_is_there():
    held = {node.path for node in nodes("F2")}
    missing = []
    for group, names in re.findall(r"(\w+): ([^:]+)(?=\n\w+:|\n$)", F2_KEYS):
        for name in names.split():
            key = f"{group}.{name}"
            if MOVED.get(key, key) not in held:
                missing.append(key)
    assert missing == []


def test_every_key_of_the_consent_is_there():
    assert {f"cs.{name}" for name in F0_KEYS.split()} <= {node.path for node in nodes("F0")}


def test_the_door_set_is_fifteen_answers_and_four_for_each_member():
    door = [
        question.path
        for question in questions("F2")
        if question.moment == "door"
        and question.answered
        and not question.row.get("default")
        and question.path not in INSTEAD_OF_OTHERS
        and not question.path.endswith("_other")
    ]
    for_each_member = [path for path in door if path.startswith("members.")]
    assert for_each_member == ["members.name", "members.sex", "members.birth_ym", "members.relation"]
    assert len(door) - len(for_each_member) <= 15, door


def test_the_door_asks_nothing_of_harm_or_death_that_is_known():
    for question in questions("F2"):
        if question.moment == "door" and not question.path.startswith("members."):
            assert question.row.get("bind::fa:change") != "fixed", question.path
        if question.path in {"members.death_date", "members.death_cause", "members.is_victim", "members.injury_level"}:
            assert question.moment == "later" and question.row["bind::fa:change"] == "fixed", question.path


@pytest.mark.parametrize("form", FORMS)
def test_a_judgement_is_never_asked_in_the_home(form):
    for question in questions(form):
        judged = question.how == "judge" and question.type not in {"calculate", "note"}
        assert not judged or question.moment == "desk", question.path
        assert question.moment != "door" or question.path not in JUDGEMENTS
    if form == "F2":
        assert {question.path for question in questions(form)} >= JUDGEMENTS
        assert all(question.moment == "desk" for question in questions(form) if question.path in JUDGEMENTS)


def test_a_visit_that_could_not_be_made_asks_for_nothing_about_the_family():
    for row in top_level_rows("F2"):
        if row["name"] not in {"visit", "concl", "todo"}:
            assert row["relevant"] == "${outcome} = 'done'", row["name"]
    for question in questions("F2"):
        required = question.row.get("required") and question.path.startswith("concl.")
        always = question.path.startswith("concl.sign_visitors.") or question.path.endswith("_other")
        if required and not always:
            assert "${outcome} = 'done'" in question.row["relevant"], question.path


def test_questions_of_violence_and_self_harm_are_classed_so_that_the_screen_can_hide_them():
    hidden = {question.path: question.sensitivity for question in questions("F2")}
    for path in ("dv.screen", "risk.suicide", "home.safe", "visit.in_brief", "members.is_victim", "case.type"):
        assert hidden[path] == "violence", path
    # Needs and the read-back are asked in company too, and tell more than a household fact.
    assert hidden["needs.wanted.need"] == hidden["concl.read_back"] == "health"


def test_the_lists_hold_every_code_of_the_published_cases():
    lists = choices("F2")
    for name, codes in CODES_OF_THE_CASES.items():
        assert codes <= set(lists[name]), name


def test_who_is_present_can_be_any_relative_and_any_offender():
    lists = choices("F2")
    assert set(lists["relation"]) - {"self"} | set(lists["off_rel"]) <= set(lists["present"])


def test_the_village_follow_up_tells_nothing_and_takes_eight_taps():
    asked = [question for question in questions("F3V") if question.answered]
    assert {question.sensitivity for question in nodes("F3V")} == {"household"}
    tapped = [q for q in asked if q.type.startswith("select") and not q.row.get("default")]
    typed = [q for q in asked if q.type in {"text", "integer", "decimal", "date"}]
    assert len(tapped) + 2 <= 8, "opening the visit and handing it in are taps too"
    assert not any(question.row.get("required") for question in typed)
    words = (LIBRARY / "F3V.md").read_text("utf-8").partition("| survey |")[2]
    for word in WORDS_A_VILLAGE_SCREEN_NEVER_SHOWS.split():
        assert word not in words, word


def top_level_rows(form: str) -> list[dict[str, str]]:
    """Rows of the survey that stand in no group."""
    depth, rows = 0, []
    for row in sheets(form)["survey"]:
        if row["type"].startswith("end_"):
            depth -= 1
            continue
        if depth == 0:
            rows.append(row)
        if row["type"].startswith("begin_"):
            depth += 1
    return rows
