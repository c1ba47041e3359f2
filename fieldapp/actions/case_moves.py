"""A person moves a case: which ways there are, what stands in each of them, and going one.

A refusal is a returned outcome (casework/states.py says it in words): nothing was changed then. What follows from an
act without anybody saying so is in case_steps.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_steps, standing
from fieldapp.actions.case_events import REASON_MAX
from fieldapp.casework import states
from fieldapp.casework.states import CaseState, Refusal
from fieldapp.errors import Problem
from fieldapp.models import audit, scope, team
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case

# What a page asks for with every way: these two stand against it only as long as nobody has typed them.
_TYPED = frozenset({"reason_given", "other_file_named"})


@dataclass(frozen=True)
class Said:
    """What somebody says beside the reason: the file a lead repeats, why no woman could go, who it was passed on to."""

    other: UUID | None = None
    sex_reason: str = ""
    to: str = ""


@dataclass(frozen=True)
class Way:
    """One state that the case can go to. `refusals` is everything in the way, besides what the page itself asks for."""

    end: CaseState
    refusals: tuple[Refusal, ...]
    asks_reason: bool
    asks_other: bool


def ways(session: Session, acting: Acting, case: Case, now: datetime) -> list[Way]:
    """Where this case can go from here, in the order of the states, for somebody who may open its file."""
    known = standing.standing_of(session, acting, case, now)
    roles, start = case_steps.roles_for(acting, case), CaseState(case.state)
    found = []
    for end in states.ways_from(start):
        guards = states.MOVES[start, end].guards
        refusals = states.refusals(start, end, roles, known)
        found.append(
            Way(
                end,
                tuple(one for one in refusals if one.code not in _TYPED),
                asks_reason="reason_given" in guards,
                asks_other="other_file_named" in guards,
            )
        )
    return found


def move(
    session: Session,
    acting: Acting,
    case_id: UUID,
    end: CaseState,
    reason: str,
    said: Said,
    now: datetime,
) -> tuple[Refusal, ...]:
    """Move a case whose file she may open; empty where it was moved, else everything that stands in the way.

    Raises `not_found` (of the case, or of the file it repeats), `text_too_long`.
    """
    for text in (reason, said.sex_reason, said.to):
        if len(text) > REASON_MAX:
            raise Problem("text_too_long", limit=REASON_MAX)
    case = held(session, acting, case_id)
    other = None if said.other is None or said.other == case_id else _readable(session, acting, said.other)
    known = standing.standing_of(
        session,
        acting,
        case,
        now,
        reason=reason.strip(),
        other_file="" if other is None else str(other.case_id),
        sex_reason=said.sex_reason.strip(),
    )
    start = CaseState(case.state)
    refused = states.refusals(start, end, case_steps.roles_for(acting, case), known)
    if refused:
        return refused
    details = {"reason": reason.strip(), "to": said.to.strip(), "sex_reason": said.sex_reason.strip()}
    case_steps.step(
        session,
        case,
        end,
        now,
        acting.person_id,
        ref=None if other is None else other.case_id,
        details={name: text for name, text in details.items() if text},
    )
    case_steps.catch_up(session, case, now, acting.person_id)
    team.tell_of_case(session, case.district, case_id)
    named: dict[str, object] = {"case": str(case_id), "from": start.value, "to": end.value}
    if other is not None:
        named["other"] = str(other.case_id)
    audit.write(session, district=case.district, actor_id=acting.person_id, act="move_case", about=named, at=now)
    return ()


def held(session: Session, acting: Acting, case_id: UUID) -> Case:
    """A case whose file she may open, locked: of two who move it at once the second sees where it is. `not_found`."""
    case = session.scalar(
        select(Case)
        .where(Case.case_id == case_id, scope.files_of(acting))
        .with_for_update(of=Case, key_share=True)
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise Problem("not_found")
    return case


def other_by_code(session: Session, acting: Acting, code_name: str) -> UUID | None:
    """The id of a file she may open, by its code name as it is read over the telephone; None where there is none."""
    wanted = select(Case.case_id).where(Case.code_name == code_name.strip().upper(), scope.files_of(acting))
    return session.scalar(wanted)


def said_in(refusals: Sequence[Refusal], language: str) -> list[tuple[str, str]]:
    """(why, what to do) of each refusal for a reader of this language."""
    return [(one.why.to(language), one.do.to(language)) for one in refusals]


def _readable(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.scalar(select(Case).where(Case.case_id == case_id, scope.files_of(acting)))
    if case is None:
        raise Problem("not_found")
    return case
