"""PROTECT is never held up: each guard that can refuse a move is brought to refuse, and two presses protect still.

The first press opens the file, the second one protects. On the phone two taps reach help from every screen
(tests/browser/test_urgent.py); whatever else is wrong with a phone, its call is taken (tests/unit/sync/test_push.py).
"""

from datetime import timedelta

import pytest
from sqlalchemy import text

from fieldapp.actions import case_events, dispatches, protections, reviews, standing, women
from fieldapp.casework.happened import Happened
from fieldapp.casework.move_guards import GUARDS
from fieldapp.casework.states import ANYBODY, MOVES, CaseState, refusals
from fieldapp.db import writing
from fieldapp.models import bodies
from fieldapp.models.cases import Case, Visit
from tests import factories, papers, plans_of_help, reports

# These speak of a file that is not there yet, of whether a person asks at all, and of protection itself.
NOT_IN_A_FILE = {"channel_known", "danger_asked", "decided_by_person", "protection_over"}


def nothing_said(session, county, clock):
    """Nobody goes, nobody consented, nothing was written, met about, decided or given; and women are asked for."""
    women.ask(session, county.acting(session, "supervisor"), county.case_id, "她想和女同志说", clock())
    session.get_one(Visit, (county.district, county.visit_id)).state = "cancelled"


def all_open(session, county, clock):
    """Everything was begun, and nothing is at its end."""
    now, district = clock(), county.district
    record_id, _ = factories.record(
        session, now, county, answers=reports.body(reports.investigation(county.subject_id), now)
    )
    supervisor = county.acting(session, "supervisor")
    reviews.open_review(session, supervisor, record_id, now)
    reviews.add_remark(session, supervisor, record_id, path="hh.head", kind="must_fix", text="写全名", ways=[], now=now)
    papers.approved(session, now, county)
    plans_of_help.assessment(session, now, county, "red", order_until=(now + timedelta(days=90)).date().isoformat())
    plans_of_help.report(session, now, county, "F9", {"cl": {"feedback_done": "no"}}, state="submitted", commits=False)
    file = session.get_one(Case, (district, county.case_id))
    case_events.note(session, file, Happened.REPORT_DUE, now=now, sensitivity="violence")
    case_events.note(session, file, Happened.LETTER_SENT, now=now)
    measure = plans_of_help.measure(session, now, county, commits=False)
    _, department_id = plans_of_help.liaison(session, now, county, commits=False)
    told = {"purpose": "临时救助", "asked": "请受理", "reach": "只通过县妇联"}
    dispatches.send(session, supervisor, county.case_id, measure, department_id, **told, now=now)


def refused_now(session, county, clock):
    """The codes of every guard that refuses some move of this file, whoever asks."""
    file = session.get_one(Case, (county.district, county.case_id))
    known = standing.standing_of(session, county.acting(session, "caseworker"), file, clock())
    found = {
        one.code for move in MOVES.values() if move.start for one in refusals(move.start, move.end, ANYBODY, known)
    }
    session.commit()
    return found


def protected(session, county):
    session.expire_all()
    file = session.get_one(Case, (county.district, county.case_id))
    since = protections.beside_of(session, county.acting(session, "supervisor"), file).protected_since
    session.commit()
    return since is not None


def press_twice(desk, county):
    page = desk.get(f"/cases/{county.case_id}")
    assert f'action="/cases/{county.case_id}/protect"' in page.text
    return desk.post(f"/cases/{county.case_id}/protect")


def test_every_guard_there_is_refuses_in_one_of_these_two_files(forms, county, session, clock):
    nothing_said(session, county, clock)
    bare = refused_now(session, county, clock)
    session.get_one(Visit, (county.district, county.visit_id)).state = "planned"
    all_open(session, county, clock)
    assert bare | refused_now(session, county, clock) == set(GUARDS) - NOT_IN_A_FILE


@pytest.mark.parametrize("stand", [nothing_said, all_open])
@pytest.mark.parametrize("who", ["supervisor", "caseworker"])
def test_two_presses_protect_with_every_guard_in_the_way(at_desk, forms, county, session, clock, stand, who):
    stand(session, county, clock)
    session.commit()
    desk = at_desk(who)
    assert press_twice(desk, county).status_code == 303
    assert protected(session, county)


def closed(session, county):
    session.get_one(Case, (county.district, county.case_id)).state = CaseState.CLOSED


def without_audit(session, county):
    session.execute(text("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"))


def erased(session, county):
    bodies.erase_case_key(session, county.district, county.case_id)


@pytest.mark.parametrize("hindrance", [closed, without_audit, erased])
def test_neither_an_end_nor_a_full_database_nor_an_erased_family_stops_the_second_press(
    at_desk, forms, county, session, clock, hindrance
):
    all_open(session, county, clock)
    session.commit()
    desk = at_desk("supervisor")
    hindrance(session, county)
    session.commit()
    assert desk.post(f"/cases/{county.case_id}/protect").status_code == 303
    with writing() as rows:
        rows.execute(text("DROP TRIGGER IF EXISTS full"))
    assert protected(session, county)


def test_neither_is_it_asked_for_a_fresh_proof_or_anything_typed(at_desk, county, session, clock):
    desk = at_desk("caseworker")
    clock.advance(minutes=14)  # her proof is no fresh one any more, her session lives
    assert press_twice(desk, county).status_code == 303
    assert protected(session, county)
