"""What a published case tells, field by field, beside what is left of it after the real user interface and an approval.

    kept = kept_of(server, code_name)     the approved reports, the facts and the people of the file, opened
    compare(reading, kept)                raises AssertionError that names every field that is not as it was told

No field of the source may be passed over in silence: each has a place in a report, or a reason why it has none. A
reason that no field needs any more fails too. Which place, and which reason: case_words.py, case_readings.py.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from fieldapp.forms.library import plans
from fieldapp.models import bodies
from fieldapp.models.cases import Case, CasePerson, Fact
from fieldapp.models.records import Record, Revision, State
from tests.browser.answers import CaseAnswers, Table
from tests.browser.case_words import NOBODY_KNOWS, OF_A_PERSON, OF_THE_CASE, OTHER_FORMS, PAYMENT, STATUS, Place
from tests.browser.live import LiveServer, OfTheFamily, Signature

PUBLISHED = Path(demo.__file__).parent / "cases.json"


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
    """Answers of the approved reports by form, the oldest first; `facts` by owner (None: the case) and code; `people`
    of the file; all by `person_id` as text."""

    reports: dict[str, list[dict[str, Any]]]
    facts: dict[tuple[str | None, str], Any]
    people: dict[str, dict[str, Any]]
    subject: str

    @property
    def answers(self) -> dict[str, Any]:
        """Of the household investigation."""
        [only] = self.reports["F2"]
        return only


def kept_of(server: LiveServer, code_name: str) -> Kept:
    """Read through the server's own models, in this process, what the running server has stored of a case."""
    with _opened(server) as session:
        case = session.scalars(select(Case).where(Case.code_name == code_name)).one()
        of_case = partial(_unseal, session, case)
        heads = session.scalars(
            select(Revision)
            .join(Record, Record.head_revision_id == Revision.revision_id)
            .where(Record.case_id == case.case_id, Record.state == State.APPROVED)
            .order_by(Revision.revision_id)
        ).all()
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
        reports: dict[str, list[dict[str, Any]]] = {}
        for head in heads:
            answers = instance_of(session, head, body_of(session, head), "zh").submission()
            reports.setdefault(head.form, []).append(answers)
        return Kept(reports, facts, people, str(case.subject_id))


def code_name_of(server: LiveServer, name: str) -> str:
    """What lists call the case of the person of this name."""
    with _opened(server) as session:
        listed = select(Case, CasePerson).join(CasePerson, CasePerson.person_id == Case.subject_id)
        for case, her in session.execute(listed):
            key = (case.district, case.case_id, her.person_id)
            if _unseal(session, case, "case_person", "sealed_details", key, her.sealed_details)["name"] == name:
                return str(case.code_name)
    raise LookupError(name)


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


# ---- the places of the fields --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """What one case's fields become. `places`: of fields of this case alone; `differs`: a field whose answer is another
    one, with that answer and why; `elsewhere`: fields (patterns) that no report has a question for, with why;
    `everywhere`: the same for all cases, so that one case may not need it.
    """

    answers: CaseAnswers
    places: Mapping[str, Place] = field(default_factory=dict)
    differs: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    everywhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """One field of the source with its place: where it stands, what it should say, what it says, and the fact of it."""

    where: str
    wanted: Any
    found: Any
    fact: Any = None


def answer_at(answers: Any, path: str) -> Any:
    """The answer at `hh.benefits[0].type`; None where nothing stands there."""
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(answers, list):
            answers = answers[int(step)] if int(step) < len(answers) else None
        else:
            answers = answers.get(step) if isinstance(answers, dict) else None
    return answers


def family_of(case: Mapping[str, Any]) -> list[str]:
    """The people of the source as they stand in the report: the household first, then the others of the file."""
    listed = [
        one
        for one in case["persons"]
        if one["relation_to_principal"] not in (None, "none") or one["role_in_case"] not in ("offender", "liable_party")
    ]
    assert listed[0]["id"] == case["principal_id"]
    listed.sort(key=lambda one: not one["household_member_now"])
    return [one["id"] for one in listed]


class _Reports:
    """Answers and facts by a place as the tables write it: `case.type`, `members[p2].work`, `F5:dv.offender`."""

    def __init__(self, case: Mapping[str, Any], kept: Kept):
        self.kept = kept
        self.family = family_of(case)
        assert len(self.family) == len(kept.answers["members"]), "a row for each of the family"
        self.rows = dict(zip(self.family, kept.answers["members"], strict=True))

    def told(self, place: str, wanted: Any) -> Told:
        form, path = _form_of(place)
        path = re.sub(r"\[(p\d+)\]", lambda found: f"[{self.family.index(found[1])}]", path)
        [*_, answers] = self.kept.reports.get(form) or [{}]
        found = answer_at(answers, path)
        return Told(place, wanted, found, self._fact(form, path, answers, found))

    def payment(self, payer: str, name: str) -> str:
        """The place in the row of this payer; where there is none, one that nothing stands in."""
        items = answer_at(self.kept.answers, "comp.items") or []
        number = next((at for at, row in enumerate(items) if row.get("payer") == payer), len(items))
        return f"comp.items[{number}].{name}"

    def _fact(self, form: str, path: str, answers: Any, found: Any) -> Any:
        """The fact the answer became, or the same answer where the question makes none. Of a list the whole is one."""
        where, fact = _fact_node(form, path)
        if fact is None or found is None or is_unknown(found):
            return found
        owner = re.match(r"members\[(\d+)\]", path)
        person = answers["members"][int(owner[1])]["person_id"] if owner else None
        stored = self.kept.facts.get((person, fact))
        return found if stored == answer_at(answers, where) else ("the fact is", stored)


def _form_of(place: str) -> tuple[str, str]:
    form, colon, path = place.partition(":")
    return (form, path) if colon else ("F2", place)


def _fact_node(form: str, path: str) -> tuple[str, str | None]:
    """Path and code of the fact that an answer belongs to: of the question, or of a list above it."""
    plan, number, steps = plans()[form], 0, path.split(".")
    for at, step in enumerate(steps):
        name = step.partition("[")[0]
        number = next(n for n in plan.children[number] if plan.nodes[n]["name"] == name)
        node = plan.nodes[number]
        if node.get("fact"):
            return ".".join([*steps[:at], name if node["kind"] == "repeat" else step]), str(node["fact"])
    return path, None


def is_unknown(answer: Any) -> bool:
    return isinstance(answer, dict) and set(answer) == {"unknown"}


def told(reading: Reading, kept: Kept) -> dict[str, Told]:
    """Every field of the source that has a place in one of the reports."""
    case = published(reading.answers.case)
    reports = _Reports(case, kept)
    said = dict(leaves(case))
    found: dict[str, Told] = {}
    for name, value in said.items():
        if name == "principal_id":
            found[name] = Told("the subject of the file", kept.subject, reports.rows[value]["person_id"])
        elif name == "assisted_count":
            count = sum(row["assisted"] == "yes" for row in reports.rows.values())
            found[name] = Told("members[].assisted", value, count)
        elif name == "expected_missing":
            found[name] = Told("what nobody knows", [], _known_all_the_same(value, reports))
        elif place := reading.places.get(name) or _place_of(name, said, reports):
            path, words = place
            key = tuple(value) if isinstance(value, list) else value
            written = _form_of(path)[0] in kept.reports  # else nobody wrote that form yet
            if written and (words is None or key in words):
                found[name] = reports.told(path, value if words is None else words[key])
    return found


def _place_of(name: str, said: Mapping[str, Any], reports: _Reports) -> Place | None:
    """Where a field stands that has the same place in every case; None where it has none."""
    head, _, rest = name.partition(".")
    person, _, question = rest.partition(".")
    row, _, last = name.rpartition(".")
    if head == "persons" and person in reports.rows and question in OF_A_PERSON:
        path, words = OF_A_PERSON[question]
        return f"members[{person}].{path}", words
    if head == "expected_categories" and last == "status":
        return f"members[{person}].hints.{question[:2].lower()}", STATUS
    if payment := PAYMENT.get((row.rpartition(".")[0], last)):
        return reports.payment(said[f"{row}.payer"], payment[0]), payment[1]
    if row.startswith("original_case.timeline.") and re.match(r"\d{4}-", said[f"{row}.date"]):
        return f"case.timeline[{row.rpartition('.')[2]}].{'on' if last == 'date' else 'event'}", None
    return OF_THE_CASE.get(name)


def _known_all_the_same(names: list[str], reports: _Reports) -> list[str]:
    answered = []
    for name in names:
        if name.startswith(OTHER_FORMS):
            continue
        path, _, person = NOBODY_KNOWS.get(name, name).partition("@")
        place = f"members[{person}].{path.removeprefix('m.')}" if person else path
        value = reports.told(place, None).found
        if value is not None and not is_unknown(value):
            answered.append(name)
    return answered


def compare(reading: Reading, kept: Kept) -> None:
    """Raises AssertionError that lists what is not as it was told, what has neither place nor reason, what is idle."""
    case = published(reading.answers.case)
    fields = told(reading, kept)
    differs = reading.differs
    wrong = {name: one for name, one in fields.items() if not _same(one.found, differs.get(name, (one.wanted, ""))[0])}
    assert not wrong, "\n".join(f"{name}: {one}" for name, one in wrong.items())
    not_kept = {name: one for name, one in fields.items() if one.fact is not None and one.fact != one.found}
    assert not not_kept, "\n".join(f"{name}: {one}" for name, one in not_kept.items())
    idle = [name for name in differs if name not in fields or _same(fields[name].found, fields[name].wanted)]
    assert not idle, f"these are as told, take them off the list: {idle}"
    without = [name for name, _ in leaves(case) if name not in fields]
    reasons = [*reading.elsewhere, *reading.everywhere]
    lost = [name for name in without if not any(fnmatchcase(name, pattern) for pattern in reasons)]
    assert not lost, f"fields of the source with no place and no reason: {lost}"
    needless = [one for one in reading.elsewhere if not any(fnmatchcase(name, one) for name in without)]
    assert not needless, f"reasons that no field needs: {needless}"


def _same(found: Any, wanted: Any) -> bool:
    """Several choices are kept in the order of their list, not of the source or of the taps."""
    if isinstance(found, list) and isinstance(wanted, list):
        return sorted(found) == sorted(wanted)
    return bool(found == wanted)


def matching(pattern: str, names: set[str]) -> set[str]:
    """The fields of the source that a pattern of the tables means."""
    return {name for name in names if fnmatchcase(name, pattern)}


def not_as_answered(table: Table, answers: dict[str, Any]) -> dict[str, Any]:
    """What stands in an approved report instead of what was given on the phone, by path. Pictures are not compared."""
    members = answers.get("members", [])
    wrong = {}
    for path, given in table.items():
        found = answer_at(answers, path)
        if isinstance(given, Signature) or (is_unknown(given) and found is None):
            continue  # a reason for not knowing waits in the table for a question that may not be asked at all
        wanted = members[given.number]["person_id"] if isinstance(given, OfTheFamily) else given
        if not _same(found, wanted) and str(found) != wanted and re.sub(r"\D", "", str(found)) != wanted:
            wrong[path] = (wanted, found)
    return wrong
