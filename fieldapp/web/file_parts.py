"""The parts of a file's page that are not in web/cases.py: each fills the variables of the template it belongs to.

A part is asked only for who opens the file itself (`file.people` is not None). Its template is included in
templates/cases/file.html, and stands empty where the part gave it nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.actions import case_moves, funds, letters, protections, screening_views, timelines
from fieldapp.casework import custody
from fieldapp.casework.letters.kinds import PAPERS
from fieldapp.casework.states import STATE_WORDS, CaseState
from fieldapp.models import rights_pages, rights_requests
from fieldapp.models.accounts import Acting
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


PARTS: list[Part] = [_screening, _letters, _funds, _state, _rights]


def filled(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """The variables of all parts, for a file she may open; none for who sees its clear columns alone."""
    if file.people is None:
        return {}
    return {name: value for part in PARTS for name, value in part(session, acting, file, now).items()}
