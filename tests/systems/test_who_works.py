"""Rows 15, 16, 20, 28, 44, 45, 48, 50, 53, 66, 67, 74, 75, 81: who works, for which house, when, and who goes first."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from fieldapp.actions import (
    agendas,
    case_clocks,
    case_events,
    cases,
    clock_settings,
    crews,
    dispatches,
    duty,
    exchange,  # noqa: F401  # registers what a phone is told of
    green,
    lead_triage,
    measures,
    organisations,
    screenings,
    teams,
    women,
)
from fieldapp.casework.happened import Happened
from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.days import CHINA, day_of
from fieldapp.errors import Problem
from fieldapp.models import bundles, casefiles, queue, scope
from fieldapp.models import crews as kept_crews
from fieldapp.models import organisations as houses
from fieldapp.models.accounts import Organisation, Person, Role, Sex, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Assignment, Case, TeamRole, VisitPurpose
from fieldapp.models.measures import Dispatch
from fieldapp.models.records import Record
from tests import factories, plans_of_help, reports


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


@pytest.fixture
def supervisor(county, session, clock):
    return acting_for(session, county.district, county.supervisor_id, clock())


@pytest.fixture
def administrator(county, session):
    return county.acting(session, "administrator")


@pytest.fixture
def file(county, session):
    return session.get_one(Case, (county.district, county.case_id))


@pytest.fixture
def man(county, session, clock):
    """A caseworker of the county who is a man."""
    person_id = factories.person(session, clock(), Role.CASEWORKER, county.district, name="周强")
    session.get_one(Person, (county.district, person_id)).sex = Sex.MAN
    session.flush()
    return person_id


def plan(session, acting, county, visitors, clock, purpose=VisitPurpose.INVESTIGATION):
    return cases.plan_visit(
        session, acting, county.case_id, purpose=purpose, visitor_ids=visitors, planned_on=day_of(clock()),
        due_on=None, reason="first_visit", now=clock(),
    )  # fmt: skip


def refused(code):
    """`with refused("not_found"):` what is inside is refused by this name."""
    return pytest.raises(Problem, check=lambda problem: problem.code == code)


def acts(session, act):
    return session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.act == act))


def kinds(session, acting, file):
    return [told.kind for told in case_events.of(session, acting, file)]


def clock_named(clocks, code):
    return next(one for one in clocks if one.limit.code == code)


def test_row_15_a_family_on_the_green_channel_sorts_first_and_its_clocks_shorten(
    county, session, clock, supervisor, file
):
    # Given two families with the same dates, the second of them opened later
    other_id = factories.case(session, clock(), opened_by=county.supervisor_id)
    other = session.get_one(Case, (county.district, other_id))
    file.code_name, other.code_name = "AA-0001", "BB-0002"
    for case in (file, other):
        case.state = "ASSIGNED"
        case_events.note(session, case, Happened.ASSIGNED, now=clock(), by=county.supervisor_id)
        factories.record(session, clock(), county, case_id=case.case_id)
        clock.advance(minutes=1)
    before = clock_named(case_clocks.running(session, supervisor, other, clock()), "visit")
    # When the second is put on the channel, with a person who sees to it
    with refused("say_why"):
        green.give(session, supervisor, other_id, county.caseworker_id, " ", clock())
    with refused("handler_not_suitable"):
        green.give(session, supervisor, other_id, county.cadre_id, "急需手术", clock())
    green.give(session, supervisor, other_id, county.caseworker_id, "急需手术，家里没有钱", clock())
    # Then it stands first on every list
    assert [case.code_name for case in casefiles.page_of(session, supervisor, "", "")[0]] == ["BB-0002", "AA-0001"]
    assert [row.code_name for row in queue.page_of(session, supervisor, queue.Filters())[0]] == ["BB-0002", "AA-0001"]
    for case in (file, other):
        agendas.make(session, county.district, case.case_id, clock())
    dates = agendas.calendar(session, supervisor, clock(), day_of(clock()) + timedelta(days=30))
    assert [entry.case.code_name for entry in dates] == ["BB-0002"] * (len(dates) // 2) + ["AA-0001"] * (
        len(dates) // 2
    )
    # And our own limit is two working days instead of five; the other family's stays
    after = clock_named(case_clocks.running(session, supervisor, other, clock()), "visit")
    assert after.due.at < before.due.at
    assert clock_named(case_clocks.running(session, supervisor, file, clock()), "visit").due.at > after.due.at
    assert green.handler_of(session, other) == "李雨"
    # An administrator, who sees that there are files and no more, sees none of it
    assert casefiles.green_of(session, county.acting(session, "administrator"), [other]) == set()
    # And it is ended as it was given: by an act
    green.end(session, supervisor, other_id, "手术做完了", clock())
    again = clock_named(case_clocks.running(session, supervisor, other, clock()), "visit")
    assert again.due == before.due
    assert kinds(session, supervisor, other)[:2] == [Happened.GREEN_ENDED, Happened.GREEN_GIVEN]
    assert (acts(session, "give_green_channel"), acts(session, "end_green_channel")) == (1, 1)


def test_row_16_assigning_a_man_is_refused_until_a_supervisor_records_a_reason(
    county, session, clock, supervisor, file, man
):
    # Given a family of which nothing asks for women: a man may go
    visit = plan(session, supervisor, county, [county.caseworker_id, man], clock)
    cases.cancel_visit(session, supervisor, visit.visit_id, clock())
    # When a report in review tells of a sexual offence (invented: no case of the file has one with this family)
    told = reports.changed(reports.investigation(county.subject_id), {"case.type": "rape"})
    factories.record(session, clock(), county, answers=reports.body(told, clock()), state="in_review")
    # Then a man is refused by name, on a visit and on the team, and so is somebody of whom nobody has said
    with refused("woman_worker_needed"):
        plan(session, supervisor, county, [county.caseworker_id, man], clock)
    with refused("woman_worker_needed"):
        teams.add_member(
            session, supervisor, county.case_id, man, team_role=TeamRole.MEMBER, ends_on=None, is_related=False,
            now=clock(),
        )  # fmt: skip
    session.get_one(Person, (county.district, man)).sex = None
    with refused("woman_worker_needed"):
        plan(session, county.acting(session, "administrator"), county, [county.caseworker_id, man], clock)
    # Two women go as before
    plan(session, supervisor, county, [county.caseworker_id, county.second_caseworker_id], clock)
    # A caseworker cannot allow him, a supervisor does it with a reason, and the file says so
    with refused("not_found"):
        women.allow(session, county.acting(session, "caseworker"), county.case_id, man, "没有别人", clock())
    with refused("say_why"):
        women.allow(session, supervisor, county.case_id, man, "", clock())
    women.allow(session, supervisor, county.case_id, man, "全县只有一位女同志，外出学习", clock())
    plan(session, supervisor, county, [county.caseworker_id, man], clock)
    newest = case_events.of(session, supervisor, file)
    allowed = next(one for one in newest if one.kind is Happened.WORKER_ALLOWED)
    assert (allowed.ref_id, allowed.details["reason"]) == (man, "全县只有一位女同志，外出学习")
    assert acts(session, "allow_worker") == 1


def test_row_16_women_can_be_asked_for_by_hand_and_that_is_taken_back_with_a_reason(
    county, session, clock, supervisor, file, man
):
    women.ask(session, county.acting(session, "caseworker"), county.case_id, "她说想和女同志谈", clock())
    with refused("woman_worker_needed"):
        plan(session, supervisor, county, [county.caseworker_id, man], clock)
    factories.assign(session, clock(), county.case_id, man)
    told = women.standing_of(session, supervisor, file)
    assert told.need.flag is None and [person.name for person in told.unfit] == ["周强"] and told.may_decide
    with refused("not_found"):
        women.end_asking(session, county.acting(session, "caseworker"), county.case_id, "不用了", clock())
    women.end_asking(session, supervisor, county.case_id, "她说都可以", clock())
    assert women.standing_of(session, supervisor, file).need is None
    plan(session, supervisor, county, [county.caseworker_id, man], clock)
    assert kinds(session, supervisor, file)[:3] == [
        Happened.ASSIGNED,
        Happened.WOMEN_NOT_ASKED,
        Happened.WOMEN_ASKED,
    ]


def test_row_16_what_turns_up_in_the_middle_of_a_visit_is_told_at_its_review_and_loses_nothing(
    county, session, clock, supervisor, file, man
):
    # Given a visit planned with a man, when nothing asked for women
    visit = plan(session, supervisor, county, [county.caseworker_id, man], clock)
    told = reports.changed(reports.investigation(county.subject_id), {"case.type": "rape"})
    record_id, _ = factories.record(
        session, clock(), county, answers=reports.body(told, clock()), state="in_review", visit_id=visit.visit_id
    )
    screenings.run(session, file, clock())
    # Then the report is as good as any, and its reviewer is told who went
    record = session.get_one(Record, (county.district, record_id))
    turned = women.at_review(session, supervisor, file, record)
    assert ([person.name for person in turned.unfit], turned.is_new) == (["周强"], True)
    # Who does not read of violence is told nothing
    assert women.at_review(session, county.acting(session, "administrator"), file, record) is None
    assert women.standing_of(session, county.acting(session, "administrator"), file) is None
    # And his phone knows that he is none, so that it can say its sentence in the visit itself
    assert bundles.me_of(session, acting_for(session, county.district, man), clock())["sex"] == "man"


def test_row_20_a_user_sees_only_her_own_scope(county, session, clock, administrator):
    # Given departments of a house, and a supervisor of another township than the family's
    department = organisations.add_department(session, administrator, county.organisation_id, "权益部", clock())
    elsewhere = factories.person(session, clock(), Role.SUPERVISOR, "990101200", name="西乡主管")
    organisations.belong_to(session, administrator, elsewhere, None, department.department_id, clock())
    there = factories.case(session, clock(), village=county.other_village)
    seen = scope.cases_of(acting_for(session, county.district, elsewhere, clock()))
    assert set(session.scalars(select(Case.case_id).where(seen))) == {there}
    # Of the whole county she who supervises it, of her own families a caseworker, of none a stranger
    assert {county.case_id, there} == _seen(session, county.supervisor_id, county, clock)
    assert {county.case_id} == _seen(session, county.caseworker_id, county, clock)
    stranger = factories.person(session, clock(), Role.CASEWORKER, county.district)
    assert _seen(session, stranger, county, clock) == set()


def _seen(session, person_id, county, clock):
    acting = acting_for(session, county.district, person_id, clock())
    return set(session.scalars(select(Case.case_id).where(scope.cases_of(acting))))


def test_row_28_a_member_removed_from_a_team_loses_access_at_the_next_sync(county, session, clock, supervisor):
    here = (session, supervisor, county.case_id, county.cadre_id)
    teams.add_member(*here, team_role=TeamRole.VILLAGE, ends_on=None, is_related=False, now=clock())
    assert _seen(session, county.cadre_id, county, clock) == {county.case_id}
    cases.end_assignment(*here, clock())
    session.flush()
    assert _seen(session, county.cadre_id, county, clock) == set()
    kind, _ = session.info["told"][county.district, county.cadre_id, f"case:{county.case_id}"]
    assert kind == "out"
    # A place with a last day ends by itself after it
    clock.advance(hours=1)
    today = day_of(clock())
    teams.add_member(*here, team_role=TeamRole.VILLAGE, ends_on=today, is_related=False, now=clock())
    clock.advance(days=1)
    assert teams.over(session, clock()) == [(county.district, county.case_id, county.cadre_id)]
    teams.end_over(session, county.district, county.case_id, county.cadre_id, clock())
    assert session.get_one(Assignment, (county.district, county.case_id, county.cadre_id)).ended_at == clock()


def house_of(session, administrator, clock, kind, name):
    made = organisations.add_organisation(
        session, administrator, kind=kind, name=name, region_code=administrator.district, now=clock()
    )
    session.flush()
    return made


def taken_in(session, county, clock, house, many):
    """Families that somebody of this house opened."""
    opener = factories.person(session, clock(), Role.SUPERVISOR, county.district, organisation_id=house.organisation_id)
    acting = acting_for(session, county.district, opener, clock())
    woman = cases.NewPerson("刘梅", "female", "1988-03", "self")
    return [
        cases.open_case(
            session, acting, village_code=county.village, people=[woman], contact=None, programme=None, now=clock()
        )
        for _ in range(many)
    ]


def test_row_44_centres_are_counted_with_the_families_they_took_in(county, session, clock, supervisor, administrator):
    first = house_of(session, administrator, clock, "center", "示范县妇女儿童关爱服务中心")
    house_of(session, administrator, clock, "center", "东乡关爱服务中心")
    opened = taken_in(session, county, clock, first, 2)
    centres = [view.organisation for view in houses.list_of(session, supervisor) if view.organisation.kind == "center"]
    counted = houses.families_taken_in(session, supervisor)
    assert len(centres) == 2
    assert [counted.get(one.organisation_id, 0) for one in sorted(centres, key=lambda one: one.name)] == [0, 2]
    # Who changes the house later takes no family along
    session.get_one(Person, (county.district, opened[0].opened_by)).organisation_id = None
    session.flush()
    assert houses.families_taken_in(session, supervisor) == counted


def test_row_45_a_department_outside_the_case_sees_nothing_of_it(county, session, clock, supervisor):
    inside, department = plans_of_help.liaison(session, clock(), county, "inside")
    outside, _ = plans_of_help.liaison(session, clock(), county, "outside")
    record_id = plans_of_help.measure(session, clock(), county)
    text = {"purpose": "临时救助", "asked": "请受理", "reach": "只通过县妇联"}
    dispatches.send(session, supervisor, county.case_id, record_id, department, **text, now=clock())
    seen = {who: acting_for(session, county.district, who, clock()) for who in (inside, outside)}
    assert [len(dispatches.tasks(session, seen[who], clock())) for who in (inside, outside)] == [1, 0]
    assert all(casefiles.file_of(session, acting, county.case_id) is None for acting in seen.values())
    assert all(scope.classes_read(acting, county.village) == frozenset() for acting in seen.values())


def test_row_48_an_expert_whose_contract_has_run_out_is_not_selectable(county, session, clock, supervisor):
    record_id = plans_of_help.measure(session, clock(), county, commits=False)
    today = day_of(clock())
    given = {"kind": "lawyer", "organisation": "示范律师事务所"}
    runs = crews.add_expert(session, supervisor, name="郑律", contract_until=today, **given, now=clock())
    over = crews.add_expert(
        session, supervisor, name="冯律", contract_until=today - timedelta(days=1), **given, now=clock()
    )
    assert [one.name for one in crews.selectable(session, county.district, today)] == ["郑律"]
    assert {one.name for one in kept_crews.experts_of(session, county.district)} == {"郑律", "冯律"}
    worker = county.acting(session, "caseworker")
    with refused("expert_not_available"):
        crews.name_expert(session, worker, county.case_id, record_id, over.expert_id, clock())
    crews.name_expert(session, worker, county.case_id, record_id, runs.expert_id, clock())
    file = casefiles.file_of(session, supervisor, county.case_id)
    told = crews.of_file(session, supervisor, file, clock())
    assert [(name, form) for name, _, form, _ in told.asked] == [("郑律", "F7")]
    # Renewed, she can be asked again
    crews.renew_expert(session, supervisor, over.expert_id, today + timedelta(days=365), clock())
    crews.name_expert(session, worker, county.case_id, record_id, over.expert_id, clock())
    # The directory is kept by who supervises or administers the whole county
    with refused("not_found"):
        crews.end_expert(session, worker, runs.expert_id, clock())


def test_row_50_each_dispatched_task_names_one_liaison(county, session, clock, supervisor, administrator):
    record_id = plans_of_help.measure(session, clock(), county)
    bare = organisations.add_department(session, administrator, county.organisation_id, "没有联络员的科", clock())
    session.flush()
    text = {"purpose": "临时救助", "asked": "请受理", "reach": "只通过县妇联"}
    with refused("liaison_needed"):
        dispatches.send(session, supervisor, county.case_id, record_id, bare.department_id, **text, now=clock())
    _, department = plans_of_help.liaison(session, clock(), county)
    dispatches.send(session, supervisor, county.case_id, record_id, department, **text, now=clock())
    rows = list(session.scalars(select(Dispatch)))
    assert [row.liaison_id is not None for row in rows] == [True]


def test_row_53_a_village_user_cannot_open_answers_about_violence(county, session, clock, file):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    told = {"dv": {"forms": ["beating"], "band_final": "red"}}
    record_id = plans_of_help.report(session, clock(), county, "F5", told, state="submitted", commits=False)
    cadre = county.acting(session, "cadre")
    assert scope.classes_read(cadre, county.village) == frozenset()
    readable = select(Record.record_id).where(scope.records_of(cadre))
    assert record_id not in set(session.scalars(readable))
    assert case_events.of(session, cadre, file) == [] or "violence" not in {
        one.sensitivity for one in case_events.of(session, cadre, file)
    }
    bundle = json.dumps(bundles.cases_of(session, cadre, [county.case_id], clock())[county.case_id], default=str)
    assert "beating" not in bundle and "band" not in bundle and "F5" not in bundle


def test_row_66_stations_and_workrooms_show_the_families_they_took_in(
    county, session, clock, supervisor, administrator
):
    names = {"station": "“栀子花”服务站", "workroom": "妇女儿童维权工作室"}
    made = {kind: house_of(session, administrator, clock, kind, name) for kind, name in names.items()}
    taken_in(session, county, clock, made["station"], 1)
    taken_in(session, county, clock, made["workroom"], 3)
    counted = houses.families_taken_in(session, supervisor)
    assert {kind: counted[one.organisation_id] for kind, one in made.items()} == {"station": 1, "workroom": 3}
    # Of a region of one's own only
    elsewhere = factories.person(session, clock(), Role.SUPERVISOR, "990101200", name="西乡主管")
    assert houses.families_taken_in(session, acting_for(session, county.district, elsewhere, clock())) == {}


def test_row_67_the_three_teams_tell_how_many_are_on_them(county, session, clock, supervisor):
    # Three kinds as the row names them; the people are invented
    sizes = {"experts": 2, "lookout": 3, "grid": 1}
    for kind, many in sizes.items():
        crew = crews.add_crew(session, supervisor, kind=kind, name=f"队伍 {kind}", now=clock())
        members = [crews.add_member(session, supervisor, crew.crew_id, f"队员{at}", clock()) for at in range(many)]
        if kind == "lookout":
            crews.end_member(session, supervisor, members[0].member_id, clock())
    counted = {view.crew.kind: len(view.members) for view in kept_crews.crews_of(session, county.district)}
    assert counted == {"experts": 2, "lookout": 2, "grid": 1}
    with refused("not_found"):
        crews.add_crew(session, county.acting(session, "caseworker"), kind="grid", name="网格", now=clock())


def test_row_74_intake_is_possible_at_any_hour_and_tells_who_was_on_duty(county, session, clock, supervisor):
    # Given a roster of today until midnight, and none for the night
    evening = datetime(2026, 11, 21, 20, tzinfo=CHINA)
    duty.plan(
        session, supervisor, person_id=county.supervisor_id, deputy_id=county.caseworker_id, organisation_id=None,
        starts_at=evening - timedelta(hours=12), ends_at=evening + timedelta(hours=4), now=clock(),
    )  # fmt: skip
    worker = county.acting(session, "caseworker")
    taken = []
    for at in (evening, datetime(2026, 11, 22, 3, tzinfo=CHINA)):
        clock.now = at
        woman = cases.NewPerson("周小满", "female", "1990", "self")
        taken.append(
            cases.open_lead(
                session, worker, village_code=county.village, person=woman, contact=None, programme=None, now=clock()
            )
        )
    # Then both leads are there, one taken down while somebody was on duty, one while nobody was
    told = {one.case.case_id: one.on_duty for one in lead_triage.waiting(session, supervisor, clock())}
    assert [told[case.case_id].people for case in taken] == [("陈岚",), ()]
    assert told[taken[0].case_id].deputies == ("李雨",)
    # And the night is named as a gap: now, and from the end of the roster on
    assert duty.gaps_ahead(session, county.district, clock())[0][0] == clock()


def test_row_75_the_texts_and_lengths_of_clocks_can_be_edited(county, session, clock, supervisor, file):
    file.state = "ASSIGNED"
    case_events.note(session, file, Happened.ASSIGNED, now=clock(), by=county.supervisor_id)
    case_events.note(session, file, Happened.LEGAL_AID_APPLIED, now=clock(), ref=factories.new_id())
    before = {one.limit.code: one for one in case_clocks.running(session, supervisor, file, clock())}
    # “三即时、三优先”: what they mean is the county's to say (invented here)
    said = {"name_zh": "即时走访", "name_en": "Visit at once"}
    clock_settings.change(session, supervisor, "visit", amount="1", **said, now=clock())
    named = {"name_zh": "优先办理法律援助", "name_en": ""}
    clock_settings.change(session, supervisor, "legal_aid_decision", amount="", **named, now=clock())
    after = {one.limit.code: one for one in case_clocks.running(session, supervisor, file, clock())}
    assert after["visit"].limit.name == ("即时走访", "Visit at once")
    assert after["visit"].due.at < before["visit"].due.at
    assert after["legal_aid_decision"].limit.name.zh == "优先办理法律援助"
    # What a law sets keeps its length, and so does everything for who keeps no limits
    assert after["legal_aid_decision"].due == before["legal_aid_decision"].due
    with refused("clock_not_ours"):
        clock_settings.change(session, supervisor, "legal_aid_decision", amount="3", **named, now=clock())
    with refused("clock_wrong"):
        clock_settings.change(session, supervisor, "visit", amount="0", **said, now=clock())
    with refused("not_found"):
        clock_settings.change(session, county.acting(session, "caseworker"), "visit", amount="9", **said, now=clock())
    # Taken back, it is as it was made
    clock_settings.change(session, supervisor, "visit", amount="", name_zh="", name_en="", now=clock())
    again = {one.limit.code: one for one in case_clocks.running(session, supervisor, file, clock())}
    assert (again["visit"].limit, again["visit"].due) == (before["visit"].limit, before["visit"].due)
    assert acts(session, "set_clock") == 3


def test_row_81_a_mediation_room_is_a_house_and_mediates_only_after_the_screen_and_below_orange(
    county, session, clock, supervisor, administrator
):
    room = house_of(session, administrator, clock, "mediation_room", "东乡婚姻家庭纠纷调解室")
    assert session.get_one(Organisation, (county.district, room.organisation_id)).kind == "mediation_room"
    assert "mediation" in MEASURE_TYPES
    record_id = plans_of_help.measure(session, clock(), county, kind="mediation", commits=False)
    begin = (session, supervisor, county.case_id, record_id, "in_progress")
    with refused("mediation_not_now"):  # nobody has asked about violence yet
        measures.move(*begin, on=None, text="", now=clock())
    told = reports.body(reports.investigation(county.subject_id), clock())
    factories.record(session, clock(), county, answers=told, state="approved")
    plans_of_help.assessment(session, clock() + timedelta(minutes=1), county, "orange")
    with refused("mediation_not_now"):
        measures.move(*begin, on=None, text="", now=clock())
    plans_of_help.assessment(session, clock() + timedelta(minutes=2), county, "blue")
    measures.move(*begin, on=None, text="", now=clock())
