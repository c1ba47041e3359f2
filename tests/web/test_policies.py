"""What administrators decide about phones: within bounds, the most exact decision wins, and phones learn it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from fieldapp.actions import policies
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import bundles
from fieldapp.models.accounts import Role
from fieldapp.models.feed import FeedRow
from fieldapp.models.policies import RULES, Number, of
from tests import factories


def decide(county, clock, region, role="", who="administrator", **values):
    with writing() as session:
        return policies.decide(session, county.acting(session, who), region, role, values, clock())


def in_force(county, region, role):
    with reading() as session:
        return of(session, county.district, region, role)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if isinstance(rule, Number)])
def test_every_number_has_bounds_both_ways_and_its_default_lies_within(name):
    rule = RULES[name]
    for role in (None, *Role):
        assert rule.minimum <= rule.default_for(role) <= rule.maximum
    assert rule.read(str(rule.minimum)) == rule.minimum and rule.read(str(rule.maximum)) == rule.maximum
    assert rule.read(str(rule.minimum - 1)) is rule.read(str(rule.maximum + 1)) is None


@given(st.text(max_size=12))
def test_whatever_is_typed_is_a_value_within_bounds_or_none(text):
    for rule in RULES.values():
        value = rule.read(text)
        assert value is None or rule.read(rule.write(value)) == value


def test_the_most_exact_decision_wins(county, clock, app):
    with app.app_context():
        decide(county, clock, "990101", idle_s="600")
        decide(county, clock, "990101", Role.VILLAGE, idle_s="120")
        decide(county, clock, "990101100", idle_s="240")
        assert in_force(county, "990101", Role.CASEWORKER)["idle_s"] == 600
        assert in_force(county, "990101200201", Role.VILLAGE)["idle_s"] == 120
        assert in_force(county, "990101100201", Role.VILLAGE)["idle_s"] == 240  # the place before the role
        decide(county, clock, "990101100", idle_s="")
        assert in_force(county, "990101100201", Role.VILLAGE)["idle_s"] == 120


@pytest.mark.parametrize(
    "values",
    [
        {"idle_s": "59"},
        {"idle_s": "901"},
        {"pin_digits": "5"},
        {"ways": "pin"},
        {"ways": "secret face"},
        {"training": "2"},
    ],
)
def test_beyond_the_bounds_nothing_is_decided(county, clock, app, values):
    with app.app_context():
        with pytest.raises(Problem, match="policy_out_of_bounds"):
            decide(county, clock, "990101", preload_h="24", **values)
        assert in_force(county, "990101", None)["preload_h"] == 72


def test_a_decision_is_told_to_the_phones_of_those_it_concerns_alone(county, clock, enrolled):
    for who in ("caseworker", "cadre"):
        enrolled(who).sync_all()

    def told():
        with reading() as reader:
            rows = reader.scalars(select(FeedRow).where(FeedRow.ref == "me"))
            return {row.person_id: row.version for row in rows}

    cadre, caseworker = county.cadre_id, county.caseworker_id
    before = told()
    decide(county, clock, "990101100", idle_s="240")
    assert told() == {**before, cadre: before[cadre] + 1}
    decide(county, clock, "990101100", idle_s="240")  # the same again changes nothing
    assert told() == {**before, cadre: before[cadre] + 1}
    decide(county, clock, "990101", Role.CASEWORKER, idle_s="180")
    # Who has no phone is told nothing: she gets all of it with her first
    assert told() == {cadre: before[cadre] + 1, caseworker: before[caseworker] + 1}


def test_a_phone_learns_a_decision_at_its_next_contact(enrolled, county, clock):
    phone = enrolled()
    phone.sync_all()
    decide(county, clock, "990101", Role.CASEWORKER, ways="secret", lease_days="3", preload_h="0")
    head = phone.sync()
    # Herself, and the family whose visit is near; nothing of what stays as it was
    refs = [change["ref"] for change in head["page"]["changes"]]
    assert sorted(refs) == [f"case:{county.case_id}", "me"] and not phone.device.more
    assert "resync" not in [directive["kind"] for directive in head["directives"]]
    policy = phone.device.held["me"]["policy"]
    assert policy["ways"] == ["secret"] and policy["preload_h"] == 0
    assert policy["lease_until"] == int(clock().timestamp()) * 1000 + 3 * 86_400_000


def test_every_phone_learns_at_its_next_contact_what_the_server_switched_off(enrolled, clock):
    caseworker, cadre = enrolled("caseworker"), enrolled("cadre")
    for phone in (caseworker, cadre):
        phone.sync_all()
        assert phone.device.held["me"]["policy"]["off"] == []
    for kinds in (["photo", "audio"], []):
        with writing() as session:
            policies.switch_off(session, kinds, clock())
        for phone in (caseworker, cadre):
            assert [change["ref"] for change in phone.sync()["page"]["changes"]] == ["me"]
            assert phone.device.held["me"]["policy"]["off"] == kinds


def test_how_many_hours_are_preloaded_decides_which_families_come_whole(county, session, clock):
    acting = county.acting(session, "caseworker")
    session.rollback()
    clock.advance(days=-2)
    with reading() as reader:
        assert bundles.cases_of(reader, acting, [county.case_id], clock())[county.case_id]["preloaded"]
    decide(county, clock, "990101", preload_h="24")
    with reading() as reader:
        assert not bundles.cases_of(reader, acting, [county.case_id], clock())[county.case_id]["preloaded"]


def test_only_an_administrator_of_the_place_decides(county, clock, app, session):
    factories.person(session, clock(), Role.ADMINISTRATOR, "990101100", login="east")
    session.commit()
    for who, region in (("supervisor", "990101"), ("administrator", "990102"), ("administrator", "")):
        with pytest.raises(Problem, match="not_found"):
            decide(county, clock, region, who=who, idle_s="120")


def test_the_page_keeps_what_was_typed_and_says_the_bounds(at_desk, county, session):
    desk = at_desk("administrator")
    desk.prove()
    values = {"region": "990101", "role": "village", "idle_s": "30", "preload_h": "24"}
    assert desk.post("/admin/policy", **values).status_code == 422
    assert "60–900" in desk.page and 'value="30"' in desk.page
    assert desk.post("/admin/policy", **{**values, "idle_s": "120", "ways": "secret"}).status_code == 303
    page = desk.get("/admin/policy?region=990101&role=village").text
    assert 'value="120"' in page
    assert in_force(county, "990101", "village")["ways"] == ["secret"]
    assert desk.get("/admin/policy?region=990102").status_code == 404
    assert desk.get("/admin/policy?role=auditor").status_code == 404
