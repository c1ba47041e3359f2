"""Visits that were made in the whole demonstration: a round through a village, and an investigation that was approved;
beside them a case that the procuratorate tells of.

What a phone would send is written down by the server, which signs for it as it does for the desk. Invented.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import campaigns, cases, minors, notices, reviews
from fieldapp.actions.desk_records import DeskStore
from fieldapp.actions.notices import Came
from fieldapp.actions.plans import plan_of
from fieldapp.actions.statistics_lines import TOWNSHIP_DIGITS
from fieldapp.days import CHINA, day_of
from fieldapp.db import milliseconds
from fieldapp.demo import TOWNSHIP, VILLAGES, help_given
from fieldapp.forms import evaluate
from fieldapp.ids import uuid7
from fieldapp.models import casefiles, forms
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case, VisitPurpose
from fieldapp.models.records import Record, Revision, State
from sync.store import Head, Item, Sender, Signature

ROUND = "秋冬走访关爱（演示）"
# Who stands on the list, and what the cadre found: (seen or not, colour, worried, when to look in again).
_HOUSEHOLDS: tuple[tuple[str, tuple[str, str | None, str, str] | None], ...] = (
    ("田秀英（演示）", ("seen", "blue", "no", "quarter")),
    ("马小翠（演示）", ("seen", "orange", "yes", "week")),
    ("高桂枝（演示）", ("seen", "yellow", "no", "month")),
    ("于凤仙（演示）", ("absent", None, "no", "week")),
    ("宋玉珍（演示）", None),
    ("郝春梅（演示）", None),
)
FAMILY = "苗春兰（演示）"
_SON = "苗小树（演示）"
_SCRIBBLE = {"strokes": [[[10, 60], [30, 20], [50, 70], [80, 25], [120, 55]]], "text_hash": "0" * 64}


def load(session: Session, now: datetime) -> Case:
    """Add them to a loaded demo; the family of the investigation. Raises NoResultFound on any other database."""
    _round(session, now)
    _told_by_the_procuratorate(session, now)
    return _investigation(session, now)


def _round(session: Session, now: datetime) -> None:
    supervisor, cadre = help_given.acting(session, "chen"), help_given.acting(session, "zhao")
    since, until = day_of(now) - timedelta(days=7), day_of(now) + timedelta(days=14)
    made = campaigns.begin(
        session, supervisor, name=ROUND, kind="care_visits", region_code=TOWNSHIP[:TOWNSHIP_DIGITS], since=since,
        until=until, form="", now=now,
    )  # fmt: skip
    for name, found in _HOUSEHOLDS:
        household = campaigns.add(
            session, supervisor, made.campaign_id, village_code=VILLAGES[0], name=name, person_id=None, now=now
        )
        if found is not None:
            outcome, colour, worry, again = found
            seen = {} if colour is None else {"colour": colour, "brought": "goods"}
            answers = {"at": _moment(now, 2), "outcome": outcome, **seen, "worry": worry, "next": again}
            _report(session, cadre, household.case_id, household.visit_id, "F10", {"hs": answers}, now)


def _told_by_the_procuratorate(session: Session, now: datetime) -> None:
    came = Came(
        "proc_case", "控告申诉检察部门（演示）", "示例检救助〔2026〕7号（演示）", day_of(now) - timedelta(days=1)
    )
    notices.open_notice(
        session, help_given.acting(session, "qian"), village_code=VILLAGES[1],
        person=cases.NewPerson("石兰香（演示）", "female", "1979-11", "self"), result="granted",
        organ="示例县人民检察院", said="救助已决定，请一起看看家里还缺什么（演示）。", came=came, now=now,
    )  # fmt: skip


def _investigation(session: Session, now: datetime) -> Case:
    supervisor = help_given.acting(session, "chen")
    workers = [help_given.acting(session, login) for login in ("li", "wang")]
    family = [
        cases.NewPerson(FAMILY, "female", "1988-03", "self"),
        cases.NewPerson(_SON, "male", "2016-05", "son"),
    ]
    case = cases.open_case(
        session, supervisor, village_code=VILLAGES[1], people=family,
        contact={"safe": "only_times", "how": "工作日上午打 199 0000 3355（演示）"},
        programme="困难妇女司法救助（演示）", now=now,
    )  # fmt: skip
    visit = cases.plan_visit(
        session, supervisor, case.case_id, purpose=VisitPurpose.INVESTIGATION,
        visitor_ids=[worker.person_id for worker in workers], planned_on=day_of(now) - timedelta(days=4), due_on=None,
        reason="first_visit", now=now,
    )  # fmt: skip
    ids = {str(one["name"]): str(one["person_id"]) for one in casefiles.people_of(session, case)}
    answers = _answers(workers, ids, _moment(now, 4))
    record_id = _report(session, workers[0], case.case_id, visit.visit_id, "F2", answers, now)
    if minors.needs_reason(session, supervisor, case, now):
        minors.give_reason(session, supervisor, case.case_id, "review", "", now)
    record = session.get_one(Record, (case.district, record_id))
    head = session.get_one(Revision, (case.district, record.head_revision_id))
    reviews.open_review(session, supervisor, record_id, now)
    text = "演示：照演示资料批准"
    reviews.approve(session, supervisor, record_id, head.revision_id, head.content_hash, text=text, now=now)
    return case


def _report(
    session: Session, acting: Acting, case_id: UUID, visit_id: UUID, form: str, answers: Mapping[str, Any],
    now: datetime,
) -> UUID:  # fmt: skip
    """A report of a visit, handed in; its record id."""
    version = forms.running(session, form)
    plan = None if version is None else plan_of(session, form, version)
    assert plan is not None  # the library is published
    filled = evaluate.open_instance(plan, dict(answers), now_ms=milliseconds(now))
    recorded = {**filled.recorded(), "language": "zh", "zone": "Asia/Shanghai"}
    body = {"answers": filled.submission(), "replies": [], "recorded": recorded, "visitors": []}
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    digest, record_id, revision_id = hashlib.sha256(plain).digest(), uuid7(milliseconds(now)), uuid7(milliseconds(now))
    head = Head(
        kind="revision", district=acting.district, case_id=case_id, visit_id=visit_id, record_id=record_id,
        revision_id=revision_id, parents=(), form=form, form_version=plan.version, intent="submit", number=None,
        device_time=milliseconds(now), author=acting.person_id, body_hash=digest, plain_hash=digest, signature=None,
    )  # fmt: skip
    item = Item(revision_id, digest, b"", head=head, signature=Signature.GOOD, plain=plain, body=body)
    sender = Sender(acting.district, acting.person_id, None, "active", frozenset({form}))
    store = DeskStore(session, acting, sender, [item], None, now, b"demo")
    store.append(item, revision_id, State.SUBMITTED)
    store.flush()
    return record_id


def _moment(now: datetime, days_ago: int) -> str:
    on = day_of(now) - timedelta(days=days_ago)
    return datetime(on.year, on.month, on.day, 10, tzinfo=CHINA).isoformat()


def _answers(workers: list[Acting], ids: Mapping[str, str], at: str) -> dict[str, Any]:
    """What they found: a widow and her son, no case, no violence, no other income; papers still to come."""
    visitors = [{"_id": _row(), "user": one.name, "org": org} for one, org in zip(workers, ("wf", "proc"), strict=True)]
    return {
        "visit": {
            "outcome": "done", "at": at, "mode": "home", "visitors": visitors, "conflict": "no", "id_shown": "yes",
            "informants": ["self"], "alone": "yes", "present": ["nobody"], "language": "none",
            "in_brief": "丈夫去年病故，家里没有了主要收入（演示）。",
        },
        "hh": {
            "head": FAMILY, "hukou_type": "unified", "hukou_region": VILLAGES[1], "residence_region": VILLAGES[1],
            "area": "rural", "members_before": 3, "members_now": 2, "monitor_type": "sudden", "has_benefits": "no",
        },
        "members": [
            _member(FAMILY, ids[FAMILY], "female", "1988-03", "self"),
            {
                **_member(_SON, ids[_SON], "male", "2016-05", "son"),
                "school_status": "primary", "guardian": ids[FAMILY],
            },
        ],
        "case": {"type": "none", "stage": "not_reported", "divorce_suit": "none", "subject_fault": "no"},
        "loss": {"urgent_treatment": "no"},
        "comp": {"waived": "no", "has_other_relief": "no"},
        "fin": {"has_income": "no"},
        "home": {"safe": "yes", "type": "owned"},
        "dv": {"screen": "no"},
        "child": {"screen": "yes"},
        "risk": {"suicide": "no"},
        "needs": {
            "wanted": [{"_id": _row(), "need": "schooling", "urgent": "yes", "wish": "想让孩子把书读完（演示）。"}],
            "job_risk": {"unknown": "does_not_know"},
        },
        "concl": {
            "read_back": "我想让孩子把书读完（演示）。", "sign_how": "signed", "sign_subject": _SCRIBBLE,
            "sign_visitors": {"first": _SCRIBBLE, "second": _SCRIBBLE}, "docs": ["id"],
            "facts": "本人陈述，村干部证实（演示）。", "causal": "direct", "hardship": "very", "opinion": "social_only",
        },
    }  # fmt: skip


def _member(name: str, person_id: str, sex: str, birth_ym: str, relation: str) -> dict[str, Any]:
    return {
        "_id": _row(), "person_id": person_id, "name": name, "sex": sex, "birth_ym": birth_ym, "relation": relation,
        "alive": "alive", "work": "odd_jobs", "main_earner_before": "no", "labour": "full", "capacity": "full",
        "is_victim": "no", "assisted": "no", "together": "yes", "health": ["healthy"], "self_care": "full",
    }  # fmt: skip


def _row() -> str:
    return str(uuid7())
