"""Taking families from a list: read (nothing is written but the list itself), then take in what is good.

    keep ─► judged ─► take (again and again until nothing is left)

Each family is taken in once: what a list already brought is passed over, so that a run that was cut off is ended by
running it again, and the same list may come a second time with its refused rows mended.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, cases
from fieldapp.actions.cases import NewPerson
from fieldapp.casework import import_rows
from fieldapp.casework.happened import Happened
from fieldapp.casework.import_rows import Found, Household, Kind
from fieldapp.casework.import_tables import rows_of
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, imports, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, CasePerson
from fieldapp.models.imports import Import, ImportedFamily
from fieldapp.models.regions import villages_of

FAMILIES_AT_ONCE = 50  # in one transaction: nobody waits long for the write lock
KEPT = timedelta(days=30)  # a list with names lies no longer on the server than it takes to mend its rows
LISTS_SHOWN = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Judged:
    """What came of reading a list now. `already`: families that are here from a list, with their code names; `similar`:
    labels of families whose subject has the name and birth of somebody in the same village, with code names; none where
    she is on this list alone, `twice`: with the label of the family before.
    """

    found: Found
    already: Mapping[str, str]
    similar: Mapping[str, Sequence[str]]
    twice: Mapping[str, str]

    def to_take(self, *, also_similar: bool) -> list[Household]:
        left_out = set(self.already) | (set() if also_similar else set(self.similar))
        return [household for household in self.found.households if household.label not in left_out]


def require_importer(acting: Acting) -> None:
    """A list shows names: only who may read the files of her region reads one in. Raises `not_found`."""
    if not acting.has(Role.SUPERVISOR):
        raise Problem("not_found")


def keep(session: Session, acting: Acting, kind: Kind, content: bytes, now: datetime) -> Import:
    """Keep a list as it came. Raises `import_unreadable`, `import_too_large` before anything is kept."""
    require_importer(acting)
    rows_of(content)
    row = Import(
        district=acting.district,
        import_id=uuid7(milliseconds(now)),
        kind=kind.value,
        made_by=acting.person_id,
        made_at=now,
    )
    row.sealed_file = bodies.seal_for_district(
        session, row.district, "import", "sealed_file", (row.district, row.import_id), content
    )
    session.add(row)
    _audit(session, acting, "import_upload", row, now)
    return row


def judged(
    session: Session, acting: Acting, import_id: UUID, relations: Mapping[str, str], now: datetime
) -> tuple[Import, Judged]:
    """A list of her own, read anew. Raises `not_found`, `import_gone` once its bytes were deleted."""
    require_importer(acting)
    row = imports.own(session, acting, import_id)
    if row is None:
        raise Problem("not_found")
    return row, _judge(session, acting, row, relations, day_of(now))


def take(
    session: Session,
    acting: Acting,
    import_id: UUID,
    relations: Mapping[str, str],
    *,
    also_similar: bool,
    now: datetime,
) -> int:
    """Open the files of the next families of a list; how many. 0: nothing is left to take."""
    require_importer(acting)
    row = imports.own(session, acting, import_id, lock=True)  # two windows take no family twice
    if row is None:
        raise Problem("not_found")
    seen = _judge(session, acting, row, relations, day_of(now))
    households = seen.to_take(also_similar=also_similar)[:FAMILIES_AT_ONCE]
    for household in households:
        _take_one(session, acting, row, household, now)
    if households:
        row.taken, row.taken_at = row.taken + len(households), now
        _audit(session, acting, "import_take", row, now, families=len(households))
    return len(households)


def forget_old(session: Session, now: datetime) -> int:
    """Delete the bytes of lists that were uploaded long ago; how many."""
    old = session.scalars(
        select(Import).where(Import.sealed_file.is_not(None), Import.made_at <= now - KEPT).with_for_update()
    ).all()
    for row in old:
        row.sealed_file = None
    return len(old)


def forget_family(session: Session, district: str, case_id: UUID) -> None:
    """Delete the bytes of every list that names a family which is erased: the one it came of, and any other on which
    the name of its subject stands, as long as that opens. Who was not taken in yet is on a list that comes again. A
    list that cannot be read goes too: nobody can say whom it names, and nothing damaged keeps a family from being
    erased.
    """
    named = _subject_name(session, district, case_id)
    family = session.get(ImportedFamily, (district, case_id))
    lists = select(Import).where(Import.district == district, Import.sealed_file.is_not(None)).with_for_update()
    for row in session.scalars(lists).all():
        is_its_own = family is not None and family.import_id == row.import_id
        if is_its_own or (named and _names(session, row, named)):
            row.sealed_file = None
    session.flush()


def content_of(session: Session, row: Import) -> bytes:
    """The list as it came. Raises `import_gone`."""
    if row.sealed_file is None:
        raise Problem("import_gone")
    key = (row.district, row.import_id)
    return bodies.open_for_district(session, row.district, "import", "sealed_file", key, row.sealed_file)


# --- what is here already ---------------------------------------------------------------------------------------------


def _judge(session: Session, acting: Acting, row: Import, relations: Mapping[str, str], on: date) -> Judged:
    villages: dict[str, list[str]] = {}
    for region in villages_of(session, acting.regions(Role.SUPERVISOR), on):
        villages.setdefault(region.code, []).append(region.code)
        villages.setdefault(region.name, []).append(region.code)
    found = import_rows.read(rows_of(content_of(session, row)), Kind(row.kind), villages, relations)
    codes = sorted({household.village_code for household in found.households})
    marks, people = _marks(session, acting.district, codes), _people(session, acting, codes)
    already: dict[str, str] = {}
    similar: dict[str, Sequence[str]] = {}
    twice = {label: earlier.label for label, earlier in import_rows.named_before(found.households).items()}
    for household in found.households:
        mark = import_rows.mark_of(household)
        here = marks.get(_hashable(mark))
        known = people.get((household.village_code, mark["name"], mark["birth_ym"]), [])
        if here is not None:
            already[household.label] = here
        elif known or household.label in twice:
            similar[household.label] = known
    return Judged(found, already, similar, twice)


def _marks(session: Session, district: str, villages: Sequence[str]) -> dict[tuple[str | None, ...], str]:
    """Code names of the families that came of a list, by their marks; an erased one is known no more."""
    rows = session.execute(
        select(ImportedFamily, Case.code_name)
        .join(Case, (Case.district == ImportedFamily.district) & (Case.case_id == ImportedFamily.case_id))
        .where(ImportedFamily.district == district, ImportedFamily.village_code.in_(villages))
    ).all()
    known = {}
    for family, code_name in rows:
        try:
            mark = json.loads(
                bodies.open_for_case(
                    session, district, family.case_id, "imported_family", "sealed_mark",
                    (district, family.case_id), family.sealed_mark,
                )
            )  # fmt: skip
        except Problem:
            continue
        known[_hashable(mark)] = code_name
    return known


def _people(
    session: Session, acting: Acting, villages: Sequence[str]
) -> dict[tuple[str, str | None, str | None], list[str]]:
    """Code names of the files she may read, by village, name and birth of whom each is about."""
    rows = session.execute(
        select(Case, CasePerson)
        .join(
            CasePerson,
            (CasePerson.district == Case.district)
            & (CasePerson.case_id == Case.case_id)
            & (CasePerson.person_id == Case.subject_id),
        )
        .where(Case.village_code.in_(villages), scope.cases_of(acting))
    ).all()
    known: dict[tuple[str, str | None, str | None], list[str]] = {}
    for case, person in rows:
        key = (person.district, person.case_id, person.person_id)
        try:
            sealed = person.sealed_details
            opened = bodies.open_for_case(
                session, person.district, person.case_id, "case_person", "sealed_details", key, sealed
            )
        except Problem:
            continue
        details = json.loads(opened)
        known.setdefault((case.village_code, details["name"], details["birth_ym"]), []).append(case.code_name)
    return known


def _subject_name(session: Session, district: str, case_id: UUID) -> str:
    case = session.get(Case, (district, case_id))
    subject = case and case.subject_id and session.get(CasePerson, (district, case_id, case.subject_id))
    if not subject:
        return ""
    key = (district, case_id, subject.person_id)
    try:
        opened = bodies.open_for_case(
            session, district, case_id, "case_person", "sealed_details", key, subject.sealed_details
        )
    except Problem:  # a restore replays an erasure: the key may be gone already
        return ""
    except RestError as error:
        log.error("stored_damaged", what=str(error), case=str(case_id))
        return ""
    return str(json.loads(opened)["name"] or "")


def _names(session: Session, row: Import, name: str) -> bool:
    """Whether a list names somebody, or cannot be read."""
    try:
        rows = rows_of(content_of(session, row))
    except (Problem, RestError) as error:
        log.error("stored_damaged", what=str(error), list=str(row.import_id))
        return True
    return any(cell.strip() == name for cells in rows for cell in cells)


def _hashable(mark: Mapping[str, str | None]) -> tuple[str | None, ...]:
    return tuple(mark[name] for name in ("label", "village", "name", "birth_ym"))


def _take_one(session: Session, acting: Acting, row: Import, household: Household, now: datetime) -> None:
    people = [NewPerson(one.name, one.sex, one.birth_ym, one.relation, one.household) for one in household.people]
    contact = dict(household.contact) if household.contact else None
    village, programme = household.village_code, household.programme
    said = {"channel": household.channel, "line": household.line, "list": household.label}
    told = {name: text for name, text in said.items() if text}
    if row.kind == Kind.LEADS:
        case = cases.open_lead(
            session, acting, village_code=village, person=people[0], others=people[1:], contact=contact,
            programme=programme, told=told, now=now,
        )  # fmt: skip
    else:
        case = cases.open_case(
            session, acting, village_code=village, people=people, contact=contact, programme=programme, now=now
        )
        by = acting.person_id
        case_events.note(session, case, Happened.ASSIGNED, now=now, by=by, ref=row.import_id, details=told)
    mark = json.dumps(import_rows.mark_of(household), ensure_ascii=False).encode()
    key = (case.district, case.case_id)
    sealed = bodies.seal_for_case(session, case.district, case.case_id, "imported_family", "sealed_mark", key, mark)
    session.add(
        ImportedFamily(
            district=case.district,
            case_id=case.case_id,
            import_id=row.import_id,
            village_code=case.village_code,
            sealed_mark=sealed,
        )
    )


def _audit(session: Session, acting: Acting, act: str, row: Import, now: datetime, **about: object) -> None:
    named = {"import": str(row.import_id), "kind": row.kind, **about}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=named, at=now)
