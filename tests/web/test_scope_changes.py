"""What comes and goes when somebody's scope changes: told by the feed, without a download of all that stays."""

import pytest
from sqlalchemy import select

from fieldapp.actions import accounts, cases, teams
from fieldapp.db import reading, writing
from fieldapp.models.accounts import Person, Role
from fieldapp.models.cases import Case
from fieldapp.models.records import Kept, Revision
from sync import wire
from tests import factories


def move(app, county, clock, region, who="caseworker", role=Role.CASEWORKER):
    """An administrator gives somebody a role in a region, and takes the others away."""
    with app.app_context(), writing() as session:
        acting = county.acting(session, "administrator")
        accounts.change_role(session, acting, getattr(county, f"{who}_id"), role, region, clock())


def other_family(app, county, clock):
    """A family in the other township that the caseworker visits too."""
    with app.app_context(), writing() as session:
        case_id = factories.case(session, clock(), village=county.other_village)
        factories.assign(session, clock(), case_id, county.caseworker_id)
    return case_id


def kinds(phone):
    """What the next contact brings, by ref, and how many bytes the reply is; nothing begins afresh by it."""
    request = phone.device.request()
    response = phone.post(request)
    head, _ = wire.read_frame(response.data, wire.REPLY_HEAD_BYTES_MAX)
    phone.device.apply(request, response.data)
    assert [one["kind"] for one in head["directives"] if one["kind"] == "resync"] == []
    return {one["ref"]: one["kind"] for one in head["page"]["changes"]}, len(response.data)


def test_who_moves_to_a_township_loses_the_families_of_the_other_and_fetches_nothing_twice(
    app, enrolled, county, clock
):
    # Given somebody with a family in each of two townships, and all plans on her phone
    other = other_family(app, county, clock)
    phone = enrolled()
    whole = 0
    while whole == 0 or phone.device.more:
        request = phone.device.request()
        response = phone.post(request)
        phone.device.apply(request, response.data)
        whole += len(response.data)
    # When she works in one of them alone
    move(app, county, clock, county.other_village[:9])
    told, size = kinds(phone)
    # Then the family of the other goes, and nothing that stays comes again
    assert told == {"me": "put", f"case:{county.case_id}": "out"}
    assert f"case:{county.case_id}" not in phone.device.held and f"case:{other}" in phone.device.held
    assert size < 2_500 < whole / 20
    # And back again it comes, as much of it as ever
    move(app, county, clock, county.district)
    told, _ = kinds(phone)
    assert told == {"me": "put", f"case:{county.case_id}": "put"} and f"case:{other}" in phone.device.held


def test_another_role_pulls_everything_afresh(app, enrolled, county, clock):
    phone = enrolled()
    phone.sync_all()
    with app.app_context(), reading() as session:
        before = session.get_one(Person, (county.district, county.caseworker_id)).view_version
    move(app, county, clock, county.district, role=Role.VILLAGE)
    assert {"kind": "resync"} in phone.sync()["directives"]
    with app.app_context(), reading() as session:
        assert session.get_one(Person, (county.district, county.caseworker_id)).view_version == before + 1


@pytest.mark.parametrize("how", ["moved", "taken off", "related"])
def test_unsent_work_on_a_family_that_leaves_is_answered_before_it_goes_and_kept(app, enrolled, county, clock, how):
    phone = enrolled()
    phone.sync_all()
    item = phone.fill_in(county)
    with app.app_context(), writing() as session:
        supervisor = county.acting(session, "supervisor")
        if how == "taken off":
            cases.end_assignment(session, supervisor, county.case_id, county.caseworker_id, clock())
        elif how == "related":
            teams.note_related(session, supervisor, county.case_id, county.caseworker_id, clock())
    if how == "moved":
        move(app, county, clock, county.other_village[:9])
    told, _ = kinds(phone)
    # The one answer holds both: the work is kept for a person, and the family goes
    assert told[f"case:{county.case_id}"] == "out"
    assert (phone.result(item)["status"], phone.result(item)["reason"]) == ("quarantined", "not_yours")
    with app.app_context(), reading() as session:
        assert session.scalars(select(Kept)).one().case_id == county.case_id
        assert session.scalars(select(Revision)).all() == []


def test_a_family_that_came_into_sight_by_the_move_comes_and_her_phone_is_asked_nothing(app, enrolled, county, clock):
    move(app, county, clock, county.other_village[:9])
    phone = enrolled()
    phone.sync_all()
    assert f"case:{county.case_id}" not in phone.device.held
    move(app, county, clock, county.district)
    assert kinds(phone)[0][f"case:{county.case_id}"] == "put"
    with app.app_context(), reading() as session:
        village = session.get_one(Case, (county.district, county.case_id)).village_code
    assert phone.device.held[f"case:{county.case_id}"]["village"]["code"] == village
