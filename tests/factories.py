"""Invented people and families of a county that does not exist (district 990101), put into a database.

Nothing here is a double: rows are made by the same models the server uses. Ids are made from a counter, so that a test
reads the same on every run.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp import demo
from fieldapp.actions import second_factor
from fieldapp.crypto import passwords
from fieldapp.db import milliseconds
from fieldapp.forms import library
from fieldapp.ids import uuid7
from fieldapp.models import bodies, settings
from fieldapp.models.accounts import Account, Acting, Organisation, Person, Role, RoleGrant, Sex, acting_for
from fieldapp.models.cases import Assignment, Case, CasePerson, Visit, Visitor
from fieldapp.models.records import Record, Revision
from fieldapp.models.regions import Region
from fieldapp.models.rights_requests import RequestKind, RequestState, RightsRequest
from fieldapp.models.vaults import Vault

DISTRICT = "990101"
TOWNSHIP = "990101100"
VILLAGE = "990101100201"
OTHER_VILLAGE = "990101200201"  # of another township
OTHER_DISTRICT = "990102"
PASSWORD = passwords.Password("a demo password 42")
_numbers = count(1)


def new_id(at: datetime | None = None) -> UUID:
    """A UUIDv7 that no other call gives; of a fixed day unless `at` is given."""
    at_ms = 1_790_000_000_000 if at is None else milliseconds(at)
    return uuid7(at_ms, next(_numbers).to_bytes(10, "big"))


def version_of(form: str) -> int:
    """The version of a form that the library holds, the one a record is begun with; 1 where it holds none."""
    plan = library.plans().get(form)
    return plan.version if plan else 1


@dataclass(frozen=True)
class County:
    """A small county, as ids: two villages in two townships, five people, one family. Committed to the database."""

    district: str
    village: str
    other_village: str
    organisation_id: UUID
    caseworker_id: UUID
    second_caseworker_id: UUID
    cadre_id: UUID
    supervisor_id: UUID
    administrator_id: UUID
    case_id: UUID
    subject_id: UUID
    visit_id: UUID
    password: passwords.Password = PASSWORD

    def acting(self, session: Session, who: str) -> Acting:
        """The acting person: who is "caseworker", "second_caseworker", "cadre", "supervisor" or "administrator"."""
        acting = acting_for(session, self.district, getattr(self, f"{who}_id"))
        assert acting is not None
        return acting


def county(session: Session, at: datetime, district: str = DISTRICT) -> County:
    """Make the county. Logins are "caseworker", "cadre", ...; with the district behind for another county."""
    regions(session, district)
    organisation_id = new_id()
    session.add(
        Organisation(
            district=district,
            organisation_id=organisation_id,
            kind="women_federation",
            name="示范县妇联",
            region_code=district,
        )
    )
    if settings.get(session, settings.EPOCH) is None:
        settings.put(session, settings.EPOCH, "1")
    session.flush()
    suffix = "" if district == DISTRICT else f"-{district}"
    grant = {
        "caseworker": (Role.CASEWORKER, district, "李雨"),
        "second_caseworker": (Role.CASEWORKER, district, "王禾"),
        "cadre": (Role.VILLAGE, f"{district}100201", "赵石"),
        "supervisor": (Role.SUPERVISOR, district, "陈岚"),
        "administrator": (Role.ADMINISTRATOR, district, "周木"),
    }
    ids = {
        who: person(
            session, at, role, region, name=name, login=who + suffix, district=district, organisation_id=organisation_id
        )
        for who, (role, region, name) in grant.items()
    }
    for who in ("caseworker", "second_caseworker"):
        session.get_one(Person, (district, ids[who])).sex = Sex.WOMAN
    village = f"{district}100201"
    case_id = case(session, at, village=village, district=district, opened_by=ids["supervisor"])
    subject_id = session.get_one(Case, (district, case_id)).subject_id
    assert subject_id is not None
    for who in ("caseworker", "second_caseworker"):
        assign(session, at, case_id, ids[who], district=district)
    visit_id = visit(session, at, case_id, [ids["caseworker"], ids["second_caseworker"]], district=district)
    return County(
        district=district,
        village=village,
        other_village=f"{district}200201",
        organisation_id=organisation_id,
        case_id=case_id,
        subject_id=subject_id,
        visit_id=visit_id,
        caseworker_id=ids["caseworker"],
        second_caseworker_id=ids["second_caseworker"],
        cadre_id=ids["cadre"],
        supervisor_id=ids["supervisor"],
        administrator_id=ids["administrator"],
    )


def regions(session: Session, district: str = DISTRICT) -> None:
    """The county, two townships and a village in each, valid since 2020."""
    named = [
        (district, None, "county", "示范县"),
        (f"{district}100000", district, "township", "东乡"),
        (f"{district}200000", district, "township", "西乡"),
        (f"{district}100201", f"{district}100000", "village", "柳树村"),
        (f"{district}200201", f"{district}200000", "village", "石桥村"),
    ]
    since = date(2020, 1, 1)
    for code, parent, level, name in named:
        session.add(Region(code=code, valid_from=since, valid_to=None, name=name, parent_code=parent, level=level))
    session.flush()


def person(
    session: Session,
    at: datetime,
    role: Role,
    region: str,
    *,
    name: str = "孙青",
    login: str | None = None,
    district: str = DISTRICT,
    organisation_id: UUID | None = None,
) -> UUID:
    """Somebody with one role in one region and, with a login, an account under PASSWORD and an authenticator app."""
    person_id = new_id()
    session.add(
        Person(district=district, person_id=person_id, name=name, organisation_id=organisation_id, created_at=at)
    )
    session.flush()
    grant(session, at, person_id, role, region, district=district)
    if login is not None:
        stored = passwords.hashed(PASSWORD)
        session.add(Account(login=login, district=district, person_id=person_id, password_hash=stored))
        session.flush()
        # Made long ago: every code of today is unused.
        acting = Acting(district, person_id, name, ())
        second_factor.keep_app(session, acting, demo.second_factor_secret(login), 0, at)
    session.flush()
    return person_id


def grant(
    session: Session, at: datetime, person_id: UUID, role: Role, region: str, *, district: str = DISTRICT
) -> UUID:
    """One more role; returns its grant id."""
    grant_id = new_id()
    row = RoleGrant(
        district=district, grant_id=grant_id, person_id=person_id, role=role, region_code=region, granted_at=at
    )
    session.add(row)
    session.flush()
    return grant_id


def case(
    session: Session, at: datetime, *, village: str = VILLAGE, district: str = DISTRICT, opened_by: UUID | None = None
) -> UUID:
    """A family's file with its key and one sealed person, the subject."""
    case_id, subject_id = new_id(), new_id()
    code_name = f"柳-{case_id.int % 1_000_000:06d}"  # of no other family of this process
    session.add(
        Case(
            district=district,
            case_id=case_id,
            code_name=code_name,
            village_code=village,
            subject_id=subject_id,
            opened_at=at,
            opened_by=opened_by,
        )
    )
    session.flush()
    bodies.make_case_key(session, district, case_id)
    details = '{"name":"刘梅","sex":"female","birth_ym":"1988-03","relation":"self","household":true}'.encode()
    row_key = (district, case_id, subject_id)
    sealed = bodies.seal_for_case(session, district, case_id, "case_person", "sealed_details", row_key, details)
    session.add(CasePerson(district=district, case_id=case_id, person_id=subject_id, sealed_details=sealed))
    session.flush()
    return case_id


def assign(session: Session, at: datetime, case_id: UUID, person_id: UUID, *, district: str = DISTRICT) -> None:
    session.add(Assignment(district=district, case_id=case_id, person_id=person_id, started_at=at))
    session.flush()


def visit(
    session: Session,
    at: datetime,
    case_id: UUID,
    visitors: list[UUID],
    *,
    district: str = DISTRICT,
    forms: str = "F0 F2",
) -> UUID:
    """A planned visit on the day of `at` (UTC)."""
    visit_id = new_id()
    session.add(
        Visit(
            district=district,
            visit_id=visit_id,
            case_id=case_id,
            purpose="investigation",
            forms=forms,
            planned_on=at.date(),
            due_on=at.date(),
            reason="routine_visit",
            created_at=at,
        )
    )
    session.flush()
    for person_id in visitors:
        session.add(Visitor(district=district, visit_id=visit_id, person_id=person_id))
    session.flush()
    return visit_id


def record(
    session: Session,
    at: datetime,
    county: County,
    *,
    author_id: UUID | None = None,
    case_id: UUID | None = None,
    visit_id: UUID | None = None,
    state: str = "submitted",
    form: str = "F2",
    answers: bytes = b"{}",
    vault_id: UUID | None = None,
) -> tuple[UUID, UUID]:
    """A record with one revision of the body `answers`; returns (record id, revision id). The signature is made up."""
    record_id, revision_id = new_id(), new_id()
    district, case_id = county.district, case_id or county.case_id
    author_id = author_id or county.caseworker_id
    session.add(
        Record(
            district=district,
            record_id=record_id,
            case_id=case_id,
            visit_id=visit_id or county.visit_id,
            form=form,
            author_id=author_id,
            state=state,
            head_revision_id=revision_id,
            created_at=at,
            submitted_at=at,
            state_at=at,
        )
    )
    session.flush()
    revision(session, at, record_id, answers, revision_id=revision_id, vault_id=vault_id, district=district)
    return record_id, revision_id


def revision(
    session: Session,
    at: datetime,
    record_id: UUID,
    answers: bytes,
    *,
    revision_id: UUID | None = None,
    vault_id: UUID | None = None,
    district: str = DISTRICT,
) -> UUID:
    """A further revision of a record, its new head. The record's state is left as it is."""
    of_record = session.get_one(Record, (district, record_id))
    parents = "" if revision_id is not None else str(of_record.head_revision_id)
    revision_id = revision_id or new_id()
    row_key = (district, revision_id)
    place = (district, of_record.case_id, of_record.form, "revision", "sealed_body", row_key)
    sealed = bodies.seal_for_record(session, *place, answers)
    session.add(
        Revision(
            district=district,
            revision_id=revision_id,
            record_id=record_id,
            case_id=of_record.case_id,
            parents=parents,
            form=of_record.form,
            form_version=version_of(of_record.form),
            intent="submit",
            author_id=of_record.author_id,
            vault_id=vault_id,
            signed_head="[]",
            signature=bytes(64),
            signed_revision_id=revision_id,
            device_time=at,
            received_at=at,
            content_hash=sha256(revision_id.bytes).digest(),
            plain_hash=sha256(answers).digest(),
            sealed_body=sealed,
        )
    )
    of_record.head_revision_id = revision_id
    session.flush()
    return revision_id


def vault(session: Session, at: datetime, county: County, person_id: UUID, issued_by: UUID) -> UUID:
    """An enrolled phone of a person. Its keys are made up: nothing it sends would be taken."""
    vault_id = new_id()
    session.add(
        Vault(
            district=county.district,
            vault_id=vault_id,
            person_id=person_id,
            transport_key=bytes(65),
            author_key=bytes(65),
            enrolled_at=at,
            issued_by=issued_by,
        )
    )
    session.flush()
    return vault_id


def kept_for_the_law(session: Session, at: datetime, county: County) -> None:
    """The county's family asked to be erased, and a law keeps its file: it is closed to everybody."""
    session.add(
        RightsRequest(
            district=county.district, request_id=new_id(), case_id=county.case_id,
            kind=RequestKind.ERASURE, asked_as="herself", way="here", sealed_asked=b"", received_on=at.date(),
            state=RequestState.RESTRICTED, taken_by=county.supervisor_id, taken_at=at,
        )
    )  # fmt: skip
    session.flush()
