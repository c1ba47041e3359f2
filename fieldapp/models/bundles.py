"""What a pull carries, rendered at read time for one person: `me`, bundles, draft copies (docs/protocol.md section 5).

Need to know is cut here, before anything leaves. A village cadre gets neutral things only: nothing of violence, money,
health, or of who reported; and her bundle has the same bytes for two families that differ only in what she may not see.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.models import bodies, bundle_rows, credentials, forms, policies, scope, settings
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.bundle_records import of_record
from fieldapp.models.bundle_rows import Rows
from fieldapp.models.cases import Case, CasePerson, Fact, Visit
from fieldapp.models.pens import Pen
from fieldapp.models.records import DraftCopy, Record, State
from fieldapp.models.regions import newest_names

# Which forms whom: the one place. A supervisor fills in nothing on a phone.
# A village cadre takes no lead: F1 is of the class of violence, its copy and return would lie on her phone, and nobody
# revises what she may not see. She says "I am worried" (F3V, F10) and has "Urgent"; a caseworker writes the lead.
FORMS_OF_ROLE: dict[Role, tuple[str, ...]] = {
    Role.CASEWORKER: ("F0", "F1", "F1R", "F2", "F3", "F5", "F6", "F10"),
    Role.VILLAGE: ("F3V", "F10"),
}
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

# What a visitor is told of the others' parts of a visit; not whether a reviewer has it, or sent it back.
_PART_STATES: dict[str, str] = {
    State.DOOR_SUBMITTED: "door",
    **dict.fromkeys((State.SUBMITTED, State.IN_REVIEW, State.APPROVED_FIRST, State.APPROVED), "handed_in"),
}
_DECIDED = frozenset({State.APPROVED, State.VOID})
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
    names = newest_names(session, [region, _township_or_county(region)])
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
        "sex": person.sex,
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


def cases_of(session: Session, acting: Acting, case_ids: Sequence[UUID], now: datetime) -> dict[UUID, Json]:
    """Bundles of those of these cases that are in scope; what is missing is out of scope, or does not exist."""
    last_day = last_day_preloaded(now, policy_of(session, acting)["preload_h"])
    village_forms = frozenset(FORMS_OF_ROLE[Role.VILLAGE]) | forms.given_to(session, [Role.VILLAGE])
    found = bundle_rows.gather(session, acting, case_ids, last_day, village_forms)
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
    found = bundle_rows.visitors_of(session, district, [visit_id])[visit_id]
    names = bundle_rows.names_of(session, district, found)
    return [_visitor(person_id, names[person_id]) for person_id in found if person_id in names]


def _bundle(session: Session, acting: Acting, case: Case, found: Rows) -> Json:
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
    records, subject = found.records[case.case_id], case.subject_id
    if not is_preloaded:
        # What became of her own reports she is told for ever: else her phone would call an approved one "in review".
        own = [record for record in records if record.author_id == acting.person_id]
        return bundle | {"records": [of_record(session, acting, record, found) for record in own]}
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
        # An officer asks for the children entrusted to her; for whom the file is about only where that is one of them.
        children = found.children.get(case.case_id)
        if children and subject not in children:
            subject = min(children)
        named = children or {subject}
        bundle |= {
            "state": None,
            "programme": None,
            "people": [
                _name_alone(_person(session, case, person))
                for person in found.people[case.case_id]
                if person.person_id in named
            ],
            "contact": None,
            "facts": {},
            "todos": [],
        }
    return bundle | {
        "subject": None if subject is None else str(subject),
        "records": [of_record(session, acting, record, found) for record in records],
    }


def _visit(visit: Visit, found: Rows, *, with_names: bool) -> Json:
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


def _opened(session: Session, of: Case, table: str, column: str, key: tuple[UUID | str, ...], sealed: bytes) -> Json:
    return dict(json.loads(bodies.open_for_case(session, of.district, of.case_id, table, column, key, sealed)))


def _township_or_county(code: str) -> str:
    # A grant names a prefix (990101100); the table names townships with zeros behind (990101100000).
    return code.ljust(12, "0") if len(code) > 6 else code
