"""The newest answers of the reports of one family, for what is computed from several of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import structlog
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.casework.roads import could_not_visit
from fieldapp.crypto.rest import RestError
from fieldapp.days import CHINA
from fieldapp.models import forms
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision, State, with_heads

log = structlog.get_logger()


@dataclass(frozen=True)
class Head:
    """A report that was handed in, with what its newest version says."""

    record: Record
    revision: Revision
    answers: Mapping[str, Any]

    def at(self, section: str, name: str) -> Any:
        """The answer of a question; None where it has none, or says why it is not known."""
        value = self.section(section).get(name)
        return None if isinstance(value, dict) else value

    def rows(self, section: str, name: str) -> list[Mapping[str, Any]]:
        """The rows of a repeat; empty where there are none."""
        value = self.section(section).get(name)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def section(self, name: str) -> Mapping[str, Any]:
        found = self.answers.get(name)
        return found if isinstance(found, dict) else {}


def visits_made(heads: Iterable[Head]) -> list[Head]:
    """The investigations among them, without those of visits that could not be made: on these nobody was seen."""
    return [head for head in heads if head.record.form == "F2" and not could_not_visit(head.answers)]


def heads_of(
    session: Session, case: Case, wanted: Collection[str], may_read: ColumnElement[bool] | None = None
) -> list[Head]:
    """The reports of these forms that were handed in, the one begun first before the rest; cut by `may_read`, a
    condition on `Record`, where a person asks. One whose stored bytes do not open is left out, and logged.
    """
    rows = session.execute(
        with_heads(case.district, case.case_id, wanted)
        .where(
            Record.state.not_in((State.DRAFT, State.VOID)),
            true() if may_read is None else may_read,
        )
        .order_by(Record.created_at, Record.record_id)
    )
    found = []
    for record, revision in rows:
        try:
            body = body_of(session, revision)
        except RestError as error:
            log.error("stored_damaged", what=str(error), revision=str(revision.revision_id))
            continue
        answers = body.get("answers")
        found.append(Head(record, revision, answers if isinstance(answers, dict) else {}))
    return found


def labels(session: Session, form: str, choice_list: str, language: str) -> dict[str, str]:
    """What the choices of a list of a form are called, by code; empty where no version is published."""
    version = forms.newest(session, form)
    plan = None if version is None else plan_of(session, form, version)
    if plan is None:
        return {}
    words = plan.json["texts"].get(language) or plan.json["texts"]["zh"]
    return {str(item["value"]): str(words[item["label"]]) for item in plan.json["lists"].get(choice_list, [])}


def day_in(value: Any) -> date | None:
    """The day of an answer; of a month or a year that is known alone its last day. None for anything else."""
    if not isinstance(value, str):
        return None
    text = value[:10]
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        year, month = int(text[:4]), int(text[5:7] or 12)
        first_after = date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return date.fromordinal(first_after.toordinal() - 1)


def moment_in(value: Any) -> datetime | None:
    """The moment of a date-time, or the beginning of an exact day in China; None for anything else."""
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        if len(value) == 10:
            found = datetime.combine(date.fromisoformat(value), time(), CHINA)
        else:
            found = datetime.fromisoformat(value)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=CHINA)
    return found if 1900 <= found.year <= 9000 else None  # beyond that no other zone could say it
