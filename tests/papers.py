"""Answers of the forms that papers are made from. Invented people.

LETTER                           a complete transfer letter (F4); `FOUR` are its four contents
approved(session, at, county)    a report in the state that carries it outside
sent(session, at, county)        a transfer letter made of it, signed, sent
"""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import letters
from fieldapp.casework.letters.kinds import Kind
from fieldapp.models.letters import Letter
from tests import factories
from tests.factories import County

CARD, IDENTITY = "6222 0000 1234 5678 901", "990101198803052323"
FOUR: dict[str, Any] = {
    "harm": f"丈夫去世，本人骨折。卡号{CARD}，证号{IDENTITY}。",
    "hardship": "一起生活四人，没有收入。",
    "causal": "由本案直接造成。",
    "situation": ["A3", "S7"],
    "situation_s7": "无人照料",
    "exclusions": {"x1": "no", "x2": "no", "x3": "no", "x4": "no", "x5": "no", "x6": "no"},
}
LETTER: dict[str, Any] = {
    "tl": {
        "variant": "complete",
        "visit_part": "whole",
        "from_org": "wf",
        "from_name": "示范县妇联",
        "from_level": "county",
        "to_org": "proc",
        "to_name": "示范县检察院",
        "to_level": "county",
        "subject": [{"_id": "a", "name": "马兰"}],
        "minors": [{"_id": "b", "name": "马小舟", "birth_ym": "2015-04"}],
        "contact_safe": "only_times",
        "safe_how": "工作日上午",
        "contact": "陈岚",
        "contact_phone": "19900000001",
    },
    "orig": {
        "type": "traffic",
        "stage": "enforcement",
        "organ": "示范县法院",
        "doc_no": "A99010165000020260100123",
        "awarded": "680000",
        "paid": "20000.50",
    },
    "four": FOUR,
    "enc": {
        "papers": [
            {"_id": "p", "paper": "hukou_book", "state": "attached", "form": "copy", "pages": 3},
            {"_id": "q", "paper": "other", "paper_other": "村里证明", "state": "follows", "follows_by": "2026-12-01"},
        ]
    },
    "sent": {"basis": "duty", "basis_text": "未成年人保护法"},
}


def approved(
    session: Session, at: datetime, county: County, form: str = "F4", answers: Any = None, state: str = "approved"
) -> UUID:
    """The record's id."""
    body = json.dumps({"answers": LETTER if answers is None else answers}, ensure_ascii=False).encode()
    record_id, _ = factories.record(session, at, county, form=form, answers=body, state=state)
    return record_id


def sent(
    session: Session, at: datetime, county: County, record_id: UUID | None = None, on: date | None = None
) -> Letter:
    """Of this approved report, or of a new one."""
    supervisor = county.acting(session, "supervisor")
    made_of = record_id or approved(session, at, county)
    letter = letters.make(session, supervisor, county.case_id, Kind.TRANSFER, made_of, at)
    letters.note_signed(session, supervisor, letter.letter_id, at)
    return letters.note_sent(session, supervisor, letter.letter_id, at, on)
