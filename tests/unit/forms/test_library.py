"""The form library as tables: complete, classified, short at the door, able to hold the published cases."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from pyxform.xls2json_backends import md_to_dict
from pyxform.xls2xform import convert

from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.library import plans

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
hint_a1 hint_a2 hint_a3 hint_a4 hint_a5 hint_b1 hint_b2 finding
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
        assert "unknown" not in codes or name.startswith("hint_"), name  # a hint is computed, nobody chooses it
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


@pytest.mark.parametrize("form", FORMS)
def test_a_group_has_no_hint_because_an_xform_would_drop_it(form):
    assert [
        row["name"]
        for row in sheets(form)["survey"]
        if row["type"].startswith("begin_") and any(k.startswith("hint") for k in row)
    ] == []


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


# From here on the compiled plans: what the tables do when somebody fills them in. 1 May 2022, 10:00 in Shanghai.
PLANS = plans()
NOW_MS = 1_651_370_400_000
ROW_NUMBERS = count(1)
VISITORS = [{"user": "走访人甲", "org": "wf"}, {"user": "走访人乙", "org": "proc"}]


def new_visit(**answers):
    return open_instance(PLANS["F2"], answers or None, now_ms=NOW_MS)


def add_rows(instance, path, rows):
    """Fill rows of a repeat by hand, as the screen would; gives their paths."""
    made = []
    for row in rows:
        made.append(instance.add_repeat(path, f"01800000-0000-7000-8000-{next(ROW_NUMBERS):012d}"))
        for name, value in row.items():
            instance.set(f"{made[-1]}.{name}", value)
    return made


def family_of_the_traffic_case(instance):
    """Case S001-3: five live on, the father died on the road and a son of 15 after him."""
    people = [
        {
            "name": "古某香",
            "sex": "female",
            "birth_ym": "1975",
            "relation": "self",
            "together": "yes",
            "alive": "alive",
        },
        {
            "name": "婆婆",
            "sex": "female",
            "birth_ym": "1937",
            "relation": "mother_in_law",
            "together": "yes",
            "alive": "alive",
        },
        {
            "name": "大女儿",
            "sex": "female",
            "birth_ym": "2002-03",
            "relation": "daughter",
            "together": "yes",
            "alive": "alive",
        },
        {
            "name": "叶某如",
            "sex": "female",
            "birth_ym": "2004-12",
            "relation": "daughter",
            "together": "yes",
            "alive": "alive",
        },
        {
            "name": "叶某利",
            "sex": "male",
            "birth_ym": "2008-10",
            "relation": "son",
            "together": "yes",
            "alive": "alive",
        },
        {
            "name": "叶某勇",
            "sex": "male",
            "birth_ym": {"unknown": "not_asked"},
            "relation": "spouse",
            "together": "no",
            "alive": "dead",
            "death_cause": "offence",
            "is_victim": "yes",
            "injury_level": "dead",
            "main_earner_before": "yes",
        },
    ]
    return add_rows(instance, "members", people)


@pytest.mark.parametrize("form", FORMS)
def test_the_form_compiles_with_both_languages(form):
    plan = PLANS[form]
    assert plan.json["languages"] == ["zh", "en"]
    assert list(plan.warnings) == []  # no class raised behind the table's back, no text missing


def test_the_counts_of_who_is_cared_for_come_from_the_list_of_members():
    visit = new_visit()
    family_of_the_traffic_case(visit)
    assert visit.get("care.minors_count") == 2
    assert visit.get("care.elders_count") == 1
    assert visit.get("care.dependants_count") == 0


def test_members_now_must_agree_with_who_lives_together_in_the_list():
    visit = new_visit()
    family_of_the_traffic_case(visit)
    visit.set("hh.members_now", 7)
    assert visit.view("hh.members_now")["error"]["code"] == "constraint"
    visit.set("hh.members_now", 5)
    assert visit.view("hh.members_now")["error"] is None


def test_a_death_is_asked_for_only_where_somebody_died():
    visit = new_visit()
    rows = family_of_the_traffic_case(visit)
    assert not visit.view(f"{rows[0]}.death_cause")["relevant"]
    assert visit.view(f"{rows[-1]}.death_cause")["relevant"]


def test_a_child_at_school_whose_age_is_unknown_counts_as_a_minor():
    visit = new_visit()
    people = [
        {"birth_ym": {"unknown": "does_not_know"}, "relation": "son", "together": "yes", "school_status": "primary"}
    ]
    add_rows(visit, "members", people)
    assert visit.get("care.minors_count") == 1


def test_violence_calls_for_the_risk_form_and_a_child_for_the_needs_form():
    visit = new_visit()
    assert visit.get("todo") in (None, "")
    visit.set("dv.screen", "yes")
    assert visit.get("todo") == "F5"
    family_of_the_traffic_case(visit)
    assert visit.get("todo") == "F5 F6"


def test_a_visit_that_could_not_be_made_is_complete_with_its_reason_and_two_signatures():
    visit = new_visit()
    visit.set("visit.outcome", "could_not")
    visit.set("visit.could_not_reason", "nobody_home")
    visit.set("visit.conflict", "no")
    add_rows(visit, "visit.visitors", VISITORS)
    for place in ("first", "second"):
        visit.set(f"concl.sign_visitors.{place}", {"strokes": []})
    assert [problem["path"] for problem in visit.problems()] == []
    assert set(visit.submission()) <= {"visit", "concl"}


def test_the_door_page_of_a_family_of_eight_is_complete_with_fifteen_answers_and_four_for_each():
    visit = new_visit()
    people = [{"name": f"家人{n}", "sex": "female", "birth_ym": "1980", "relation": "self"} for n in range(8)]
    add_rows(visit, "members", people)
    answers = {
        "visit.conflict": "no",
        "visit.alone": "yes",
        "visit.present": ["nobody"],
        "visit.in_brief": "丈夫出车祸后瘫痪在床",
        "loss.urgent_treatment": "no",
        "home.safe": "yes",
        "dv.screen": "no",
        "child.screen": "yes",
        "risk.suicide": {"unknown": "not_safe"},
        "concl.read_back": "家里没有收入，想让孩子继续上学。",
        "concl.sign_subject": {"strokes": []},
        "concl.sign_visitors.first": {"strokes": []},
        "concl.sign_visitors.second": {"strokes": []},
    }
    for path, value in answers.items():
        visit.set(path, value)
    add_rows(visit, "needs.wanted", [{"need": "schooling", "urgent": "no"}])
    assert visit.problems(["door"]) == []
    # Two of the fifteen are the kind of need and how urgent it is.
    assert len(answers) + 2 == 15


def test_where_the_file_is_silent_every_required_question_takes_an_unknown():
    # Given what is published of case S001-1: an abused wife cared for by her sister, who pays her rent
    visit = new_visit()
    add_rows(visit, "visit.visitors", VISITORS)
    people = [
        {
            "name": "吴甲红",
            "sex": "female",
            "birth_ym": "1983-07",
            "relation": "self",
            "together": "yes",
            "alive": "alive",
            "health": ["mental", "injured"],
            "disability_types": ["limb", "mental"],
            "capacity": "limited",
            "work": "none",
            "labour": "lost",
            "labour_cause": "offence",
            "is_victim": "yes",
            "assisted": "yes",
        },
        {"name": "汪某亮", "sex": "male", "relation": "spouse", "together": "no", "alive": "alive", "assisted": "no"},
        {"name": "吴乙红", "sex": "female", "relation": "sister", "together": "no", "alive": "alive", "assisted": "no"},
        {
            "sex": "male",
            "relation": "father",
            "alive": "dead",
            "death_date": "2017",
            "together": "no",
            "assisted": "no",
        },
    ]
    add_rows(visit, "members", people)
    known = {
        "visit.conflict": "no",
        "visit.informants": ["self", "family"],
        "visit.present": ["sister"],
        "hh.area": "urban",
        "hh.hukou_type": "unified",
        "hh.members_now": 1,
        "hh.has_benefits": "yes",
        "fin.has_income": "yes",
        "home.type": "rented",
        "case.type": "injury",
        "case.offender_relation": "husband",
        "case.stage": "prosecuted",
        "case.divorce_suit": "filed",
        "dv.screen": "yes",
        "concl.sign_how": "not_safe",
        "concl.sign_visitors.first": {"strokes": []},
        "concl.sign_visitors.second": {"strokes": []},
        "concl.facts": "丈夫长期打骂、冻饿，造成肢体残疾；房租和日常花销由姐姐负担。",
        "concl.opinion": "protect_first",
    }
    for path, value in known.items():
        visit.set(path, value)
    add_rows(visit, "hh.benefits", [{"type": "dibao", "has": "no"}, {"type": "village_member_benefit", "has": "no"}])
    add_rows(visit, "fin.income", [{"source": "support"}])
    add_rows(visit, "needs.wanted", [{"need": "psych", "urgent": "yes"}, {"need": "guardianship", "urgent": "no"}])
    # When everything the file does not say is answered with a reason for not knowing
    while required := [problem["path"] for problem in visit.problems() if problem["code"] == "required"]:
        for path in required:
            assert visit.view(path)["node"]["unknown"], f"{path} takes no unknown"
            visit.set(path, {"unknown": visit.view(path)["node"]["unknown"][0]})
    # Then nothing stands in the way, and what is unknown stays unknown
    assert visit.problems() == []
    assert visit.submission()["home"]["rent_monthly"] == {"unknown": "refused"}
    assert visit.get("todo") == "F5"


def test_one_visitor_alone_is_reported():
    visit = new_visit()
    add_rows(visit, "visit.visitors", VISITORS[:1])
    assert "visit.visitors_check" in [problem["path"] for problem in visit.problems()]


def test_self_paid_cannot_exceed_the_total_less_what_was_reimbursed():
    visit = new_visit()
    [row] = add_rows(visit, "loss.victims", [{"medical_total": "50000", "medical_reimbursed": "30000"}])
    for paid, error in (("20000.01", "constraint"), ("20000", None)):
        visit.set(f"{row}.medical_self_paid", paid)
        assert (visit.view(f"{row}.medical_self_paid")["error"] or {}).get("code") == error


def test_the_gap_is_what_was_awarded_less_what_was_paid():
    # Case S001-5: an insurer paid in full, one offender paid 30,000, one paid nothing; invented exact sums.
    visit = new_visit()
    sums = [("210000", "210000"), ("560000", "0"), ("120000", "30000")]
    rows = add_rows(
        visit, "comp.items", [{"payer": "赔偿人", "awarded": awarded, "paid": paid} for awarded, paid in sums]
    )
    assert visit.get("comp.gap") == "650000"
    visit.set(f"{rows[1]}.paid", "560001")
    assert visit.view(f"{rows[1]}.paid")["error"]["code"] == "constraint"


def test_an_amount_known_only_in_words_is_kept_and_leaves_the_gap_open():
    visit = new_visit()
    [row] = add_rows(visit, "comp.items", [{"payer": "刘某汶", "as_told": "68万余元"}])
    assert visit.get("comp.gap") in (None, "")
    assert visit.get(f"{row}.as_told") == "68万余元"


def test_income_is_added_up_and_divided_by_those_who_live_together():
    visit = new_visit()
    family_of_the_traffic_case(visit)
    visit.set("hh.members_now", 5)
    visit.set("fin.has_income", "yes")
    assert "fin.income_check" in [problem["path"] for problem in visit.problems()]
    add_rows(visit, "fin.income", [{"source": "farm", "amount": "8000.50"}, {"source": "wage", "amount": "2000"}])
    assert visit.get("fin.total_income") == "10000.5"
    assert visit.get("fin.per_capita") == "2000.1"
    visit.set("fin.has_income", "no")
    assert visit.get("fin.total_income") == "0"


def test_an_identity_number_must_agree_with_birth_and_sex():
    visit = new_visit()
    number = with_check_digit("00000019900101002")  # a region that does not exist; even: a woman
    [row] = add_rows(visit, "members", [{"birth_ym": "1990-01", "sex": "female", "id_no": number}])
    assert visit.view(f"{row}.id_no")["error"] is None
    visit.set(f"{row}.birth_ym", "1991")
    assert visit.view(f"{row}.id_no")["error"]["code"] == "constraint"
    visit.set(f"{row}.birth_ym", "1990")
    visit.set(f"{row}.sex", "male")
    assert visit.view(f"{row}.id_no")["error"]["code"] == "constraint"


def test_hukou_and_residence_are_apart_when_the_township_differs():
    visit = new_visit()
    visit.set("hh.hukou_region", "990101001001")
    visit.set("hh.residence_region", "990101001002")
    assert visit.get("hh.split") == "no"
    visit.set("hh.residence_region", "990101002001")
    assert visit.get("hh.split") == "yes"


def test_the_nature_of_a_case_follows_from_its_type():
    visit = new_visit()
    for kind, nature in (
        ("traffic", "criminal"),
        ("dv_admin", "administrative"),
        ("maintenance", "civil"),
        ("none", "none"),
    ):
        visit.set("case.type", kind)
        assert visit.get("case.nature") == nature
    assert not visit.view("case.offender_relation")["relevant"]


def test_papers_still_to_come_are_named_until_they_are_ticked():
    visit = new_visit()
    family_of_the_traffic_case(visit)
    visit.set("case.type", "traffic")
    assert visit.get("concl.missing") == "id case_document death_cert relation_proof"
    visit.set("concl.docs", ["id", "death_cert"])
    assert visit.get("concl.missing") == "case_document relation_proof"
    assert visit.view("concl.missing_relation_proof")["relevant"]
    assert not visit.view("concl.missing_death_cert")["relevant"]


def test_every_kind_of_disability_has_a_level_of_its_own():
    # Case S001-1: a limb disability without a level, and a mental one of level 3.
    visit = new_visit()
    [row] = add_rows(visit, "members", [{"disability_types": ["limb", "mental"]}])
    levels = add_rows(
        visit,
        f"{row}.disability_level",
        [{"type": "limb", "level": {"unknown": "no_paper"}}, {"type": "mental", "level": "3"}],
    )
    assert [visit.view(f"{level}.{name}")["error"] for level in levels for name in ("type", "level")] == [None] * 4
    visit.set(f"{levels[0]}.type", "visual")
    assert visit.view(f"{levels[0]}.type")["error"]["code"] == "constraint"


def test_how_she_signs_decides_what_is_asked():
    visit = new_visit()
    asked = {
        "signed": {"sign_subject"},
        "thumbprint_with_witness": {"sign_thumbprint", "sign_witness"},
        "reason": {"sign_refused"},
    }
    for way in ("signed", "thumbprint_with_witness", "reason", "not_safe"):
        visit.set("concl.sign_how", way)
        names = ("sign_subject", "sign_thumbprint", "sign_witness", "sign_refused")
        assert {name for name in names if visit.view(f"concl.{name}")["relevant"]} == asked.get(way, set())


def test_a_guardian_who_did_harm_cannot_give_consent():
    consent = open_instance(PLANS["F0"], None, now_ms=NOW_MS)
    consent.set("cs.basis", "consent")
    consent.set("cs.capacity", "guardian")
    consent.set("cs.unsafe_guardian", "yes")
    assert consent.view("cs.unsafe_guardian")["error"]["code"] == "constraint"


@pytest.mark.parametrize("basis", ["legal_duty", "consent"])
def test_notice_is_complete_also_when_photo_sound_and_sharing_are_refused(basis):
    notice = open_instance(PLANS["F0"], None, now_ms=NOW_MS)
    answers = {
        "told": ["who", "purpose", "kinds", "keep_time", "rights", "sensitive_why"],
        "basis": basis,
        "purposes": ["visit"],
        "share_with": {"unknown": "refused"},
        "photo": "no",
        "audio": "no",
    }
    if basis == "consent":
        answers |= {"by": "吴甲红", "capacity": "self", "how": "oral_recorded", "witness": "村妇联主席"}
    for name, value in answers.items():
        notice.set(f"cs.{name}", value)
    assert notice.problems() == []


def test_a_village_follow_up_is_complete_after_five_answers():
    follow_up = open_instance(PLANS["F3V"], None, now_ms=NOW_MS)
    answers = {"met": "yes", "change": "worse", "needs_help": "yes", "help": ["talk"], "worried": "yes"}
    for name, value in answers.items():
        follow_up.set(f"fv.{name}", value)
    assert follow_up.problems() == []


def with_check_digit(seventeen: str) -> str:
    """GB 11643: the sum of the weighted digits chooses the last character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return (
        seventeen
        + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=True)) % 11]
    )
