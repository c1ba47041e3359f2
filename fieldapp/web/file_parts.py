"""The parts of a file's page that are not in web/cases.py: each fills the variables of the template it belongs to.

A part is asked only for who opens the file itself (`file.people` is not None). Its template is included in
templates/cases/file.html, and stands empty where the part gave it nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.actions import (
    case_moves,
    crews,
    funds,
    green,
    key_care,
    letters,
    measures,
    officers,
    protections,
    screening_views,
    timelines,
    told_days,
    women,
)
from fieldapp.casework import custody
from fieldapp.casework.key_care import LEVELS
from fieldapp.casework.letters.kinds import PAPERS
from fieldapp.casework.states import STATE_WORDS, CaseState
from fieldapp.casework.statistics_words import row_words
from fieldapp.days import day_of
from fieldapp.models import officers as officer_rows
from fieldapp.models import rights_pages, rights_requests
from fieldapp.models.accounts import Acting, Role, people_with_role
from fieldapp.models.casefiles import CaseFile
from fieldapp.models.rights_requests import RequestState
from fieldapp.web import case_words, guard, rights_words

Part = Callable[[Session, Acting, CaseFile, datetime], dict[str, Any]]


def _funds(session: Session, acting: Acting, file: CaseFile, _: datetime) -> dict[str, Any]:
    """Whether she may see the money kept, and what is left of it."""
    left = funds.balance_of(session, acting, file.case)
    return {
        "may_see_funds": funds.may_see(acting, file.case),
        "fund_balance": None if left is None else custody.yuan_of(left),
    }


def _letters(session: Session, acting: Acting, file: CaseFile, _: datetime) -> dict[str, Any]:
    views = letters.newest_of(session, acting, file.case)
    return {} if views is None else {"letter_views": views, "letter_papers": PAPERS}


def _screening(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    view = screening_views.view_of(session, acting, file.case, guard.language(), now)
    return {"screening": view, "screening_case": file.case.case_id}


def _state(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """Where the case stands, where it can go, what runs beside it, and all that happened."""
    return {
        "case_words": case_words,
        "state_words": STATE_WORDS,
        "case_state": CaseState(file.case.state),
        "ways": case_moves.ways(session, acting, file.case, now),
        "beside": protections.beside_of(session, acting, file.case),
        "timeline": timelines.lines_of(session, acting, file),
        "called": row_words,
        "days_told": told_days.told_by(acting, file.case),
    }


def _rights(session: Session, acting: Acting, file: CaseFile, _: datetime) -> dict[str, Any]:
    """What the family asked about its own data, for who may take such a request down."""
    if not rights_pages.may_take_down(session, acting, file.case):
        return {}
    asked = rights_pages.of_case(session, acting, file.case.case_id)
    stopped = rights_requests.stopped(session, file.case.district, file.case.case_id)
    return {
        "rights_taken": True,
        "rights_waiting": [request for request in asked if request.state == RequestState.GRANTED],
        "rights_stopped": [label for code, label in rights_words.STOPS.items() if code in stopped],
        "rights_kinds": rights_words.KINDS,
    }


def _women(session: Session, acting: Acting, file: CaseFile, _: datetime) -> dict[str, Any]:
    """Whether women are to work with this family, and who is at work and is none."""
    return {"women": women.standing_of(session, acting, file.case)}


def _green(session: Session, acting: Acting, file: CaseFile, _: datetime) -> dict[str, Any]:
    """Whether the family is on the green channel, by whom it is seen to, and whether that is hers to change."""
    case, may_give = file.case, green.may_give(session, acting, file.case)
    told = {"since": case.green_since, "handler": green.handler_of(session, case), "may_give": may_give}
    return {"green": {**told, "handlers": green.handlers_for(session, case) if may_give else []}}


def _experts(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """Who was asked to help with measures and meetings, and who can be."""
    return {"experts": crews.of_file(session, acting, file, now)}


def _key_care(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """The family's place on the key-care list, for who may learn of it."""
    listed, may_list = key_care.of_file(session, acting, file.case, now), key_care.may_write(acting, file.case)
    if listed is None and not may_list:
        return {}
    return {"key_care": listed, "may_list": may_list, "key_care_levels": LEVELS}


def _entitled(session: Session, acting: Acting, file: CaseFile, _: datetime) -> dict[str, Any]:
    """Allowances that somebody may be entitled to and does not receive."""
    return {"entitled": measures.entitled_for(session, acting, file.case)}


def _officers(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """Who looks after which child, and who could: for a supervisor, who names them."""
    case = file.case
    if not any(case.village_code.startswith(region) for region in acting.regions(Role.SUPERVISOR)):
        return {}
    children = officers.children_in(session, case, day_of(now))
    called = {child["person_id"]: str(child["name"]) for child in children}
    held = officer_rows.officers_of(session, case.district, case.case_id)
    places = {row.person_id: (row, person) for row, person in file.team}
    return {
        "officer_children": children,
        "officers": [
            {
                "name": places[officer][1].name,
                "children": [called[child] for child in sorted(mine) if child in called],
                "ends_on": places[officer][0].ends_on,
            }
            for officer, mine in held.items()
            if officer in places
        ],
        "officer_candidates": [
            person
            for person, region in people_with_role(session, case.district, Role.VILLAGE)
            if case.village_code.startswith(region) and not officers.has_other_place(session, case, person.person_id)
        ],
    }


PARTS: list[Part] = [
    _experts,
    _key_care,
    _entitled,
    _officers,
    _screening,
    _women,
    _green,
    _letters,
    _funds,
    _state,
    _rights,
]


def filled(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """The variables of all parts, for a file she may open; none for who sees its clear columns alone."""
    if file.people is None:
        return {}
    return {name: value for part in PARTS for name, value in part(session, acting, file, now).items()}
