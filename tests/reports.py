"""Answers of a household investigation (F2), complete enough that the form's own rules find nothing. Invented people.

answers = investigation(subject_id)                   what a caseworker hands in
changed(answers, {"hh.head": "刘梅"})                 a later version of it
body(answers, now)                                    the bytes of a revision's body (docs/protocol.md section 3)
"""

import json
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldapp.db import milliseconds
from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.library import plans

SELF_ROW = "01900000-0000-7000-8000-000000000001"
SON_ROW = "01900000-0000-7000-8000-000000000002"
SON_ID = UUID("01900000-0000-7000-8000-0000000000b2")
AT_MS = 1_795_222_800_000  # 2026-11-21 09:00 in China
_SIGNATURE = {"strokes": [[[1, 1], [2, 2]]], "text_hash": "0" * 64}


def investigation(subject_id: UUID) -> dict[str, Any]:
    """A visit that was made: she and her son, no case, no other income, papers still to come."""
    return _handed_in(_answers(subject_id))


def _answers(subject_id: UUID) -> dict[str, Any]:
    return {
        "visit": {
            "outcome": "done",
            "at": "2026-11-20T10:00:00+08:00",
            "mode": "home",
            "visitors": [
                {"_id": "01900000-0000-7000-8000-0000000000c1", "user": "李雨", "org": "wf"},
                {"_id": "01900000-0000-7000-8000-0000000000c2", "user": "王禾", "org": "proc"},
            ],
            "visitors_check": "ok",
            "conflict": "no",
            "id_shown": "yes",
            "informants": ["self"],
            "alone": "yes",
            "present": ["nobody"],
            "language": "none",
            "in_brief": "丈夫去年去世，家里没有了主要收入。",
        },
        "hh": {
            "head": "刘梅",
            "hukou_type": "unified",
            "hukou_region": "990101100201",
            "residence_region": "990101100201",
            "split": "no",
            "area": "rural",
            "members_before": 3,
            "members_now": 2,
            "together_count": "2",
            "monitor_type": "sudden",
            "has_benefits": "no",
            "benefits_check": "ok",
        },
        "members": [
            _member(SELF_ROW, str(subject_id), "刘梅", "female", "1988-03", "self"),
            {
                **_member(SON_ROW, str(SON_ID), "刘小树", "male", "2016-05", "son"),
                "school_status": "primary",
                "guardian": str(subject_id),
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
            "wanted": [
                {
                    "_id": "01900000-0000-7000-8000-0000000000d1",
                    "need": "schooling",
                    "urgent": "yes",
                    "wish": "想让孩子把书读完。",
                }
            ],
            "job_risk": {"unknown": "does_not_know"},
        },
        "concl": {
            "read_back": "我想让孩子把书读完。",
            "sign_how": "signed",
            "sign_subject": _SIGNATURE,
            "sign_visitors": {"first": _SIGNATURE, "second": _SIGNATURE},
            "docs": ["id"],
            "facts": "本人陈述，村干部证实。",
            "causal": "direct",
            "hardship": "very",
            "opinion": "transfer",
        },
    }


def changed(answers: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A later version with other answers at these paths (`hh.head`, `members[<_id>].name`)."""
    copy = deepcopy(answers)
    for path, value in changes.items():
        *steps, last = path.split(".")
        place = copy
        for step in steps:
            name, _, row_id = step.partition("[")
            found = place.setdefault(name, {})
            place = next(row for row in found if row["_id"] == row_id[:-1]) if row_id else found
        place[last] = value
    return _handed_in(copy)


def body(answers: dict[str, Any], now: datetime) -> bytes:
    """The body of a revision with these answers, recorded at `now`."""
    recorded = {
        "started": milliseconds(now),
        "now": milliseconds(now),
        "language": "zh",
        "app": "test",
        "zone": "Asia/Shanghai",
        "random": [],
    }
    told = {"answers": answers, "replies": [], "recorded": recorded, "visitors": []}
    return json.dumps(told, ensure_ascii=False).encode()


def _handed_in(answers: dict[str, Any]) -> dict[str, Any]:
    # As a phone does it: calculations filled in, and what does not apply left out.
    instance = open_instance(plans()["F2"], answers, now_ms=AT_MS, recorded={"now": AT_MS})
    return instance.submission()


def _member(row_id: str, person_id: str, name: str, sex: str, birth_ym: str, relation: str) -> dict[str, Any]:
    return {
        "_id": row_id,
        "person_id": person_id,
        "name": name,
        "sex": sex,
        "birth_ym": birth_ym,
        "relation": relation,
        "alive": "alive",
        "work": "odd_jobs",
        "main_earner_before": "no",
        "labour": "full",
        "capacity": "full",
        "is_victim": "no",
        "assisted": "no",
        "together": "yes",
        "health": ["healthy"],
        "self_care": "full",
    }
