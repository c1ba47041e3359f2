"""The procuratorate tells of a case of its own, whose relief is decided: by which way we heard of it, from whom, under
which number, on which day.

How it came stands sealed with the event that begins the file (`reverse_notice`), of the class of the question that
asks it of any other lead: a page, a search by number and the count by channel take it like theirs.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, cases
from fieldapp.actions.cases import NAME_MAX, NewPerson
from fieldapp.casework.happened import Happened
from fieldapp.casework.move_guards import Standing
from fieldapp.casework.states import CaseState, refusals
from fieldapp.casework.statistics_words import codes_of
from fieldapp.crypto.rest import RestError
from fieldapp.days import CHINA, day_of
from fieldapp.errors import Problem
from fieldapp.models import bodies
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.regions import is_village

# What the procuratorate may have decided on relief (list relief_result of F4R).
RESULTS = ("pending", "granted", "advance", "refused")
NOTICE_MAX = 750
TEXT_MAX = 50
UNKNOWN = "unknown"
CLASS = "violence"  # of `lead.channel` in F1
# The procuratorate's own ways stand first where one is chosen (list `channel` of F1).
OWN = ("proc_case", "proc_appeal", "proc_civil", "proc_data_model", "prosecutor_reception", "hotline_12309")

log = structlog.get_logger()


@dataclass(frozen=True)
class Came:
    """`channel`: a code of that list or UNKNOWN; `teller`: the department or person who told; `number`: the notice's
    own or the case's; `on`: the day it came, None for today.
    """

    channel: str = UNKNOWN
    teller: str = ""
    number: str = ""
    on: date | None = None


def open_notice(
    session: Session,
    acting: Acting,
    *,
    village_code: str,
    person: NewPerson,
    result: str,
    organ: str,
    said: str,
    came: Came,
    now: datetime,
) -> Case:
    """The procuratorate tells of a case of its own whose relief is decided: the file begins at DECIDED. `result` is a
    code of RESULTS.

    Raises `not_found` outside its regions, `name_needed`, `day_to_come`, `request_malformed` without result or organ,
    for a way that is none, a text too long or a day nobody lived.
    """
    is_hers = any(village_code.startswith(region) for region in acting.regions(Role.PROCURATORATE))
    if not is_hers or not is_village(session, village_code):
        raise Problem("not_found")
    if not person.name.strip() or len(person.name) > NAME_MAX:
        raise Problem("name_needed", limit=NAME_MAX)
    known = Standing(decision=result if result in RESULTS else "")
    if refusals(None, CaseState.DECIDED, {Role.PROCURATORATE.value}, known) or not organ.strip():
        raise Problem("request_malformed")
    on = came.on or day_of(now)
    if on > day_of(now):
        raise Problem("day_to_come")
    is_known = came.channel in (UNKNOWN, *codes_of("channel"))
    if not is_known or max(len(came.teller), len(came.number)) > TEXT_MAX or on < day_of(case_events.EARLIEST):
        raise Problem("request_malformed")
    case = cases.open_decided(session, acting, village_code=village_code, person=person, now=now)
    told = {"channel": came.channel, "teller": came.teller.strip(), "number": came.number.strip()}
    case_events.note(
        session,
        case,
        Happened.REVERSE_NOTICE,
        now=now,
        by=acting.person_id,
        sensitivity=CLASS,
        details={"on": on.isoformat(), **{name: text for name, text in told.items() if text}},
        at=None if on == day_of(now) else datetime.combine(on, time(), CHINA),
    )
    decided = {"result": result, "organ": organ.strip()[:NAME_MAX], "reason": said.strip()[:NOTICE_MAX]}
    case_events.note(
        session, case, Happened.DECIDED, now=now, by=acting.person_id, sensitivity="money", details=decided
    )
    return case


def told_of(session: Session, district: str, case_ids: Collection[UUID]) -> dict[UUID, Came]:
    """How each of these cases came, of those that came so and can be read; asked at once. The caller has asked who may
    know, and loads the keys of many.
    """
    return told_and_unread(session, district, case_ids)[0]


def told_and_unread(
    session: Session, district: str, case_ids: Collection[UUID]
) -> tuple[dict[UUID, Came], frozenset[UUID]]:
    """The same, and the cases of which it is damaged."""
    rows = session.scalars(
        select(CaseEvent).where(
            CaseEvent.district == district,
            CaseEvent.case_id.in_(case_ids),
            CaseEvent.kind == Happened.REVERSE_NOTICE,
            CaseEvent.sealed_details.is_not(None),
        )
    ).all()
    bodies.load_case_keys(session, district, [row.case_id for row in rows])
    found: dict[UUID, Came] = {}
    unread: set[UUID] = set()
    for row in rows:
        try:
            said = case_events.details_of(session, row)
        except Problem:  # the family was erased
            continue
        except RestError as error:
            log.error("stored_damaged", what=str(error), case=str(row.case_id))
            unread.add(row.case_id)
            continue
        on = date.fromisoformat(said["on"])
        found[row.case_id] = Came(said["channel"], said.get("teller", ""), said.get("number", ""), on)
    return found, frozenset(unread)


def channel_of(came: Came | None) -> str | None:
    """The way as it is counted: None where nobody said."""
    return None if came is None or came.channel == UNKNOWN else came.channel
