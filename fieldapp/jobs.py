"""What the worker does: findings, audit chain, expiries, old delays and files, the hourly backup with its safe marks.

Each job is a function that does what is due now and returns how much it did; `run` only calls them round and round.
Tests call the jobs, they never wait for them.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from fieldapp.actions import (
    agendas,
    backups,
    chains,
    entrusted_upkeep,
    erasures,
    expiries,
    feed_upkeep,
    file_upkeep,
    hooks,
    imports,
    kept_apart,
    passkeys,
    proxies,
    sign_in,
    tallies,
    teams,
)
from fieldapp.actions.backups import BackupFailed
from fieldapp.actions.findings import findings_of
from fieldapp.blobs import BlobStore
from fieldapp.blobs.chosen import store_of
from fieldapp.config import Config
from fieldapp.crypto.rest import RestError
from fieldapp.days import is_over
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import health, reporters, server_keys, settings
from fieldapp.models.records import Findings, Revision

PAUSE_S = 3
FINDINGS_MAX = 50  # one transaction each
KEYS_EVERY = timedelta(days=91)
TALLIES_EVERY = timedelta(seconds=60)  # it asks the same, and pages of figures are right without it, only slower
AGENDAS_EVERY = timedelta(seconds=15)  # it asks of every family whether something happened
log = structlog.get_logger()


def compute_findings(now: datetime) -> int:
    """Findings of revisions that have none yet. One that does not open holds up nobody behind it."""
    after = UUID(int=0)
    while True:
        missing = _without_findings(after)
        done = sum(_compute(district, revision_id, now) for district, revision_id in missing)
        if done or len(missing) < FINDINGS_MAX:
            return done
        after = missing[-1][1]


def _without_findings(after: UUID) -> list[tuple[str, UUID]]:
    same = (Findings.district == Revision.district) & (Findings.revision_id == Revision.revision_id)
    wanted = (
        select(Revision.district, Revision.revision_id)
        .outerjoin(Findings, same)
        .where(Findings.revision_id.is_(None), Revision.revision_id > after)
    )
    with reading() as session:
        found = session.execute(wanted.order_by(Revision.revision_id).limit(FINDINGS_MAX))
        return [(district, revision_id) for district, revision_id in found]


def _compute(district: str, revision_id: UUID, now: datetime) -> bool:
    try:
        with writing() as session:
            findings_of(session, session.get_one(Revision, (district, revision_id)), now)
    except RestError as error:
        log.error("stored_damaged", what=str(error), revision=str(revision_id))
        return False
    except Problem:
        return False  # erased by law: nothing is left to be said of it
    return True


def seal_reporters_apart() -> int:
    """Once: put who told us under the key kept for that, where it was stored before there was one."""
    with reading() as session:
        if settings.get(session, settings.REPORTERS_APART) == settings.ALL_APART:
            return 0
        families, packages = reporters.families(session), kept_apart.waiting(session)
    done = 0
    for district, case_id in families:
        with writing() as session:
            done += reporters.move(session, district, case_id)
    for at in range(0, len(packages), kept_apart.AT_ONCE):
        with writing() as session:
            done += kept_apart.move(session, packages[at : at + kept_apart.AT_ONCE])
    with writing() as session:
        settings.put(session, settings.REPORTERS_APART, settings.ALL_APART)
    return done


def extend_chains(now: datetime) -> int:
    """Number, chain and sign the audit rows that were committed since the last call."""
    with reading() as session:
        districts = chains.districts_waiting(session)
    done = 0
    for district in districts:
        with writing() as session:
            done += chains.extend(session, district, now)
    return done


def check_chains(now: datetime) -> int:
    """Walk on along the audit chains, so that the auditor sees up to where they were checked."""
    done = 0
    with reading() as session:
        found = [(district, chains.check_on(session, district, now)) for district in chains.districts_chained(session)]
    for district, check in found:
        if check is not None:
            with writing() as session:
                chains.keep_check(session, district, check)
            done += 1
    return done


def end_holds(now: datetime) -> int:
    """Put reports back into the queue whose reviewer's 30 minutes are over."""
    with reading() as session:
        over = expiries.holds_over(session, now)
    for district, review_id in over:
        with writing() as session:
            expiries.end_hold(session, district, review_id, now)
    return len(over)


def forget_lists(now: datetime) -> int:
    """Delete lists of families that were uploaded a month ago."""
    with writing() as session:
        return imports.forget_old(session, now)


def end_memberships(now: datetime) -> int:
    """Take off a case whose last day on its team is over."""
    with reading() as session:
        over = teams.over(session, now)
    for district, case_id, person_id in over:
        with writing() as session:
            teams.end_over(session, district, case_id, person_id, now)
    return len(over)


def keep_agendas(now: datetime) -> int:
    """Gather what is to be done by when of the families where something happened, or whose date is over."""
    with reading() as session:
        waiting = agendas.waiting(session, now)
    return sum(_keep_agenda(district, case_id, now) for district, case_id in waiting)


def _keep_agenda(district: str, case_id: UUID, now: datetime) -> bool:
    try:
        with writing() as session:
            agendas.make(session, district, case_id, now)
    except RestError as error:
        log.error("stored_damaged", what=str(error), case=str(case_id))
        return False
    except Problem:
        return False  # erased by law: nothing is left to be done
    except Exception:
        log.exception("agenda_failed", case=str(case_id))  # one family's trouble is not that of all others
        return False
    return True


def keep_tallies(now: datetime) -> int:
    """Keep what counts of the reports of families where something was approved or moved; of all of them after an
    upgrade that counts something else. Until that is done a page of statistics reads the reports itself.
    """
    with reading() as session:
        districts = tallies.districts_of(session)
    return sum(_keep_tallies(district, now) for district in districts)


def _keep_tallies(district: str, now: datetime) -> int:
    kept = 0
    try:
        while made := _keep_some_tallies(district, now):
            kept += made
    except RestError as error:
        log.error("stored_damaged", what=str(error), district=district)
    return kept


def _keep_some_tallies(district: str, now: datetime) -> int:
    with writing() as session:  # one transaction of many: who sends reports waits for some families, not for a county
        return tallies.keep(session, district, now)


def keep_no_longer(now: datetime) -> int:
    """Erase leads that came to nothing, households of rounds, copies of drafts, and what another county sent and nobody
    opened, after their days; and what phones sent of a family that was erased.
    """
    with reading() as session:
        leads, copies = erasures.rejected_over(session, now), expiries.copies_over(session, now)
        late = erasures.kept_of_erased(session)
        asked, refused = entrusted_upkeep.over(session, now), entrusted_upkeep.refused_over(session, now)
    _each(leads, erasures.erase_rejected, now)
    _each(asked, entrusted_upkeep.forget_request, now)
    _each(refused, entrusted_upkeep.empty_refused, now)
    _each(copies, expiries.drop_copy, now)
    _each(late, erasures.empty_kept, now)
    return len(leads) + len(copies) + len(late) + len(asked) + len(refused)


def _each(found: Iterable[tuple[Any, ...]], end: Callable[..., object], now: datetime) -> None:
    """Each in a transaction of its own: one that cannot be ended holds up none of the others."""
    for one in found:
        try:
            with writing() as session:
                end(session, *one, now)
        except (RestError, DBAPIError, Problem) as error:
            log.error("retention_failed", what=type(error).__name__, district=one[0], row=str(one[1]))


def rotate_server_keys(now: datetime) -> int:
    """A new key for phones to seal to, each quarter; they are told at their next exchange."""
    with reading() as session:
        is_due = server_keys.list_version(session) > 0 and is_over(server_keys.newest_since(session), KEYS_EVERY, now)
    if not is_due:
        return 0
    with writing() as session:
        server_keys.rotate(session, now)
    return 1


def forget_delays(now: datetime) -> int:
    """Remove failed sign-ins that nobody has to wait for any more, and challenges too old to be answered again."""
    with writing() as session:
        return sign_in.forget_old_delays(session, now) + passkeys.forget_old_challenges(session, now)


def back_up(config: Config, now: datetime) -> int:
    """Make and verify the hourly backup where it is due; a failure is kept for the desk, and tried again later."""
    with reading() as session:
        if settings.get(session, settings.DEMO) or not backups.is_due(session, now):
            return 0
        configured = "1" if config.backup_dir else ""
        must_say = (settings.get(session, health.BACKUP_CONFIGURED) or "") != configured
    if must_say:
        with writing() as session:
            settings.put(session, health.BACKUP_CONFIGURED, configured)
    if config.backup_dir is None:
        return 0
    try:
        verified = backups.make(config, now)
        with writing() as session:
            backups.mark_safe(session, verified, now)
    except (BackupFailed, DBAPIError) as error:
        # Also where the database takes no mark: else the whole of it would be copied again with each round.
        failure = error if isinstance(error, BackupFailed) else BackupFailed(f"database: {type(error.orig).__name__}")
        log.error("backup_failed", why=str(failure))
        with writing() as session:
            backups.note_failure(session, failure, now)
        return 0
    return 1


def forget_gone(now: datetime) -> int:
    """Once a day: forget the rows of the feed that say of something for 400 days that it is gone."""
    with reading() as session:
        if not feed_upkeep.is_due(session, now):
            return 0
        districts = feed_upkeep.districts(session)
    done = 0
    for district in districts:
        with writing() as session:
            done += feed_upkeep.forget(session, district, now)
    with writing() as session:
        feed_upkeep.note(session, now)
    return done


def check_proxy(config: Config, now: datetime) -> int:
    """Once a day: whether what stands in front of us lets bytes through as they come. A machine of its own has none."""
    if not config.is_public:
        return 0
    with reading() as session:
        if not proxies.is_due(session, now):
            return 0
    result = proxies.probe(config.phone_origin)
    if result is health.ProxyResult.BUFFERS:
        log.warning("proxy_buffers", origin=config.phone_origin, see="docs/operations.md, The proxy")
    with writing() as session:
        proxies.keep(session, result, now)
    return 1


def sweep_files(store: BlobStore, now: datetime) -> int:
    """Once an hour: forget files that nobody needs any more."""
    with reading() as session:
        if not file_upkeep.is_due(session, now):
            return 0
    with writing() as session:
        found = file_upkeep.give_up(session, now)
    with reading() as session:
        return file_upkeep.sweep(session, store, found, now)


class Paced:
    """A job that need not run with each round."""

    def __init__(self, every: timedelta, job: Callable[[datetime], int]) -> None:
        self._every, self._job = every, job
        self._last: datetime | None = None

    def __call__(self, now: datetime) -> int:
        if self._last is not None and not is_over(self._last, self._every, now):
            return 0
        self._last = now
        return self._job(now)


def run(config: Config, clock: Callable[[], datetime], stop: Event, once: bool = False) -> None:
    """Do what is due, pause, repeat, until `stop` is set. One failing job does not stop the others."""
    store, teller, agenda_keeper = store_of(config), hooks.Teller(config.hooks), Paced(AGENDAS_EVERY, keep_agendas)
    tally_keeper = Paced(TALLIES_EVERY, keep_tallies)
    jobs: list[tuple[str, Callable[[], int]]] = [
        ("reporters", seal_reporters_apart),
        ("findings", lambda: compute_findings(clock())),
        ("chains", lambda: extend_chains(clock())),
        ("checks", lambda: check_chains(clock())),
        ("holds", lambda: end_holds(clock())),
        ("lists", lambda: forget_lists(clock())),
        ("teams", lambda: end_memberships(clock())),
        ("agendas", lambda: agenda_keeper(clock())),
        ("tallies", lambda: tally_keeper(clock())),
        ("retention", lambda: keep_no_longer(clock())),
        ("delays", lambda: forget_delays(clock())),
        ("keys", lambda: rotate_server_keys(clock())),
        ("files", lambda: sweep_files(store, clock())),
        ("feed", lambda: forget_gone(clock())),
        ("proxy", lambda: check_proxy(config, clock())),
        ("hooks", lambda: teller.tell(clock())),
        ("backup", lambda: back_up(config, clock())),
    ]
    while True:
        for name, job in jobs:
            try:
                done = job()
            except (
                Exception
            ) as error:  # the next round tries again; the type alone is logged: a text may hold an answer
                log.error("job_failed", job=name, kind=type(error).__name__)
            else:
                if done:
                    log.info("job_done", job=name, count=done)
        if once or stop.wait(PAUSE_S):
            return
