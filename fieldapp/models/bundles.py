"""What a pull carries, rendered at read time for one person: `me`, bundles, draft copies (docs/protocol.md section 5).

Need to know is cut here, before anything leaves. A village cadre gets neutral things only: nothing of violence, money,
health, or of who reported; and her bundle has the same bytes for two families that differ only in what she may not see.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.crypto.packages import b64u
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.models import bodies, credentials, forms, policies, scope, settings, versions
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case, CaseKey, CasePerson, Fact, Todo, Visit, Visitor
from fieldapp.models.pens import Pen, Place
from fieldapp.models.records import DraftCopy, Record, Revision, State
from fieldapp.models.regions import Region
from fieldapp.models.reviews import Decision, Remark

# Which forms whom: the one place. A supervisor fills in nothing on a phone.
# A village cadre takes no lead: F1 is of the class of violence, its copy and return would lie on her phone, and nobody
# revises what she may not see. She says "I am worried" (F3V, F10) and has "Urgent"; a caseworker writes the lead.
FORMS_OF_ROLE: dict[Role, tuple[str, ...]] = {
    Role.CASEWORKER: ("F0", "F1", "F1R", "F2", "F3", "F5", "F6", "F10"),
    Role.VILLAGE: ("F3V", "F10"),
}
# Sheets about one person: the group that holds its person_id.
ABOUT_ONE = {"F6": "child"}
# Neutral words: whoever looks over her shoulder learns nothing.
REASONS: dict[str, dict[str, str]] = {
    "first_visit": {"zh": "首次走访", "en": "First visit"},
    "planned_visit": {"zh": "按计划走访", "en": "Planned visit"},
    "village_30_days": {"zh": "30 天看望", "en": "30-day look-in"},
    "village_90_days": {"zh": "90 天看望", "en": "90-day look-in"},
    "after_return": {"zh": "补充走访", "en": "Follow-up on a report"},
    "asked_for": {"zh": "约好的走访", "en": "Asked for"},
}
_OTHER_REASON = {"zh": "走访", "en": "Visit"}
RETURN_REASONS: dict[str, dict[str, str]] = {
    "incomplete": {"zh": "有内容没填", "en": "Something is missing"},
    "unclear": {"zh": "有内容不清楚", "en": "Something is unclear"},
    "contradiction": {"zh": "前后不一致", "en": "Answers contradict each other"},
    "paper_missing": {"zh": "缺少材料", "en": "A paper is missing"},
    "wrong_household": {"zh": "不是这户人家", "en": "Wrong household"},
    "two_versions": {"zh": "有两个版本，请选定", "en": "There are two versions: please settle which"},
    "other": {"zh": "其他原因", "en": "Another reason"},
}

# What the author goes on writing: these records bring their answers, and their case.
_AUTHORS = (State.DRAFT, State.DOOR_SUBMITTED, State.RETURNED)
# What a visitor is told of the others' parts of a visit; not whether a reviewer has it, or sent it back.
_PART_STATES: dict[str, str] = {
    State.DOOR_SUBMITTED: "door",
    **dict.fromkeys((State.SUBMITTED, State.IN_REVIEW, State.APPROVED_FIRST, State.APPROVED), "handed_in"),
}
_DECIDED = frozenset({State.APPROVED_FIRST, State.APPROVED, State.VOID})
# Where two versions of hers stand side by side she is told of both as long as she could send a third.
_MAY_MERGE = (*_AUTHORS, State.SUBMITTED)
_NEVER_IN_A_FEED = frozenset({"reporter"})
Json = dict[str, Any]


def forms_of(session: Session, acting: Acting) -> frozenset[str]:
    """The forms this person fills in: of the library by her role, and what was published for it at the desk."""
    roles = [role for role, _ in acting.grants]
    of_library = frozenset(form for role in roles for form in FORMS_OF_ROLE.get(role, ()))
    return of_library | forms.given_to(session, roles)


def role_of(acting: Acting) -> Role | None:
    """The role under which the phone shows itself; None when every grant has ended."""
    order = (Role.CASEWORKER, Role.VILLAGE, Role.SUPERVISOR, Role.ADMINISTRATOR)
    return next((role for role in order if acting.has(role)), None)


def me_of(session: Session, acting: Acting, now: datetime) -> Json:
    """The person herself, her policy, and the numbers to call."""
    person = session.get_one(Person, (acting.district, acting.person_id))
    role = role_of(acting)
    region = acting.regions(role)[0] if role else acting.district
    organisation = (
        session.get(Organisation, (acting.district, person.organisation_id)) if person.organisation_id else None
    )
    names = region_names(session, [region, _township_or_county(region)])
    return {
        "person_id": str(acting.person_id),
        "name": acting.name,
        "role": role,
        "district": acting.district,
        "region": {"code": region, "name": names.get(region) or names.get(_township_or_county(region), region)},
        "organisation": organisation.name if organisation else None,
        "organisation_kind": organisation.kind if organisation else None,
        "policy": _policy(session, acting, now),
        "numbers": settings.help_numbers(session),
        "reasons": RETURN_REASONS,
        "readers": scope.readers(),
        "elder": person.elder,
        "notices": _notices(session, acting, now),
    }


def _notices(session: Session, acting: Acting, now: datetime) -> list[Json]:
    """What others did upon her sign-in and her roles, newest first."""
    here = (session, acting.district, acting.person_id, now)
    told = [
        (notice.at, notice.kind, [notice.asked_by, notice.confirmed_by]) for notice in credentials.notices_of(*here)
    ]
    told += [(at, "role", [by] if by else []) for at, by in credentials.role_changes_of(*here)]
    told.sort(key=lambda notice: notice[0], reverse=True)
    return [{"kind": kind, "at": milliseconds(at), "by": by} for at, kind, by in told]


def policy_of(session: Session, acting: Acting) -> Json:
    """What administrators decided for phones of her role in her region, by the names of models/policies.py."""
    role = role_of(acting)
    return policies.of(session, acting.district, acting.regions(role)[0] if role else acting.district, role)


def _policy(session: Session, acting: Acting, now: datetime) -> Json:
    values = policy_of(session, acting)
    lease_until = milliseconds(now + timedelta(days=values.pop("lease_days")))
    return {**values, "lease_until": lease_until, "off": settings.policies_off(session)}


def last_day_preloaded(now: datetime, preload_h: int) -> date:
    """Visits planned up to this day are preloaded, by the wall clock of who makes them."""
    return day_of(now + timedelta(hours=preload_h))


def region_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names of division codes, of the newest validity."""
    rows = session.execute(
        select(Region.code, Region.name).where(Region.code.in_(sorted(set(codes)))).order_by(Region.valid_from)
    )
    return {row.code: row.name for row in rows}


def cases_of(session: Session, acting: Acting, case_ids: Sequence[UUID], now: datetime) -> dict[UUID, Json]:
    """Bundles of those of these cases that are in scope; what is missing is out of scope, or does not exist."""
    found = _gather(session, acting, case_ids, now)
    return {case.case_id: _bundle(session, acting, case, found) for case in found.cases}


def draft_of(session: Session, acting: Acting, record_id: UUID) -> tuple[DraftCopy, Json] | None:
    """The person's own draft copy with its rendering, or None."""
    copy = session.get(DraftCopy, (acting.district, record_id, acting.person_id))
    if copy is None:
        return None
    key = (copy.district, copy.record_id, copy.author_id)
    sealed = copy.sealed_body
    place = (copy.district, copy.case_id, copy.form, "draft_copy", "sealed_body", key)
    plain = bodies.open_for_record(session, *place, sealed)
    rendered = {
        "record_id": str(copy.record_id),
        "case_id": str(copy.case_id),
        "visit_id": str(copy.visit_id),
        "form": copy.form,
        "form_version": copy.form_version,
        "number": copy.number,
        "body": json.loads(plain),
    }
    return copy, rendered


def visitors_of(session: Session, district: str, visit_id: UUID) -> list[Json]:
    """Who makes a visit, as bundles name them."""
    found = _visitors(session, district, [visit_id])[visit_id]
    names = _names(session, district, found)
    return [_visitor(person_id, names[person_id]) for person_id in found if person_id in names]


# --- what a page of bundles needs, one query for each table -----------------------------------------------------------


@dataclass
class _Found:
    cases: list[Case]
    files: frozenset[UUID]  # those of them that she may read whole, as far as her roles go
    villages: dict[str, str]
    people: dict[UUID, list[CasePerson]]
    facts: dict[UUID, list[Fact]]
    visits: dict[UUID, list[Visit]]
    visitors: dict[UUID, list[UUID]]
    names: dict[UUID, tuple[str, str | None, str | None]]  # person -> name, organisation, its kind
    records: dict[UUID, list[Record]]
    heads: dict[UUID, Revision]
    returns: dict[UUID, Decision]
    remarks: dict[UUID, list[Remark]]
    preloaded: set[UUID]
    village_forms: frozenset[str]  # what a village cadre may be shown of her own reports
    todos: dict[UUID, list[Todo]]  # forms that are called for and not written yet
    pens: list[Pen]  # of her own reports that she is finishing at the desk
    apart: dict[UUID, versions.Apart]  # her own records of which another version stands beside the head
    keys: list[CaseKey] = field(default_factory=list)  # held, so that the session's own look-ups find them loaded


def _gather(session: Session, acting: Acting, case_ids: Sequence[UUID], now: datetime) -> _Found:
    district = acting.district
    cases = list(
        session.scalars(select(Case).where(Case.case_id.in_(case_ids), scope.cases_of(acting)).order_by(Case.case_id))
    )
    ids = [case.case_id for case in cases]
    files = session.scalars(select(Case.case_id).where(Case.case_id.in_(ids), scope.files_of(acting)))
    visits = list(session.scalars(select(Visit).where(Visit.district == district, Visit.case_id.in_(ids))))
    visitors = _visitors(session, district, [visit.visit_id for visit in visits])
    # What was made at the desk is read and written at the desk: a phone has no visit to put it under.
    of_visits = select(Record).where(Record.case_id.in_(ids), Record.visit_id.is_not(None), scope.records_of(acting))
    # Who told us: for its author's phone alone, and there without answers.
    is_reporter = Record.form.in_(REPORTER_FORMS) & (Record.author_id != acting.person_id)
    records = list(session.scalars(of_visits.where(~is_reporter)))
    mine = [r for r in records if r.author_id == acting.person_id and r.state in _AUTHORS]
    returned = [r.record_id for r in mine if r.state == State.RETURNED]
    pens = _pens_at_desk(session, acting, ids)
    at_desk = {pen.record_id for pen in pens}  # what a phone sends of these stands beside, a merge too
    may_merge = [r for r in records if r.author_id == acting.person_id and r.state in _MAY_MERGE]
    may_merge = [r for r in may_merge if r.record_id not in at_desk]
    heads_of = {r.record_id: r.head_revision_id for r in may_merge if r.form not in REPORTER_FORMS}
    apart = versions.apart(session, district, heads_of)
    preloaded = {record.case_id for record in mine} | {r.case_id for r in may_merge if r.record_id in apart}
    last_day = last_day_preloaded(now, policy_of(session, acting)["preload_h"])
    for visit in visits:
        is_hers = acting.person_id in visitors[visit.visit_id]
        if is_hers and visit.state == "planned" and visit.planned_on is not None and visit.planned_on <= last_day:
            preloaded.add(visit.case_id)
    preloaded |= set(
        session.scalars(
            select(DraftCopy.case_id).where(
                DraftCopy.district == district, DraftCopy.author_id == acting.person_id, DraftCopy.case_id.in_(ids)
            )
        )
    )
    people = session.scalars(select(CasePerson).where(CasePerson.district == district, CasePerson.case_id.in_(ids)))
    facts = session.scalars(select(Fact).where(Fact.district == district, Fact.case_id.in_(ids)))
    todos = select(Todo).where(Todo.district == district, Todo.case_id.in_(ids), Todo.done_at.is_(None))
    wanted = [r.head_revision_id for r in records]
    wanted += [one for told in apart.values() for one in (*told.beside, *told.bases.values()) if one is not None]
    heads = session.scalars(select(Revision).where(Revision.district == district, Revision.revision_id.in_(wanted)))
    named = {person for listed in visitors.values() for person in listed} | {r.author_id for r in records}
    decisions = _returns(session, district, returned)
    remarks = session.scalars(
        select(Remark).where(Remark.district == district, Remark.record_id.in_(returned), Remark.sent.is_(True))
    )
    return _Found(
        cases=cases,
        files=frozenset(files),
        villages=region_names(session, [case.village_code for case in cases]),
        people=_grouped(people, "case_id", "person_id"),
        facts=_grouped(facts, "case_id", "about_id", "fact"),
        visits=_grouped(visits, "case_id", "visit_id"),
        visitors=visitors,
        names=_names(session, district, named | {decision.decided_by for decision in decisions.values()}),
        records=_grouped(records, "case_id", "record_id"),
        heads={head.revision_id: head for head in heads},
        returns=decisions,
        remarks=_grouped(remarks, "record_id", "remark_id"),
        preloaded=preloaded,
        village_forms=frozenset(FORMS_OF_ROLE[Role.VILLAGE]) | forms.given_to(session, [Role.VILLAGE]),
        todos=_grouped(session.scalars(todos), "case_id", "kind"),
        pens=pens,
        apart=apart,
        keys=list(session.scalars(select(CaseKey).where(CaseKey.district == district, CaseKey.case_id.in_(ids)))),
    )


def _visitors(session: Session, district: str, visit_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    rows = session.execute(
        select(Visitor.visit_id, Visitor.person_id)
        .where(Visitor.district == district, Visitor.visit_id.in_(visit_ids))
        .order_by(Visitor.person_id)
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for visit_id, person_id in rows:
        found[visit_id].append(person_id)
    return found


def _pens_at_desk(session: Session, acting: Acting, case_ids: Sequence[UUID]) -> list[Pen]:
    hers = (Pen.district == acting.district, Pen.author_id == acting.person_id, Pen.place == Place.DESK)
    return list(session.scalars(select(Pen).where(*hers, Pen.case_id.in_(case_ids)).order_by(Pen.record_id)))


def _names(
    session: Session, district: str, person_ids: Iterable[UUID]
) -> dict[UUID, tuple[str, str | None, str | None]]:
    rows = session.execute(
        select(Person.person_id, Person.name, Organisation.name, Organisation.kind)
        .outerjoin(
            Organisation,
            (Organisation.district == Person.district) & (Organisation.organisation_id == Person.organisation_id),
        )
        .where(Person.district == district, Person.person_id.in_(list(person_ids)))
    )
    return {person_id: (name, organisation, kind) for person_id, name, organisation, kind in rows}


def _returns(session: Session, district: str, record_ids: Sequence[UUID]) -> dict[UUID, Decision]:
    rows = session.scalars(
        select(Decision)
        .where(Decision.district == district, Decision.record_id.in_(record_ids), Decision.kind == "returned")
        .order_by(Decision.decided_at, Decision.decision_id)
    )
    return {decision.record_id: decision for decision in rows}  # the newest stays


def _grouped(rows: Iterable[Any], by: str, *order: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    for listed in found.values():
        listed.sort(key=lambda row: tuple(str(getattr(row, name)) for name in order))
    return found


# --- one bundle -------------------------------------------------------------------------------------------------------


def _bundle(session: Session, acting: Acting, case: Case, found: _Found) -> Json:
    regions = acting.regions(Role.CASEWORKER, Role.SUPERVISOR)
    # An entrusted visit opens no file, not even to who works in this region since.
    sees_all = case.case_id in found.files and any(case.village_code.startswith(region) for region in regions)
    # Her own visits: another's is neither hers to open nor on her list.
    visits = [visit for visit in found.visits[case.case_id] if acting.person_id in found.visitors[visit.visit_id]]
    is_preloaded = case.case_id in found.preloaded
    bundle: Json = {
        "case_id": str(case.case_id),
        "district": case.district,
        "code_name": case.code_name,
        "village": {"code": case.village_code, "name": found.villages.get(case.village_code, case.village_code)},
        "visits": [_visit(visit, found, with_names=is_preloaded) for visit in visits],
        "preloaded": is_preloaded,
    }
    records = found.records[case.case_id]
    if not is_preloaded:
        # What became of her own reports she is told for ever: else her phone would call an approved one "in review".
        own = [record for record in records if record.author_id == acting.person_id]
        return bundle | {"records": [_record(session, acting, record, found) for record in own]}
    if sees_all:
        people = [_person(session, case, person) for person in found.people[case.case_id]]
        bundle |= {
            "state": case.state,
            "programme": case.programme,
            "people": people,
            "contact": _contact(session, case),
            "facts": _facts(session, acting, case, found.facts[case.case_id]),
            "todos": [todo.kind for todo in found.todos[case.case_id]],
            "visits": [
                told | {"parts": _parts(visit, records, acting.person_id)}
                for visit, told in zip(visits, bundle["visits"], strict=True)
            ],
        }
        decided = {one.record_id for one in records if one.state in _DECIDED}
        at_desk = [pen for pen in found.pens if pen.case_id == case.case_id and pen.record_id not in decided]
        if at_desk:
            bundle |= {"pens": [_pen(pen) for pen in at_desk]}
    else:
        # Her own visit needs a name to ask for, and nothing else of the family: of a village cadre, and of a caseworker
        # of another region to whom it was entrusted.
        entrusted = acting.has(Role.CASEWORKER)
        own = [record for record in records if record.author_id == acting.person_id]
        records = [record for record in own if entrusted or record.form in found.village_forms]
        bundle |= {
            "state": None,
            "programme": None,
            "people": [
                _name_alone(_person(session, case, person))
                for person in found.people[case.case_id]
                if person.person_id == case.subject_id
            ],
            "contact": None,
            "facts": {},
            "todos": [],
        }
    return bundle | {
        "subject": None if case.subject_id is None else str(case.subject_id),
        "records": [_record(session, acting, record, found) for record in records],
    }


def _visit(visit: Visit, found: _Found, *, with_names: bool) -> Json:
    visitors = [(person_id, found.names.get(person_id)) for person_id in found.visitors[visit.visit_id]]
    return {
        "visit_id": str(visit.visit_id),
        "purpose": visit.purpose,
        "forms": visit.forms.split(),
        "planned_on": None if visit.planned_on is None else visit.planned_on.isoformat(),
        "due_on": None if visit.due_on is None else visit.due_on.isoformat(),
        "reason": REASONS.get(visit.reason, _OTHER_REASON),
        "visitors": [_visitor(person_id, named) for person_id, named in visitors if named is not None and with_names],
        "state": visit.state,
    }


def _visitor(person_id: UUID, named: tuple[str, str | None, str | None]) -> Json:
    name, organisation, kind = named
    return {"person_id": str(person_id), "name": name, "organisation": organisation, "organisation_kind": kind}


def _parts(visit: Visit, records: Sequence[Record], reader_id: UUID) -> list[Json]:
    """What the others of a visit have handed in of its forms: that they did, and no more."""
    asked = visit.forms.split()
    return [
        {"person_id": str(one.author_id), "form": one.form, "state": _PART_STATES.get(one.state, "writing")}
        for one in records
        if one.visit_id == visit.visit_id
        and one.author_id != reader_id
        and one.form in asked
        and one.state != State.VOID
    ]


def _person(session: Session, case: Case, person: CasePerson) -> Json:
    key = (case.district, case.case_id, person.person_id)
    details = _opened(session, case, "case_person", "sealed_details", key, person.sealed_details)
    named = {name: details.get(name) for name in ("name", "sex", "birth_ym", "relation", "household")}
    return {"person_id": str(person.person_id), **named}


def _name_alone(person: Json) -> Json:
    return {name: value if name in ("person_id", "name") else None for name, value in person.items()}


def _contact(session: Session, case: Case) -> Json | None:
    if case.sealed_contact is None:
        return None
    key = (case.district, case.case_id)
    contact = _opened(session, case, "case_file", "sealed_contact", key, case.sealed_contact)
    return {"safe": contact.get("safe"), "how": contact.get("how")}


def _facts(session: Session, acting: Acting, case: Case, facts: Sequence[Fact]) -> Json:
    told: Json = {}
    allowed = scope.classes_read(acting, case.village_code) - _NEVER_IN_A_FEED
    for fact in facts:
        if fact.sensitivity not in allowed:
            continue
        key = (case.district, case.case_id, fact.about_id, fact.fact)
        value = _opened(session, case, "fact", "sealed_value", key, fact.sealed_value)
        about = told.setdefault(str(fact.about_id), {})
        about[fact.fact] = {**value, "revision_id": str(fact.revision_id), "sensitivity": fact.sensitivity}
    return told


def _pen(pen: Pen) -> Json:
    return {"record_id": str(pen.record_id), "number": pen.number, "since": milliseconds(pen.moved_at)}


def _record(session: Session, acting: Acting, record: Record, found: _Found) -> Json:
    head = found.heads[record.head_revision_id]
    is_mine = record.author_id == acting.person_id
    is_open = is_mine and record.state in _AUTHORS and record.form not in REPORTER_FORMS
    apart = found.apart.get(record.record_id)
    conflict = {} if apart is None else {"conflict": _conflict(session, head, apart, found)}
    body = _body(session, head) if is_open else {}
    papers = {"papers": body["papers"]} if body.get("papers") else {}
    return {
        **conflict,
        **papers,
        "record_id": str(record.record_id),
        "form": record.form,
        "form_version": head.form_version,
        "visit_id": str(record.visit_id),
        "author": str(record.author_id),
        "author_name": found.names.get(record.author_id, ("",))[0],
        "mine": is_mine,
        "about": _about(session, head) if record.form in ABOUT_ONE else None,
        "state": record.state,
        "head": str(head.revision_id),
        "content_hash": b64u(head.content_hash),
        "answers": body.get("answers"),
        "returned": _returned(session, record, found) if is_open and record.state == State.RETURNED else None,
    }


def _conflict(session: Session, head: Revision, apart: versions.Apart, found: _Found) -> Json:
    """Head and versions beside it, each with the answers both began with: what a merge on the phone needs."""

    def version(revision_id: UUID) -> Json:
        revision = found.heads[revision_id]
        body = _body(session, revision)
        return {
            "revision_id": str(revision_id),
            "form_version": revision.form_version,
            "vault_id": None if revision.vault_id is None else str(revision.vault_id),
            "device_time": milliseconds(revision.device_time),
            "received_at": milliseconds(revision.received_at),
            "answers": body.get("answers"),
            "papers": body.get("papers") or {},
        }

    def begun(base_id: UUID | None) -> Json | None:
        # Across two versions of a form nothing is merged, so what they began with is not needed.
        if base_id is None or found.heads[base_id].form_version != head.form_version:
            return None
        body = _body(session, found.heads[base_id])
        return {"revision_id": str(base_id), "answers": body.get("answers"), "papers": body.get("papers") or {}}

    beside = [{**version(one), "base": begun(apart.bases[one])} for one in apart.beside]
    return {"head": version(head.revision_id), "beside": beside}


def _about(session: Session, head: Revision) -> str | None:
    """The person a sheet is about: a visit may hold one for each child, and a phone must know whose is there."""
    answers = _answers(session, head)
    named = answers.get(ABOUT_ONE[head.form]) if isinstance(answers, dict) else None
    person_id = named.get("person_id") if isinstance(named, dict) else None
    return person_id if isinstance(person_id, str) else None


def _answers(session: Session, head: Revision) -> Any:
    return _body(session, head).get("answers")


def _body(session: Session, revision: Revision) -> Json:
    key = (revision.district, revision.revision_id)
    place = (revision.district, revision.case_id, revision.form, "revision", "sealed_body", key)
    return dict(json.loads(bodies.open_for_record(session, *place, revision.sealed_body)))


def _returned(session: Session, record: Record, found: _Found) -> Json | None:
    decision = found.returns.get(record.record_id)
    if decision is None:
        return None
    text = ""
    if decision.sealed_text is not None:
        key = (record.district, decision.decision_id)
        text = _said(session, record, "decision", "sealed_text", key, decision.sealed_text)["text"]
    return {
        "at": milliseconds(decision.decided_at),
        "by": found.names.get(decision.decided_by, ("",))[0],
        "reason": decision.reason,
        "text": text,
        "remarks": [_remark(session, record, remark) for remark in found.remarks[record.record_id]],
    }


def _remark(session: Session, record: Record, remark: Remark) -> Json:
    key = (record.district, remark.remark_id)
    said = _said(session, record, "remark", "sealed_text", key, remark.sealed_text)
    return {
        "remark_id": str(remark.remark_id),
        "path": said["path"],
        "kind": remark.kind,
        "text": said["text"],
        "ways": said["ways"],
        "state": remark.state,
    }


def _opened(session: Session, of: Case, table: str, column: str, key: tuple[UUID | str, ...], sealed: bytes) -> Json:
    return dict(json.loads(bodies.open_for_case(session, of.district, of.case_id, table, column, key, sealed)))


def _said(session: Session, of: Record, table: str, column: str, key: tuple[UUID | str, ...], sealed: bytes) -> Json:
    place = (of.district, of.case_id, of.form, table, column, key)
    return dict(json.loads(bodies.open_for_record(session, *place, sealed)))


def _township_or_county(code: str) -> str:
    # A grant names a prefix (990101100); the table names townships with zeros behind (990101100000).
    return code.ljust(12, "0") if len(code) > 6 else code
