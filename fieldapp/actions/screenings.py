"""Screening of a case: run over its reports, shown to who may see it, answered by a person.

    run     again whenever the reports that count, the steps of their measures, the report that the law asks for, or the
            rules, are not those of the newest run
    of      the newest run, cut to what this reader sees
    answer  what a supervisor says to one result; nothing follows from a result without her

A report counts once it is approved, and while it is in review: then the run says so, and who may not read the report
sees the newest run without it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, measures_known
from fieldapp.actions.findings import body_of, instance_of
from fieldapp.actions.measures_known import Step
from fieldapp.actions.plans import plan_of
from fieldapp.actions.seen_on import seen_on
from fieldapp.casework import beside
from fieldapp.casework.happened import Happened
from fieldapp.casework.screening import Screening, screen, stored
from fieldapp.casework.screening.facts import Filing, Made, Stood
from fieldapp.casework.screening.results import RULES_VERSION
from fieldapp.casework.screening.stored import Said
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Record, Revision, State, with_heads
from fieldapp.models.screenings import ScreeningAnswer, ScreeningRun

SCREENED = ("F0", "F1", "F2", "F3", "F5", "F6", "F7")  # forms; those of a village cadre and of who told us are not read
VISITED = frozenset({"F2", "F3", "F5", "F6"})  # whoever wrote one of these does not decide on what it points to
LINE_MAX = 750

log = structlog.get_logger()


@dataclass(frozen=True)
class Told:
    """A run as one reader sees it. `unapproved`: ids of revisions in review that count in it; `unread`: how many
    reports could not be opened; `said`: by (code, about) what a person said last; `may_answer`: whether she may."""

    run: ScreeningRun
    screening: Screening
    unapproved: frozenset[str]
    unread: int
    said: dict[tuple[str, str | None], Said]
    may_answer: bool


def run(session: Session, case: Case, now: datetime) -> ScreeningRun | None:
    """The newest run, made now where there is none of these reports and steps under these rules; None for a case in
    which no report counts and none ever did.
    """
    counted, moves = _counted(session, case), measures_known.moves_of(session, case)
    reported = _report_made(session, case, counted)
    fingerprint = _with_report(_fingerprint(counted, moves), reported)
    known = _newest(session, case)
    if known is not None and (known.fingerprint, known.rules_version) == (fingerprint, RULES_VERSION):
        return known
    if known is None and not counted:
        return None
    filings, unread = [], []
    for record, head in counted:
        filing = _filing(session, record, head, moves.get(record.record_id, ()))
        if filing is None:
            unread.append(str(record.record_id))
        else:
            filings.append(filing)
    told = {
        "screening": stored.to_json(screen(filings, day_of(now), reported)),
        "unapproved": [str(head.revision_id) for record, head in counted if record.state != State.APPROVED],
        "unread": unread,
    }
    made = ScreeningRun(
        district=case.district,
        run_id=uuid7(milliseconds(now)),
        case_id=case.case_id,
        number=1 if known is None else known.number + 1,
        rules_version=RULES_VERSION,
        fingerprint=fingerprint,
        counts_unapproved=bool(told["unapproved"]),
        made_at=now,
    )
    made.sealed_results = _seal(session, case, "screening_run", "sealed_results", made.run_id, told)
    session.add(made)
    # Of the highest class: that something was screened anew may follow from a report of that class alone.
    case_events.note(session, case, Happened.SCREENED, now=now, ref=made.run_id, sensitivity=stored.RANKS[-1])
    return made


def of(session: Session, acting: Acting, case: Case) -> Told | None:
    """What she may see of the newest run; None where there is none for her. Runs nothing: `run` goes before."""
    here = (Case.district == case.district, Case.case_id == case.case_id)
    if session.scalar(select(Case.case_id).where(*here, scope.files_of(acting))) is None:
        return None
    decides = _decides(acting, case)
    newest = _newest(session, case, approved_only=not decides)
    if newest is None:
        return None
    told = _opened(session, case, "screening_run", "sealed_results", newest.run_id, newest.sealed_results)
    seen = stored.cut(stored.from_json(told["screening"]), scope.classes_read(acting, case.village_code))
    if seen is None:
        return None
    shown = {(one.code, one.about) for one in (*seen.categories, *seen.questions)}
    said = {key: one for key, one in _said(session, case).items() if key in shown}
    may = decides and not _visited_by(session, case, acting)
    return Told(newest, seen, frozenset(told["unapproved"]), len(told["unread"]), said, may)


def answer(
    session: Session, acting: Acting, case_id: UUID, run_id: UUID, answers: Sequence[Said], now: datetime
) -> list[ScreeningAnswer]:
    """Keep what a supervisor says to results of the newest run, all or none of it. What she had said already, in the
    same words, is not kept again.

    Raises `not_found`, `own_record` (she wrote a report of a visit), `screening_changed` (there is a newer run, or
    none), `screening_needs_reason` (disagreeing is said why), `text_too_long`, `request_malformed`.
    """
    case = session.scalar(select(Case).where(Case.case_id == case_id, scope.files_of(acting)))
    if case is None or not _decides(acting, case):
        raise Problem("not_found")
    run(session, case, now)
    told = of(session, acting, case)
    if told is None or told.run.run_id != run_id:
        raise Problem("screening_changed")
    if not told.may_answer:
        raise Problem("own_record")
    kinds = {(one.code, one.about): one.kind for one in (*told.screening.categories, *told.screening.questions)}
    fresh = [one for one in answers if told.said.get((one.code, one.about)) != one]
    for one in fresh:
        _check(one, kinds.get((one.code, one.about), ""))
    kept = [_keep(session, acting, case, run_id, one, now) for one in fresh]
    if kept:
        named: dict[str, object] = {"case": str(case_id), "run": str(run_id)}
        named["answers"] = [str(one.answer_id) for one in kept]
        whose = acting.acts_for(Role.SUPERVISOR, case.village_code)
        if whose is not None:
            named["acting_for"] = str(whose)
        audit.write(
            session, district=case.district, actor_id=acting.person_id, act="answer_screening", about=named, at=now
        )
    return kept


def _check(said: Said, kind: str) -> None:
    if said.answer not in stored.answers_to(kind):
        raise Problem("request_malformed")
    if len(said.line) > LINE_MAX:
        raise Problem("text_too_long", limit=LINE_MAX)
    if said.answer == "disagree" and not said.line:
        raise Problem("screening_needs_reason")


def _keep(session: Session, acting: Acting, case: Case, run_id: UUID, said: Said, now: datetime) -> ScreeningAnswer:
    kept = ScreeningAnswer(
        district=case.district,
        answer_id=uuid7(milliseconds(now)),
        case_id=case.case_id,
        number=1 + (session.scalar(_answers(case).with_only_columns(func.count())) or 0),
        run_id=run_id,
        said_by=acting.person_id,
        acting_for=acting.acts_for(Role.SUPERVISOR, case.village_code),
        said_at=now,
    )
    kept.sealed_said = _seal(session, case, "screening_answer", "sealed_said", kept.answer_id, asdict(said))
    session.add(kept)
    session.flush()
    return kept


def newest_results(session: Session, case: Case, *, approved_only: bool = True) -> Screening | None:
    """All of the newest run over approved reports, for counts, or of the newest run at all; the caller has asked who
    may read it.
    """
    newest = _newest(session, case, approved_only=approved_only)
    if newest is None:
        return None
    told = _opened(session, case, "screening_run", "sealed_results", newest.run_id, newest.sealed_results)
    return stored.from_json(told["screening"])


def _decides(acting: Acting, case: Case) -> bool:
    return any(case.village_code.startswith(region) for region in acting.regions(Role.SUPERVISOR))


def _visited_by(session: Session, case: Case, acting: Acting) -> bool:
    return any(record.form in VISITED and record.author_id == acting.person_id for record, _ in _counted(session, case))


def _counted(session: Session, case: Case) -> Sequence[tuple[Record, Revision]]:
    """The reports that count, each with its newest version, by record."""
    rows = session.execute(
        with_heads(case.district, case.case_id, SCREENED)
        .where(
            Record.state.in_((State.IN_REVIEW, State.APPROVED_FIRST, State.APPROVED)),
        )
        .order_by(Record.record_id)
    )
    return [(record, head) for record, head in rows]


def _fingerprint(counted: Sequence[tuple[Record, Revision]], moves: Mapping[UUID, Sequence[MeasureMove]]) -> bytes:
    steps = {record_id: "".join(f" {row.move_id}" for row in rows) for record_id, rows in moves.items()}
    lines = [
        f"{head.revision_id} {record.state == State.APPROVED}{steps.get(record.record_id, '')}"
        for record, head in counted
    ]
    return hashlib.sha256("\n".join(lines).encode()).digest()


def _with_report(fingerprint: bytes, made: Made | None) -> bytes:
    if made is None:
        return fingerprint
    told = made.on if made.since is None else " ".join([made.on, "since", *sorted(made.since)])
    return hashlib.sha256(fingerprint + told.encode()).digest()


def _report_made(session: Session, case: Case, counted: Sequence[tuple[Record, Revision]]) -> Made | None:
    """The mandatory report that the file says was made last, with what called for another since; None before that."""
    reported_at = beside.of_events(case_events.events_for_clocks(session, case)).reported_at
    if reported_at is None:
        return None
    on = day_of(reported_at).isoformat()
    callers = case_events.since(session, case, Happened.REPORT_DUE, Happened.REPORTED)
    if not callers:
        return Made(on)
    return Made(on, frozenset(str(head.revision_id) for record, head in counted if record.record_id in callers))


def _filing(session: Session, record: Record, head: Revision, moves: Sequence[MeasureMove]) -> Filing | None:
    """One report for the rules; None for one that cannot be read: the others are screened all the same."""
    plan = plan_of(session, head.form, head.form_version)
    try:
        body = body_of(session, head)
        if plan is None or not isinstance(body.get("answers"), dict):
            return None
        # Only what applies: an answer behind a question that was changed since is nobody's word.
        answers = instance_of(session, head, body, "zh").submission()
        steps = [measures_known.step_of(session, row) for row in moves]
    except (RestError, KeyError, TypeError, ValueError) as error:  # bodies stored before their shape was checked
        log.error("not_screened", what=str(error), record=str(record.record_id))
        return None
    on = seen_on(session, record, head, answers)
    return Filing(head.form, plan.nodes, answers, on, str(head.revision_id), _stood(answers, steps))


def _stood(answers: Mapping[str, Any], steps: Sequence[Step]) -> Stood | None:
    """The step that brought a measure to where it stands; None where its report says so. An extension brings it
    nowhere.
    """
    told, found = answers.get("ms"), None
    status = told.get("status") if isinstance(told, Mapping) else None
    for step in steps:
        if step.status != status:
            found, status = step, step.status
    return None if found is None else Stood(found.status, (found.on or day_of(found.at)).isoformat())


def _newest(session: Session, case: Case, *, approved_only: bool = False) -> ScreeningRun | None:
    wanted = select(ScreeningRun).where(ScreeningRun.district == case.district, ScreeningRun.case_id == case.case_id)
    if approved_only:
        wanted = wanted.where(ScreeningRun.counts_unapproved.is_(False))
    return session.scalar(wanted.order_by(ScreeningRun.number.desc(), ScreeningRun.run_id.desc()).limit(1))


def _answers(case: Case) -> Select[ScreeningAnswer]:
    return select(ScreeningAnswer).where(
        ScreeningAnswer.district == case.district, ScreeningAnswer.case_id == case.case_id
    )


def _said(session: Session, case: Case) -> dict[tuple[str, str | None], Said]:
    found = {}
    for row in session.scalars(_answers(case).order_by(ScreeningAnswer.number, ScreeningAnswer.answer_id)):
        told = _opened(session, case, "screening_answer", "sealed_said", row.answer_id, row.sealed_said)
        found[told["code"], told["about"]] = Said(**told)
    return found


def _seal(session: Session, case: Case, table: str, column: str, row_id: UUID, value: dict[str, Any]) -> bytes:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return bodies.seal_for_case(session, case.district, case.case_id, table, column, (case.district, row_id), plain)


def _opened(session: Session, case: Case, table: str, column: str, row_id: UUID, sealed: bytes) -> dict[str, Any]:
    key = (case.district, row_id)
    return dict(json.loads(bodies.open_for_case(session, case.district, case.case_id, table, column, key, sealed)))
