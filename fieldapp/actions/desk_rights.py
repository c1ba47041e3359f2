"""Who may write what at the desk, and which files and records are hers there."""

from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions.plans import plan_of
from fieldapp.casework.desk_forms import DESK_FORMS, may_fill
from fieldapp.errors import Problem
from fieldapp.models import bundles, forms, scope
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case
from fieldapp.models.pens import Pen, Place
from fieldapp.models.records import Record, State

_WRITE_ONCE = tuple(form for form, known in DESK_FORMS.items() if known.write_once)


def may_begin(session: Session, acting: Acting, case: Case | None) -> list[str]:
    """The forms she may begin on this file, or without one (None), in the order of the library. None begins with a
    version that was withdrawn.
    """
    return [
        form
        for form, known in DESK_FORMS.items()
        if known.on_case == (case is not None)
        and forms.running(session, form) is not None
        and may(session, acting, form, case)
    ]


def may(session: Session, acting: Acting, form: str, case: Case | None) -> bool:
    """Whether she fills in this form on this file (None: without one)."""
    code = "" if case is None else case.village_code
    roles = [role for role, region in acting.grants if region and (case is None or code.startswith(region))]
    version = forms.running(session, form) or forms.newest(session, form)
    plan = None if version is None else plan_of(session, form, version)
    if plan is None:
        return False
    classes = {node["sensitivity"] for node in plan.nodes if node["kind"] in ("question", "note")}
    reads = frozenset[str]().union(*(scope.READS[role] for role in roles))
    return may_fill(form, [role.value for role in roles], _office_kind(session, acting), classes, reads)


def may_finish(session: Session, acting: Acting, form: str, case: Case) -> bool:
    """Whether she may finish at the desk what she began on the phone: a form of caseworkers, where she is one in this
    village and reads every class of its questions. What she does not see she would hand in unread.
    """
    here = any(
        role == Role.CASEWORKER and region and case.village_code.startswith(region) for role, region in acting.grants
    )
    if not here or form in REPORTER_FORMS or form not in bundles.forms_of(session, acting):
        return False
    version = forms.running(session, form) or forms.newest(session, form)
    plan = None if version is None else plan_of(session, form, version)
    if plan is None:
        return False
    classes = {node["sensitivity"] for node in plan.nodes if node["kind"] in ("question", "note")}
    return scope.READS[Role.CASEWORKER].issuperset(classes)


def _office_kind(session: Session, acting: Acting) -> str | None:
    person = session.get(Person, (acting.district, acting.person_id))
    if person is None or person.organisation_id is None:
        return None
    office = session.get(Organisation, (acting.district, person.organisation_id))
    return None if office is None else office.kind


def case_of(session: Session, acting: Acting, case_id: UUID) -> Case:
    """A file she may open. Raises `not_found`."""
    case = session.scalar(select(Case).where(Case.case_id == case_id, scope.files_of(acting)))
    if case is None:
        raise Problem("not_found")
    return case


def own_record(session: Session, acting: Acting, record_id: UUID) -> Record:
    """A record of hers that stands at the desk. Raises `not_found`."""
    record = session.scalar(own_records(acting).where(Record.record_id == record_id))
    if record is None:
        raise Problem("not_found")
    return record


def own_records(acting: Acting) -> Select[Record]:
    """Her records of the desk. What is written once is not among them, until it is returned: then it is answered here,
    wherever it was written, because a phone is given nothing of it. What was begun on the phone is, while the
    desk holds its pen.
    """
    at_desk = exists().where(
        Pen.district == Record.district, Pen.record_id == Record.record_id, Pen.place == Place.DESK
    )
    return select(Record).where(
        Record.district == acting.district,
        Record.author_id == acting.person_id,
        or_(
            and_(Record.visit_id.is_(None), Record.form.not_in(_WRITE_ONCE)),
            and_(Record.form.in_(_WRITE_ONCE), Record.state == State.RETURNED),
            and_(Record.visit_id.is_not(None), Record.form.not_in(REPORTER_FORMS), at_desk.correlate(Record)),
        ),
        scope.records_of(acting),
    )
