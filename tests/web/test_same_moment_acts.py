"""Two acts of the desk on one family, or with one file, at the same moment, on PostgreSQL: the second waits for the
first, and then sees what it did. (SQLite lets one writer in at a time: BEGIN IMMEDIATE.)
"""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from fieldapp.actions import (
    agendas,
    cases,
    entrusted,
    erasures,
    key_care,
    other_side,
    partner_counties,
    rhythms,
    rights_requests,
    shelters,
    teams,
    women,
)
from fieldapp.actions.rights_requests import Asked
from fieldapp.db import moment, reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Person, Role, Sex, acting_for
from fieldapp.models.agendas import Agenda
from fieldapp.models.both_sides import OtherSideTask, ShelterStay
from fieldapp.models.cases import Assignment, TeamRole, Visit, VisitPurpose
from fieldapp.models.entrusting import EntrustedIn, PartnerCounty
from fieldapp.models.key_care import KeyCare
from fieldapp.models.rights_requests import RequestKind
from tests import factories, plans_of_help, two_counties
from tests.web.test_same_moment import started

pytestmark = pytest.mark.postgres
ON = date(2026, 12, 3)


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


@pytest.fixture
def ours(app, session, county, clock, forms):
    """The county, with a man who works in it and is on no team, and two approved measures: of him, and a shelter."""
    him = factories.person(session, clock(), Role.CASEWORKER, county.district, name="何远", login="apart")
    session.get_one(Person, (county.district, him)).sex = Sex.MAN
    of_him = plans_of_help.measure(session, clock(), county, kind="offender_education", status="in_progress")
    shelter = plans_of_help.measure(session, clock(), county, kind="shelter", status="in_progress")
    session.commit()
    return Ours(app, county, clock, him, of_him, shelter)


class Ours:
    """What is done in this county, each act in a transaction of its own or in the one that is given."""

    def __init__(self, app, county, clock, him, of_him, shelter):
        self.app, self.county, self.clock = app, county, clock
        self.him, self.of_him, self.shelter = him, of_him, shelter
        self.told = []

    def plan_visit(self, session, visitor=None, on=ON):
        about = {"purpose": VisitPurpose.FOLLOW_UP, "visitor_ids": [visitor or self.county.caseworker_id]}
        about |= {"planned_on": on, "due_on": None, "reason": "asked_for"}
        cases.plan_visit(session, self._supervisor(session), self.county.case_id, **about, now=self.clock())

    def meet_him(self, session):
        said = {"who": "刘梅的丈夫", "place": "东关派出所", "what": "法治教育"}
        about = {"worker_id": self.him, "on": ON, "region_code": self.county.village[:9], **said}
        here = (self._supervisor(session), self.county.case_id, self.of_him)
        other_side.plan(session, *here, **about, now=self.clock())

    def add_him(self, session):
        about = {"team_role": TeamRole.VISITOR, "ends_on": None, "is_related": False}
        teams.add_member(
            session, self._supervisor(session), self.county.case_id, self.him, **about, now=self.clock()
        )  # fmt: skip

    def he_is_related(self, session):
        here = (self._supervisor(session), self.county.case_id, self.him)
        teams.note_related(session, *here, self.clock())

    def ask_for_women(self, session):
        women.ask(session, self._supervisor(session), self.county.case_id, "她要求女同志", self.clock())

    def ask_to_erase(self, session, officer):
        asked = Asked(
            RequestKind.ERASURE, who="何春梅", how="中午打她姐姐的号码", text="不想留着", case_id=self.county.case_id,
            received_on=self.clock().date(),
        )  # fmt: skip
        request_id = rights_requests.take(session, officer, asked, self.clock()).request_id
        rights_requests.show_identity(session, officer, request_id, "known", self.clock())
        return request_id

    def put_on(self, session):
        about = {"level": "key", "reason": "独居，有过一次伤害", "review_on": ON}
        key_care.put_on(session, self._supervisor(session), self.county.case_id, **about, now=self.clock())

    def keep_place(self, session):
        here = (self._supervisor(session), self.county.case_id, self.shelter)
        shelters.keep_place(session, *here, "东关路安心家园", self.clock())

    @contextmanager
    def beside(self, first, second):
        """`first` is done and not yet committed when `second` begins; `self.told` are the refusals of the second."""

        def try_it():
            with self.app.app_context():
                try:
                    with writing() as session:
                        second(session)
                except Problem as problem:
                    self.told.append(problem.code)

        with writing() as session:
            first(session)
            session.flush()
            thread = started(try_it)
        thread.join()
        with reading() as session:
            yield session

    def _supervisor(self, session):
        return self.county.acting(session, "supervisor")


def count(session, table, *where):
    return session.scalar(select(func.count()).select_from(table).where(*where))


def test_both_sides_are_not_planned_for_one_day_and_place_at_the_same_moment(ours):
    with ours.beside(ours.meet_him, ours.plan_visit) as session:
        assert ours.told == ["visit_not_then"]
        assert count(session, Visit, Visit.planned_on == ON) == 0
    ours.told.clear()
    later = ON + timedelta(days=30)
    with ours.beside(lambda session: ours.plan_visit(session, on=later), ours.add_him) as session:
        assert ours.told == ["visit_not_then"]  # who meets him joins no team of hers, however busy the file is
        assert count(session, OtherSideTask) == 1


def test_a_meeting_with_him_waits_for_a_visit_that_is_being_planned_and_for_who_joins_the_team(ours):
    with ours.beside(ours.plan_visit, ours.meet_him):
        assert ours.told == ["other_side_same_place"]
    ours.told.clear()
    with ours.beside(ours.add_him, ours.meet_him) as session:
        assert ours.told == ["other_side_visits_her"]
        assert count(session, OtherSideTask) == 0


def test_nobody_slips_into_a_family_while_it_is_said_that_he_is_related_or_women_are_asked_for(ours):
    with ours.beside(ours.he_is_related, lambda session: ours.plan_visit(session, ours.him)):
        assert ours.told == ["conflict_of_interest"]
    with ours.beside(ours.he_is_related, ours.add_him) as session:
        assert ours.told == ["conflict_of_interest"] * 2
        assert session.get(Assignment, (ours.county.district, ours.county.case_id, ours.him)) is None
    with writing() as session:
        here = (ours._supervisor(session), ours.county.case_id, ours.him)
        teams.lift_related(session, *here, ours.clock())
    with ours.beside(ours.ask_for_women, ours.add_him):
        assert ours.told[2:] == ["woman_worker_needed"]


def test_a_family_stands_on_the_key_care_list_once_and_its_shelter_in_one_row_however_many_windows(ours):
    with ours.beside(ours.put_on, ours.put_on) as session:
        assert ours.told == ["key_care_listed"]
        assert count(session, KeyCare) == 1
    with ours.beside(ours.keep_place, ours.keep_place) as session:
        assert ours.told == ["key_care_listed"] and count(session, ShelterStay) == 1


def test_a_card_and_a_request_that_come_in_two_windows_are_one_row_each(ours):
    county, clock = ours.county, ours.clock
    two_counties.side(ours.app, county, clock)
    content = []

    def add(session):
        partner_counties.add(session, county.acting(session, "administrator"), content[0], clock())

    content.append(two_counties.card()[0])
    with ours.beside(add, add) as session:
        assert ours.told == [] and count(session, PartnerCounty) == 1
        row = session.scalars(select(PartnerCounty)).one()
        assert count(session, Person, Person.name == row.name) == 1
    number = factories.new_id()
    asked = [two_counties.request(number, clock())]

    def take(session):
        entrusted.take_request(session, ours._supervisor(session), row, asked[-1], clock())

    with ours.beside(take, take) as session:
        assert ours.told == [] and count(session, EntrustedIn) == 1
    # Other words under the number that is being taken are refused by name, as they are later
    other = factories.new_id()
    asked.append(two_counties.request(other, clock()))

    def take_changed(session):
        changed = asked[-1].replace("近况".encode(), "情况".encode())
        entrusted.take_request(session, ours._supervisor(session), row, changed, clock())

    with ours.beside(take, take_changed) as session:
        assert ours.told == ["entrusted_changed"] and count(session, EntrustedIn) == 2


def test_a_kept_date_is_out_of_date_when_the_rhythm_was_changed_while_it_was_made(ours, monkeypatch):
    county, now, begun = ours.county, ours.clock(), []
    with writing() as session:
        agendas.make(session, county.district, county.case_id, now)

    def change():
        with ours.app.app_context(), writing() as session:
            rhythms.change(session, ours._supervisor(session), 0, {"blue": "30"}, "人手够了", now)

    # Given a change that begins when the worker has read the old days, and has not kept the date yet
    entries = agendas._entries

    def read_then_changed(*given):
        found = entries(*given)
        begun.append(started(change))
        return found

    monkeypatch.setattr(agendas, "_entries", read_then_changed)
    with writing() as session:
        agendas.make(session, county.district, county.case_id, now)
    begun[0].join()
    # Then the worker makes it again
    with reading() as session:
        assert session.get_one(Agenda, (county.district, county.case_id)).made_at == moment(0)


def test_no_visit_is_planned_for_a_family_that_is_being_closed_or_erased(ours):
    county, now = ours.county, ours.clock()
    with writing() as session:
        who = factories.person(session, now, Role.DATA_PROTECTION, county.district, login="officer")
        officer = acting_for(session, county.district, who)
    with writing() as session:
        first, second = (ours.ask_to_erase(session, officer) for _ in range(2))

    def close(session, request_id=first):
        until = now.date() + timedelta(days=9)
        rights_requests.restrict(session, officer, request_id, "complaint", "投诉未结", until, now)

    def open_again(request_id):
        with writing() as session:
            rights_requests.take_back(session, officer, request_id, now)

    def planned(session):
        return count(session, Visit, Visit.state == "planned")

    # Whoever closes the file takes off a visit that is being planned
    with ours.beside(ours.plan_visit, close) as session:
        assert ours.told == [] and planned(session) == 0
    open_again(first)
    # And none is planned, and nobody joins the team, while it is being closed or erased
    with ours.beside(lambda session: close(session, second), ours.plan_visit) as session:
        assert ours.told == ["not_found"] and planned(session) == 0
    open_again(second)

    def erase(session):
        erasures.forget_case_key(session, officer, county.case_id, now)

    with ours.beside(erase, ours.add_him) as session:
        assert ours.told == ["not_found"] * 2
        assert count(session, Assignment, Assignment.ended_at.is_(None)) == 0


def test_who_is_taken_off_a_team_waits_for_the_visit_that_is_being_planned(ours):
    county, now = ours.county, ours.clock()

    def take_her_off(session):
        cases.end_assignment(session, ours._supervisor(session), county.case_id, county.caseworker_id, now)

    with ours.beside(ours.plan_visit, take_her_off) as session:
        assert ours.told == []
        [visit_id] = session.scalars(select(Visit.visit_id).where(Visit.planned_on == ON))
    with ours.beside(
        lambda session: ours.plan_visit(session, on=ON + timedelta(days=1)),
        lambda session: cases.cancel_visit(session, ours._supervisor(session), visit_id, now),
    ) as session:
        assert ours.told == [] and session.get_one(Visit, (county.district, visit_id)).state == "cancelled"
