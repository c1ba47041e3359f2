"""Facts about this database that stand in no file: one row each in `setting`, small texts, nothing secret."""

import json
from collections.abc import Iterable
from typing import TypedDict

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from fieldapp.models import plain
from fieldapp.models.accounts import Setting

EPOCH = "epoch"  # of the feed: changed by a restore, so that phones notice
TOMBSTONES = "tombstones"  # "1": a log of what must stay gone was begun beside this database
TOMBSTONES_LOST_AT = "tombstones_lost_at"  # ms: then the log was missing, and everything was stopped
REPORTERS_APART = "reporters_apart"  # ALL_APART: nothing of who told us lies under another key any more
ALL_APART = "2"  # "1" said it of families alone, not of packages kept aside
DEMO = "demo"  # "1": invented people
LOCAL_NUMBERS = "local_numbers"  # JSON list of HelpNumber
FEED_SWEPT_AT = "feed_swept_at"  # ms: then rows of the feed that are gone for long were looked for
FILES_SWEPT_AT = "files_swept_at"  # ms: then files that nobody needs any more were looked for
OFF = "off"  # names of POLICIES, blanks between
VALUE_CHARS_MAX = 500
# Kinds of questions that can be switched off (docs/forms.md 7.1).
POLICIES = ("photo", "audio", "location")


class HelpNumber(TypedDict):
    """A number to call in danger: {"number": "110", "label": {"zh": …, "en": …}}."""

    number: str
    label: dict[str, str]


NATIONAL_NUMBERS: tuple[HelpNumber, ...] = (
    {"number": "110", "label": {"zh": "报警", "en": "Police"}},
    {"number": "120", "label": {"zh": "急救", "en": "Ambulance"}},
    {"number": "12338", "label": {"zh": "妇女维权热线", "en": "Women's rights hotline"}},
)


def get(session: Session, name: str) -> str | None:
    """The value, or None when it was never set."""
    row = session.get(Setting, name)
    return None if row is None else row.value


_setting = Setting.__table__.c
_SEVERAL = select(_setting.name, _setting.value).where(_setting.name.in_(bindparam(plain.IDS, expanding=True)))


def several(session: Session, *names: str) -> dict[str, str | None]:
    """The values of these names in one question, None for each that was never set."""
    found: dict[str, str | None] = dict(plain.ask(session, _SEVERAL, names))
    return dict.fromkeys(names) | found


def put(session: Session, name: str, value: str) -> None:
    """Set a value. Raises ValueError over VALUE_CHARS_MAX."""
    if len(value) > VALUE_CHARS_MAX:
        raise ValueError(f"the setting {name} is longer than {VALUE_CHARS_MAX} characters")
    row = session.get(Setting, name)
    if row is None:
        session.add(Setting(name=name, value=value))
    else:
        row.value = value
    session.flush()


def help_numbers(session: Session) -> list[HelpNumber]:
    """110, 120, 12338, then the county's own numbers. Public: they are shown before anyone signs in."""
    return [*NATIONAL_NUMBERS, *json.loads(get(session, LOCAL_NUMBERS) or "[]")]


def policies_off(session: Session) -> list[str]:
    """The kinds of questions that are switched off here."""
    return (get(session, OFF) or "").split()


def switch_off(session: Session, policies: Iterable[str]) -> None:
    """Switch off questions of exactly these kinds. Raises ValueError for a kind there is none of."""
    wanted = set(policies)
    if unknown := wanted - set(POLICIES):
        raise ValueError(f"no such kind of question: {', '.join(sorted(unknown))}")
    put(session, OFF, " ".join(policy for policy in POLICIES if policy in wanted))
