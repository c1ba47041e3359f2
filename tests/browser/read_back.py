"""What a published case tells, field by field, beside what is left of it after the real user interface and an approval.

    kept = kept_of(server, code_name)        the approved report, the facts and the people of the file, opened
    compare(published("S001-5"), kept, …)    raises AssertionError that names every field that is not as it was told

No field of the source may be passed over in silence: each has a place in the report, or a reason why it has none. A
reason that no field needs any more fails too.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp import create_app, demo
from fieldapp.actions.findings import body_of, instance_of
from fieldapp.config import Config
from fieldapp.db import db, reading
from fieldapp.models import bodies
from fieldapp.models.cases import Case, CasePerson, Fact
from fieldapp.models.records import Record, Revision, State
from tests.browser.live import LiveServer

PUBLISHED = Path(demo.__file__).parent / "cases.json"
YES_NO = {True: "yes", False: "no"}


def published(case_id: str) -> dict[str, Any]:
    """One case of fieldapp/demo/cases.json."""
    [case] = [case for case in json.loads(PUBLISHED.read_text("utf-8"))["cases"] if case["id"] == case_id]
    return dict(case)


def leaves(told: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field that says something, by its path; people by their id (`persons.p2.name`), other rows by number."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(told, list) and any(isinstance(one, dict) for one in told):
        for number, row in enumerate(told):
            yield from leaves(row, f"{path}.{row['id'] if path == 'persons' else number}")
    elif told is not None and told != []:
        yield path, told


# ---- what is kept ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """`answers` of the approved household investigation; `facts` by owner (None: the case) and code; `people` of the
    file; all by `person_id` as text."""

    answers: dict[str, Any]
    facts: dict[tuple[str | None, str], Any]
    people: dict[str, dict[str, Any]]
    subject: str


def kept_of(server: LiveServer, code_name: str) -> Kept:
    """Read through the server's own models, in this process, what the running server has stored of a case."""
    with _opened(server) as session:
        case = session.scalars(select(Case).where(Case.code_name == code_name)).one()
        of_case = partial(_unseal, session, case)
        head = session.scalars(
            select(Revision)
            .join(Record, Record.head_revision_id == Revision.revision_id)
            .where(Record.case_id == case.case_id, Record.form == "F2", Record.state == State.APPROVED)
        ).one()
        facts = {
            (None if row.about_id == case.case_id else str(row.about_id), row.fact): of_case(
                "fact", "sealed_value", (case.district, case.case_id, row.about_id, row.fact), row.sealed_value
            )["value"]
            for row in session.scalars(select(Fact).where(Fact.case_id == case.case_id))
        }
        people = {
            str(row.person_id): of_case(
                "case_person", "sealed_details", (case.district, case.case_id, row.person_id), row.sealed_details
            )
            for row in session.scalars(select(CasePerson).where(CasePerson.case_id == case.case_id))
        }
        answers = instance_of(session, head, body_of(session, head), "zh").submission()
        return Kept(answers, facts, people, str(case.subject_id))


@contextmanager
def _opened(server: LiveServer) -> Iterator[Session]:
    data = server.folder / "data"
    ring = server.folder / "keys" / "ring.json"
    app = create_app(Config(data, f"sqlite:///{data / 'fieldapp.sqlite3'}", ring, demo=True))
    with app.app_context():
        try:
            with reading() as session:
                yield session
        finally:
            db.engine.dispose()


def _unseal(
    session: Session, case: Case, table: str, column: str, key: tuple[UUID | str, ...], sealed: bytes
) -> dict[str, Any]:
    return dict(json.loads(bodies.open_for_case(session, case.district, case.case_id, table, column, key, sealed)))


# ---- how the words of the source stand in the form -----------------------------------------------------------


# A question, and what the words of the source become there (None: they stay). Words that are not listed have no place.
Place = tuple[str, Mapping[Any, Any] | None]
# Of one person: field of the source -> question of the row.
OF_A_PERSON: dict[str, Place] = {
    "name": ("name", None),
    "sex": ("sex", None),
    "birth_ym": ("birth_ym", None),
    "relation_to_principal": ("relation", None),
    "alive": ("alive", None),
    "assisted": ("assisted", YES_NO),
    "household_member_now": ("together", YES_NO),
    "role_in_case": ("is_victim", {"victim": "yes", "close_relative": "no", "household_member": "no"}),
    "injury_level": ("injury_level", None),
    "disability_text": ("injury_grade", {"一级伤残": 1}),
    "self_care_text": ("self_care", {"瘫痪在床": "none"}),
    "work_before_text": ("work_before", {"罗某艳在外务工": "migrant", "从事装修工作": "other"}),
    "work_now_text": ("work", {"以务农为生": "farming"}),
    "education_text": ("school_status", {"小女儿3岁尚未入学": "preschool", "其他三名子女均为小学在读": "primary"}),
}
# Of the family and its case: field -> path of the answer; rows by number, as they stand in the report.
OF_THE_CASE: dict[str, Place] = {
    "household.members_before": ("hh.members_before", None),
    "household.members_now": ("hh.members_now", None),
    "household.minors_in_care": ("care.minors_count", None),
    "household.elders_in_care": ("care.elders_count", None),
    "household.income_text": ("fin.income[0].source", {"全家靠低保金生活": "benefit"}),
    "existing_benefits.0.type": ("hh.benefits[0].type", None),
    "existing_benefits.0.has": ("hh.benefits[0].has", YES_NO),
    "original_case.case_type": ("case.type", None),
    "original_case.occurred_on": ("case.occurred_on", None),
    "original_case.offender_relation": ("case.offender_relation", None),
    "original_case.charge_text": ("case.charge", None),
    "original_case.sentence_text": ("case.sentence", None),
    "original_case.court_text": ("case.organ", None),
    "original_case.liability_text": (
        "case.liability",
        {"周某、蒋某分别承担此次交通事故的主要责任、次要责任，刘某三无责任": "main"},
    ),
    "compensation.used_for_text": (
        "comp.items[0].used_for",
        {"支付的赔偿款已全部用于刘某三的前期治疗": "刘某三的前期治疗"},
    ),
    "hardship_text": ("concl.hardship", {"罗某艳家庭生活十分困难": "very"}),
    "relief.priority_basis_text": (
        "members[1].main_earner_before",
        {"家庭主要劳动力受到违法犯罪侵害导致丧失劳动能力，承担养育未成年子女、赡养老人义务": "yes"},
    ),
}
# What the source says nobody knows, where its name is not the path of a question.
NOBODY_KNOWS = {
    "loss.medical_total": "loss.victims[0].medical_total",
    "comp.items(insurer exact amount)": "comp.items[0].awarded",
    "hh.benefits(amount)": "hh.benefits[0].amount",
}
OTHER_FORMS = ("relief.", "ms.", "fu.")
# Who was to pay and who paid: two lists of the source, one row for each payer in the report.
AWARDED, EXECUTED = "compensation.awarded_items", "compensation.executed_items"
PAYMENT: dict[tuple[str, str], Place] = {
    (AWARDED, "payer"): ("payer", None),
    (AWARDED, "amount_text"): ("as_told", None),
    (EXECUTED, "payer"): ("payer", None),
    (EXECUTED, "amount_text"): ("enforcement", {"履行到位": "full", "履行3万元": "partial", "未履行": "none"}),
    (EXECUTED, "amount_yuan"): ("paid", None),
}


def _row(rows: Any, name: str, value: Any) -> dict[str, Any]:
    return next((row for row in rows or [] if row.get(name) == value), {})


def answer_at(answers: Any, path: str) -> Any:
    """The answer at `hh.benefits[0].type`; None where nothing stands there."""
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(answers, list):
            answers = answers[int(step)] if int(step) < len(answers) else None
        else:
            answers = (answers or {}).get(step)
    return answers


@dataclass(frozen=True)
class Told:
    """One field of the source with its place in the report: where it stands, what it should say, what it says."""

    where: str
    wanted: Any
    found: Any


def _rows_of_members(case: Mapping[str, Any], kept: Kept) -> dict[str, dict[str, Any]]:
    # The file lists her first and the others as the source does, and so they are taken over into the report.
    family = [one for one in case["persons"] if one["relation_to_principal"] != "none"]
    assert family[0]["id"] == case["principal_id"]
    assert len(family) == len(kept.answers["members"]), "a row for each of the family"
    return dict(zip((one["id"] for one in family), kept.answers["members"], strict=True))


def told(case: Mapping[str, Any], kept: Kept) -> dict[str, Told]:
    """Every field of the source that has a place in the household investigation."""
    rows = _rows_of_members(case, kept)
    said = dict(leaves(case))
    found: dict[str, Told] = {}
    for field, value in said.items():
        head, _, rest = field.partition(".")
        person, _, name = rest.partition(".")
        of, _, last = field.rpartition(".")
        if head == "persons" and person in rows and name in OF_A_PERSON:
            _take(found, field, value, OF_A_PERSON[name], rows[person], f"members[{person}].")
        elif field in OF_THE_CASE:
            _take(found, field, value, OF_THE_CASE[field], kept.answers)
        elif of.startswith((AWARDED, EXECUTED)):
            question, words = PAYMENT[of.rpartition(".")[0], last]
            row = _row(answer_at(kept.answers, "comp.items"), "payer", said[f"{of}.payer"])
            _take(found, field, str(value), (question, words), row, "comp.items[].")
        elif of.startswith("original_case.timeline."):
            row = _row(answer_at(kept.answers, "case.timeline"), "on", said[f"{of}.date"])
            _take(found, field, value, ("on" if last == "date" else "event", None), row, "case.timeline[].")
        elif head == "expected_categories" and last == "status":
            # "unknown_then_met": met only when a later measure is recorded, which is not of this form.
            code = name.partition(".")[0].lower()
            _take(found, field, value.removesuffix("_then_met"), (f"hints.{code}", None), rows[person])
        elif field == "principal_id":
            found[field] = Told("the subject of the file", kept.subject, rows[value]["person_id"])
        elif field == "assisted_count":
            found[field] = Told("members[].assisted", value, sum(row["assisted"] == "yes" for row in rows.values()))
        elif field == "expected_missing":
            found[field] = Told("what nobody knows", [], _known_all_the_same(value, kept.answers, rows))
    return found


def _take(
    found: dict[str, Told], field: str, value: Any, place: Place, answers: Mapping[str, Any], of: str = ""
) -> None:
    path, words = place
    if words is None or value in words:
        found[field] = Told(of + path, value if words is None else words[value], answer_at(answers, path))


def _known_all_the_same(names: list[str], answers: dict[str, Any], rows: Mapping[str, dict[str, Any]]) -> list[str]:
    answered = []
    for name in names:
        if name.startswith(OTHER_FORMS):
            continue
        path, _, person = NOBODY_KNOWS.get(name, name).partition("@")
        value = answer_at(rows[person], path.removeprefix("m.")) if person else answer_at(answers, path)
        if value is not None and not (isinstance(value, dict) and "unknown" in value):
            answered.append(name)
    return answered


def compare(
    case: Mapping[str, Any], kept: Kept, *, differs: Mapping[str, tuple[Any, str]], elsewhere: Mapping[str, str]
) -> None:
    """`differs`: a field whose answer is another one, with that answer and why; `elsewhere`: fields (patterns) this
    report has no question for, with why. Raises AssertionError that lists all that is in neither, and all idle entries.
    """
    fields = told(case, kept)
    wrong = {field: one for field, one in fields.items() if one.found != differs.get(field, (one.wanted, ""))[0]}
    assert not wrong, "\n".join(f"{field}: {one}" for field, one in wrong.items())
    idle = [field for field in differs if field not in fields or fields[field].found == fields[field].wanted]
    assert not idle, f"these are as told, take them off the list: {idle}"
    without = [field for field, _ in leaves(case) if field not in fields]
    lost = [field for field in without if not any(fnmatchcase(field, pattern) for pattern in elsewhere)]
    assert not lost, f"fields of the source with no place and no reason: {lost}"
    needless = [pattern for pattern in elsewhere if not any(fnmatchcase(field, pattern) for field in without)]
    assert not needless, f"reasons that no field needs: {needless}"
