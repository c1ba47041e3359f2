"""Another county in the whole demonstration: its card believed, a visit asked of it, and one that it asks of us.

Nobody holds that county's keys: what is sealed to it opens nowhere. Invented.
"""

import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import entrusted, entrusting, partner_counties
from fieldapp.casework import entrusting as rules
from fieldapp.crypto import keys, signatures
from fieldapp.crypto.keys import ListedKey
from fieldapp.crypto.packages import b64u
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.demo import help_given
from fieldapp.forms import library
from fieldapp.ids import uuid7
from fieldapp.models.entrusting import PartnerCounty
from sync.codes import SUITE

COUNTY = "另一示例县妇女联合会（演示）"
_DAYS = 30


def load(session: Session, case_id: UUID, now: datetime) -> None:
    """Add it to a loaded demo; `case_id` is whom a visit is asked for. Raises NoResultFound on any other database."""
    supervisor = help_given.acting(session, "chen")
    partner, last_day = _believed(session, now), (day_of(now) + timedelta(days=_DAYS)).isoformat()
    asked = {
        "residence": "在外务工，住在贵县县城（演示）",
        "asked": "请看看她现在的生活，孩子有没有跟去上学（演示）",
        "contact": supervisor.name,
        "contact_phone": "199 0000 0001",
        "form": "F3",
        "expires_on": last_day,
        "basis": "duty",
        "basis_text": "妇联工作条例（演示）",
    }
    entrusting.entrust(session, supervisor, case_id, partner.partner_id, asked, now)
    entrusted.take_request(session, supervisor, partner, _request(last_day, now), now)


def _believed(session: Session, now: datetime) -> PartnerCounty:
    """The other county's card, taken in, and its fingerprint typed in as it was heard."""
    administrator = help_given.acting(session, "admin")
    identity, sealing = signatures.new_private_key(), signatures.public_point(signatures.new_private_key())
    point, listed = signatures.public_point(identity), ListedKey(keys.key_id_of(sealing), SUITE, sealing, 0, None)
    card = {
        "fieldapp_county": 1,
        "name": COUNTY,
        "identity_key": b64u(point),
        "server_keys": [listed.to_json()],
        "keys_version": 1,
        "keys_signature": b64u(keys.sign_key_list(identity, 1, [listed])),
    }
    row = partner_counties.add(session, administrator, json.dumps(card).encode(), now)
    return partner_counties.confirm(session, administrator, row.partner_id, keys.fingerprint_of(point), now)


def _request(last_day: str, now: datetime) -> bytes:
    """A follow-up of somebody who lives here now."""
    plan = library.plans()["F3"]
    return rules.write(
        {
            "v": rules.VERSION, "request_id": str(uuid7(milliseconds(now))), "from_name": COUNTY,
            "contact": "顾清（演示）", "contact_phone": "199 0000 0002", "name": "乔月娥（演示）",
            "subject_id": str(uuid7(milliseconds(now))), "residence": "柳河镇青石桥村（演示）", "safe": "only_times",
            "safe_how": "晚饭后（演示）", "asked": "请看看她搬来以后的生活（演示）", "form": "F3",
            "form_version": plan.version, "plan_hash": plan.hash, "expires_on": last_day,
        }
    )  # fmt: skip
