"""A follow-up at which nobody saw her is a tried visit: said on the file as what it is, and no follow-up."""

import json
from datetime import timedelta

import pytest

from fieldapp.actions import agendas, case_events, case_moves
from fieldapp.actions.case_moves import Said
from fieldapp.casework.calendar import published
from fieldapp.casework.happened import Happened
from fieldapp.casework.schedule import plan_of
from fieldapp.casework.states import CaseState
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.models.cases import Case
from tests import factories


@pytest.fixture
def helped(app, forms, county, clock):
    """The family of the county, in help for thirty days: today its first follow-up is due."""
    with app.app_context(), writing() as rows:
        file = rows.get_one(Case, (county.district, county.case_id))
        file.state = CaseState.IN_HELP.value
        case_events.note(rows, file, Happened.HELP_BEGUN, now=clock())
    clock.advance(days=30)
    with app.app_context():
        yield


def hand_in(phone, county, clock, met, visit_id):
    told = {"kind": "scheduled", "visited_at": clock().isoformat(), "met": met}
    if met == "no":
        told["not_met_reason"] = "nobody_home"
    item = phone.fill_in(county, form="F3", visit_id=visit_id, body={"answers": {"fu": told}})
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"


def stands(county, clock):
    """The state of the file, what happened in it since help began, and when it is to be looked in on."""
    with writing() as rows:
        file = rows.get_one(Case, (county.district, county.case_id))
        kinds = [event.kind for event in case_events.events_for_clocks(rows, file)][1:]
        agenda = agendas.make(rows, county.district, county.case_id, clock())
        plan = plan_of(agendas.grounds_of(rows, agenda).followed, clock(), published())
        return file.state, kinds, [one.due.day for one in plan if one.what == "follow_up"]


def test_who_was_not_met_was_not_followed_up_and_stays_due(helped, enrolled, county, clock, at_desk):
    phone = enrolled()
    hand_in(phone, county, clock, "no", phone.new_id())
    due = day_of(clock())
    assert stands(county, clock) == (CaseState.IN_HELP, [Happened.FOLLOW_UP_TRIED], [due])
    # The file says so, and no way to its end is open
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    assert "去回访，没见到本人" in page and "已回访" not in page
    with writing() as rows:
        acting = county.acting(rows, "supervisor")
        refused = case_moves.move(rows, acting, county.case_id, CaseState.CLOSED, "goals_met", Said(), clock())
        assert [one.code for one in refused] == ["no_such_move"]


def test_who_is_met_at_the_next_try_was_followed_up(helped, enrolled, county, clock):
    phone = enrolled()
    due = day_of(clock())
    hand_in(phone, county, clock, "no", phone.new_id())
    clock.advance(days=2)
    hand_in(phone, county, clock, "yes", phone.new_id())
    assert stands(county, clock) == (
        CaseState.FOLLOW_UP,
        [Happened.FOLLOW_UP_TRIED, Happened.FOLLOWED_UP],
        [due + timedelta(days=60)],
    )


def test_a_try_is_said_once_however_many_write_of_the_visit(helped, enrolled, county, clock):
    mine, theirs = enrolled(), enrolled("second_caseworker")
    visit_id = mine.new_id()
    for phone in (mine, theirs):
        hand_in(phone, county, clock, "no", visit_id)
    assert stands(county, clock)[1] == [Happened.FOLLOW_UP_TRIED]


@pytest.mark.parametrize(("reason", "is_refused"), [("died", False), ("cannot_find", False), ("goals_met", True)])
def test_the_file_of_somebody_whom_nobody_can_see_again_is_closed_all_the_same(
    helped, enrolled, county, clock, reason, is_refused
):
    # Given that no follow-up met her, and a closure that says why
    phone = enrolled()
    hand_in(phone, county, clock, "no", phone.new_id())
    closure = json.dumps({"answers": {"cl": {"reason": reason}}}).encode()
    with writing() as rows:
        factories.record(rows, clock(), county, form="F9", answers=closure)
        rows.get_one(Case, (county.district, county.case_id)).state = CaseState.IN_HELP.value
        here = (rows, county.acting(rows, "caseworker"), county.case_id, CaseState.FOLLOW_UP)
        found = case_moves.move(*here, "", Said(), clock())
    assert [one.code for one in found] == ["followed_up"] * is_refused
    if not is_refused:
        with writing() as rows:
            here = (rows, county.acting(rows, "supervisor"), county.case_id, CaseState.CLOSED)
            assert "no_such_move" not in {one.code for one in case_moves.move(*here, "写明了", Said(), clock())}


def test_nobody_calls_a_case_followed_up_before_somebody_has_seen_her_in_this_opening(helped, enrolled, county, clock):
    phone = enrolled()

    def stands_in_the_way():
        clock.advance(minutes=1)
        with writing() as rows:
            file = rows.get_one(Case, (county.district, county.case_id))
            file.state = CaseState.IN_HELP.value
            acting = county.acting(rows, "caseworker")
            found = case_moves.move(rows, acting, county.case_id, CaseState.FOLLOW_UP, "", Said(), clock())
            return [one.code for one in found]

    # A try is none, and what was seen before the file was opened again is of another time
    assert stands_in_the_way() == ["followed_up"]
    hand_in(phone, county, clock, "no", phone.new_id())
    assert stands_in_the_way() == ["followed_up"]
    hand_in(phone, county, clock, "yes", phone.new_id())
    assert stands_in_the_way() == []
    with writing() as rows:
        case_events.note(rows, rows.get_one(Case, (county.district, county.case_id)), Happened.REOPENED, now=clock())
    assert stands_in_the_way() == ["followed_up"]
