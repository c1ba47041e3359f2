"""Telling people outside of the app that work waits: by the organisation's own gateway for SMS or enterprise chat.

What leaves this server holds no name, no family and no reason: whom it is for (her login, by which the gateway knows
where to reach her), how many, and a sentence that says only that. It goes to the configured address and nowhere else:
no redirect is followed. The worker does it; no act ever waits for it, and what fails is tried again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from fieldapp.actions import duty
from fieldapp.config import Hook
from fieldapp.db import reading, writing
from fieldapp.models import settings, work
from fieldapp.models.accounts import Role, acting_for

TIMEOUT_S = 5.0
ROUND_MAX = 50  # messages of one round: the worker has other things to do
# A danger waits for a supervisor; visits and returned reports bear a quarter of an hour.
EVERY = {
    (Role.SUPERVISOR,): timedelta(minutes=1),
    work.ON_PHONES: timedelta(minutes=15),
    (Role.LIAISON,): timedelta(minutes=15),
}
RETRY_FIRST, RETRY_MAX = timedelta(minutes=1), timedelta(hours=1)
_ABOUT_HER = (400, 404, 410, 422)  # the gateway knows nobody of this login, or takes nothing for her
log = structlog.get_logger()


class Undelivered(Exception):
    """The gateway did not take it. `is_for_all`: nor would it take another now."""

    def __init__(self, why: str, *, is_for_all: bool) -> None:
        super().__init__(why)
        self.is_for_all = is_for_all


@dataclass(frozen=True)
class Due:
    """Somebody to be told, and what she was told last."""

    person_id: UUID
    login: str
    count: int
    told: int


class Teller:
    """Tells who has more work than she was last told of. What was told is on disk, waiting times are its own."""

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self._hooks = hooks
        self._asked: dict[tuple[str, tuple[Role, ...]], datetime] = {}
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, datetime] = {}
        self._refused: dict[tuple[str, UUID], datetime] = {}  # of whom alone nothing is taken: until when she waits

    def tell(self, now: datetime) -> int:
        """Tell whom it is time to tell; how many were told."""
        due = [(hook, roles) for hook in self._hooks for roles in EVERY]
        return sum(self._tell(hook, roles, now) for hook, roles in due if self._is_due(hook, roles, now))

    def _is_due(self, hook: Hook, roles: tuple[Role, ...], now: datetime) -> bool:
        rests = self._rests_until.get(hook.kind)
        last = self._asked.get((hook.kind, roles))
        return (rests is None or now >= rests) and (last is None or now - last >= EVERY[roles])

    def _tell(self, hook: Hook, roles: tuple[Role, ...], now: datetime) -> int:
        with reading() as session:
            due = _due(session, hook.kind, roles, now)
        # Those whom the gateway does not know stand in nobody's place.
        due = [one for one in due if self._refused.get((hook.kind, one.person_id), now) <= now]
        told = 0
        for one in due[:ROUND_MAX]:
            if one.count > one.told:
                try:
                    post(hook, message(one.login, one.count))
                except Undelivered as error:
                    if error.is_for_all:
                        self._fail(hook, str(error), now)
                        return told
                    log.warning("hook_refused", hook=hook.kind, why=str(error))
                    self._refused[hook.kind, one.person_id] = now + EVERY[roles]
                    continue
                self._failures[hook.kind] = 0
                told += 1
            with writing() as session:
                settings.put(session, _mark(hook.kind, one.person_id), str(one.count))
        if len(due) <= ROUND_MAX:
            self._asked[hook.kind, roles] = now
        return told

    def _fail(self, hook: Hook, why: str, now: datetime) -> None:
        failures = self._failures[hook.kind] = self._failures.get(hook.kind, 0) + 1
        self._rests_until[hook.kind] = now + min(RETRY_MAX, RETRY_FIRST * 2 ** min(failures - 1, 10))
        log.warning("hook_failed", hook=hook.kind, why=why, failures=failures)


def message(login: str, count: int) -> dict[str, object]:
    """All that is ever said (docs/operations.md)."""
    return {
        "v": 1,
        "kind": "work",
        "to": login,
        "count": count,
        "text": {
            "zh": f"您有 {count} 项工作待处理，请打开应用或登录审核台查看。",
            "en": f"{count} item(s) of work wait for you. Open the app or sign in at the desk.",
        },
    }


def post(hook: Hook, said: dict[str, object]) -> None:
    """Hand a message to a gateway. Raises Undelivered for anything but a 2xx of that very address."""
    parts = urlsplit(hook.url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        body = json.dumps(said, ensure_ascii=False).encode()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise Undelivered(type(error).__name__, is_for_all=True) from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise Undelivered(f"status {status}", is_for_all=status not in _ABOUT_HER)


def _due(session: Session, kind: str, roles: tuple[Role, ...], now: datetime) -> list[Due]:
    """Those whose number is another than they were told."""
    people = work.people_with(session, roles)
    marks = settings.several(session, *(_mark(kind, person_id) for _, person_id, _ in people))
    found = []
    for district, person_id, login in people:
        acting = acting_for(session, district, person_id, now)
        # Of a danger who is on duty hears first (actions/duty.py).
        count = 0 if acting is None else work.waiting_for(session, acting) - duty.unheard(session, acting, now)
        told = int(marks[_mark(kind, person_id)] or 0)
        if count != told:
            found.append(Due(person_id, login, count, told))
    return found


def _mark(kind: str, person_id: UUID) -> str:
    return f"{kind}:{person_id.hex}"
