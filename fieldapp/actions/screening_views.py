"""A screening as a page shows it: sentences in the reader's language, each fact with its question and its reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import defacto, screenings
from fieldapp.actions.screenings import Told
from fieldapp.casework.screening import stored
from fieldapp.casework.screening.facts import Fact, Source
from fieldapp.casework.screening.results import Result, Status, source_words
from fieldapp.casework.screening.terms import Ask
from fieldapp.forms import library
from fieldapp.forms.markup import plain_text
from fieldapp.models import casefiles, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision

FOUND = (Status.MET, Status.PROVISIONAL)


@dataclass(frozen=True)
class SourceLine:
    """Where a fact comes from; `record_id` None where she may not open that report; `waits`: nobody approved it yet."""

    text: str
    record_id: UUID | None
    waits: bool


@dataclass(frozen=True)
class FactLine:
    question: str
    who: str
    sources: list[SourceLine]


@dataclass(frozen=True)
class ResultLine:
    """One result. `missing`: the questions that would settle it; `answers`: what she can say to it."""

    result: Result
    sentence: str
    facts: list[FactLine]
    missing: list[str]
    said: stored.Said | None
    answers: tuple[str, ...]


@dataclass(frozen=True)
class PersonPart:
    """The seven of one person: what was found is open, the rest folded. Who has none (a man, a child) is not listed."""

    key: str
    who: str
    found: list[ResultLine]
    others: list[ResultLine]


@dataclass(frozen=True)
class ScreeningView:
    run_id: UUID
    made_at: datetime
    version: str
    counts_unapproved: bool
    unread: int
    band: str | None
    band_is_incomplete: bool
    flags: list[ResultLine]
    people: list[PersonPart]
    children: list[tuple[str, ResultLine]]
    gates: list[ResultLine]
    questions: list[ResultLine]
    may_answer: bool


def view_of(session: Session, acting: Acting, case: Case, language: str, now: datetime) -> ScreeningView | None:
    """The newest screening as she may see it, run first where reports changed; None where there is none for her."""
    screenings.run(session, case, now)
    return kept_view_of(session, acting, case, language)


def kept_view_of(session: Session, acting: Acting, case: Case, language: str) -> ScreeningView | None:
    """The newest screening that is kept, as she may see it; nothing is screened for it."""
    told = screenings.of(session, acting, case)
    if told is None:
        return None
    view = _View(session, acting, told, language, _names(session, case)).whole()
    return replace(view, children=_with_progress(view.children, defacto.progress_of(session, acting, case, language)))


class _View:
    def __init__(self, session: Session, acting: Acting, told: Told, language: str, names: dict[str, str]) -> None:
        self._told, self._language, self._seen, self._names = told, language, told.screening, names
        at = 1 if language == "en" else 0
        self._who = {key: words[at] for key, words in self._seen.people}
        self._records = _readable(session, acting, _revisions(self._all()))

    def whole(self) -> ScreeningView:
        told, seen = self._told, self._seen
        return ScreeningView(
            run_id=told.run.run_id,
            made_at=told.run.made_at,
            version=seen.version,
            counts_unapproved=told.run.counts_unapproved,
            unread=told.unread,
            band=None if seen.band is None else seen.band.band,
            band_is_incomplete=seen.band is not None and seen.band.incomplete,
            flags=[self._line(one) for one in seen.flags],
            people=[part for key in self._who if (part := self._person(key)) is not None],
            children=[(self._called(one.about or ""), self._line(one)) for one in seen.children],
            gates=[self._line(one) for one in seen.gates],
            questions=[self._line(one) for one in seen.questions],
            may_answer=told.may_answer,
        )

    def _all(self) -> Iterable[Result]:
        seen = self._seen
        return (*seen.categories, *seen.questions, *seen.gates, *seen.flags, *seen.children)

    def _person(self, key: str) -> PersonPart | None:
        own = [one for one in self._seen.categories if one.about == key and one.status is not Status.NOT_APPLICABLE]
        if not own:
            return None
        found = [self._line(one) for one in own if one.status in FOUND]
        return PersonPart(key, self._called(key), found, [self._line(one) for one in own if one.status not in FOUND])

    def _called(self, key: str) -> str:
        """Who it is, by name where the file knows it: of two daughters one must know which is meant."""
        who = self._who.get(key, "")
        return f"{self._names[key]} · {who}" if key in self._names else who

    def _line(self, one: Result) -> ResultLine:
        return ResultLine(
            result=one,
            sentence=one.sentence(self._language),
            facts=[self._fact(fact) for fact in one.facts],
            missing=list(dict.fromkeys(self._missing(ask) for ask in one.missing)),
            said=self._told.said.get((one.code, one.about)),
            answers=stored.answers_to(one.kind) if self._told.may_answer else (),
        )

    def _fact(self, fact: Fact) -> FactLine:
        return FactLine(
            _question(fact.sources[-1].form, fact.path, self._language),
            self._who.get(fact.about or "", ""),
            [self._source(source) for source in fact.sources],
        )

    def _source(self, source: Source) -> SourceLine:
        revision = source.revision or ""
        waits = revision in self._told.unapproved
        return SourceLine(source_words(source, self._language), self._records.get(revision), waits)

    def _missing(self, ask: Ask) -> str:
        question = _question(ask.form, ask.path, self._language)
        who = self._who.get(ask.about or "", "")
        about = f"{who} · " if who else ""
        return f"{about}{question} ({ask.form})" if self._language == "en" else f"{about}{question}（{ask.form}）"


def _with_progress(
    children: Sequence[tuple[str, ResultLine]], progress: Mapping[str | None, str]
) -> list[tuple[str, ResultLine]]:
    """Behind each child's sentence how far its recognition has come; of an application that names no child, behind all
    that may be meant.
    """
    return [
        (who, replace(line, sentence=line.sentence + progress.get(line.result.about, progress.get(None, ""))))
        for who, line in children
    ]


def _names(session: Session, case: Case) -> dict[str, str]:
    """The names of the family by person_id. Whoever sees a screening may open the file that shows them."""
    return {str(row["person_id"]): row["name"] for row in casefiles.people_of(session, case) if row.get("name")}


def _question(form: str, path: str, language: str) -> str:
    """What the form asks there, without its markup; the path itself where the newest form asks it no more."""
    plan = library.plans().get(form)
    at: int | None = 0
    for name in path.split("."):
        nodes = [] if plan is None else plan.nodes
        at = next((node["n"] for node in nodes if node.get("parent") == at and node["name"] == name), None)
        if at is None:
            return path
    assert plan is not None
    label = plan.nodes[at or 0].get("label")
    text = "" if label is None else plain_text(plan.json["texts"]["en" if language == "en" else "zh"][label])
    return text.strip(" ：:\n") or path


def _revisions(results: Iterable[Result]) -> set[UUID]:
    named = (source.revision for one in results for fact in one.facts for source in fact.sources)
    return {UUID(revision) for revision in named if revision}


def _readable(session: Session, acting: Acting, revisions: Sequence[UUID] | set[UUID]) -> dict[str, UUID]:
    """The report of each version, where she may open its page."""
    rows = session.execute(
        select(Revision.revision_id, Record.record_id)
        .join(Record, (Record.district == Revision.district) & (Record.record_id == Revision.record_id))
        .where(
            Revision.district == acting.district,
            Revision.revision_id.in_(revisions),
            scope.reports_to_review(acting) | scope.reports_to_read(acting),
        )
    )
    return {str(revision): record for revision, record in rows}
