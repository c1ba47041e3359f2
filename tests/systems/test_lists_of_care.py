"""Rows 1, 2, 12, 13, 31-36, 43, 68, 78: programmes, suggestions, lists of care, officers, inspection, extracts."""

import json
from datetime import date, timedelta
from uuid import UUID

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from fieldapp.actions import (
    agendas,
    case_extracts,
    cases,
    extracts,
    inspections,
    key_care,
    leads,
    measures,
    officers,
    projects,
    reviews,
    screenings,
    suggestions,
    tallies,
    teams,
    women,
)
from fieldapp.casework import outside_file
from fieldapp.casework.entitled import hints
from fieldapp.casework.inspection import draw
from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.screening import screen
from fieldapp.casework.screening.results import Status
from fieldapp.casework.states import CaseState
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import casefiles
from fieldapp.models import key_care as key_care_rows
from fieldapp.models import projects as catalogue
from fieldapp.models.accounts import Person, Sex, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.bundles import cases_of
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, VisitPurpose
from fieldapp.models.letters import ExtractShare, Letter
from fieldapp.models.records import Record, Revision
from fieldapp.models.screenings import ScreeningRun
from tests import factories, plans_of_help, reports
from tests.unit.casework.published import CASES, DAYS, filing, visit
from tests.unit.casework.published import measures as published_measures
from tests.web.conftest import enrolled as enrolled

# Invented: the sentences of these rows name lists, projects and officers, and nobody on them.
GIRL = cases.NewPerson("刘小满", "female", "2016-04", "daughter")
BOY = cases.NewPerson("刘小树", "male", "2018-09", "son")
MOTHER = cases.NewPerson("刘梅", "female", "1988-03", "self")


@pytest.fixture
def supervisor(session, county):
    return county.acting(session, "supervisor")


@pytest.fixture
def opened(session, county, clock, supervisor):
    """Opens a file: `opened("春蕾计划（2026）")`."""

    def make(programme=None, people=(MOTHER, GIRL, BOY)):
        return cases.open_case(
            session, supervisor, village_code=county.village, people=list(people), contact=None, programme=programme,
            now=clock(),
        )  # fmt: skip

    return make


@pytest.fixture
def investigated(session, county, clock, forms):
    """An approved investigation of the county's family; `investigated({"hh.area": …})` changes answers of it."""

    def make(changes=None):
        told = reports.changed(reports.investigation(county.subject_id), changes or {})
        factories.record(session, clock(), county, answers=reports.body(told, clock()), state="approved")
        return session.get_one(Case, (county.district, county.case_id))

    return make


def statuses(screening, code):
    return {one.status for one in screening.categories if one.code == code}


def test_row_1_the_filter_by_programme_finds_as_many_files_as_are_tagged(
    session, county, clock, supervisor, opened, at_desk
):
    name = "困难妇女专项司法救助（2026）"
    tagged = {opened(name).case_id for _ in range(2)}
    lead = {"lead": {"name": "周小满", "residence_region": county.village, "programme": name}}
    case_id = factories.new_id()
    tagged.add(leads.open_file(session, county.district, county.caseworker_id, case_id, lead, clock()).case_id)
    opened("另一项活动")
    opened()
    found, _ = casefiles.page_of(session, supervisor, "", "", name)
    assert {case.case_id for case in found} == tagged
    assert (name, 3) in casefiles.programmes_of(session, supervisor)
    # Who sees clear columns alone learns no programme by asking for one
    administrator = county.acting(session, "administrator")
    assert casefiles.page_of(session, administrator, "", "", name)[0] == []
    assert casefiles.programmes_of(session, administrator) == []
    session.commit()
    page = at_desk("supervisor").get(f"/cases?programme={name}").text
    assert page.count('<th scope="row">') == 3 and f"{name} (3)" in page


def test_row_2_every_status_of_the_published_cases_is_reproduced():
    for case_id, case in CASES.items():
        found = [filing("F2", visit(case_id), "2021-12-31", "v1")]
        before = screen(found, DAYS[case_id])
        after = screen([*found, *published_measures(case_id)], DAYS[case_id])
        for person, expected in case["expected_categories"].items():
            for code, one in expected.items():
                first, then = (
                    next(
                        result.status.value
                        for result in made.categories
                        if (result.about, result.code) == (person, code)
                    )
                    for made in (before, after)
                )
                wanted = ("unknown", "met") if one["status"] == "unknown_then_met" else (one["status"],) * 2
                assert (first, then) == wanted, (case_id, person, code)


def test_row_12_a_suggestion_shows_its_rule_and_facts_and_nothing_is_sent(
    session, county, clock, supervisor, investigated
):
    case = investigated()
    case.state = CaseState.SOCIAL_ONLY.value
    screenings.run(session, case, clock())
    events = len(session.scalars(select(CaseEvent)).all())
    [one] = suggestions.of(session, supervisor, "zh", clock())
    assert one.case.case_id == case.case_id and one.rule.result.code == "G1"
    assert "A1" in {line.result.code for line in one.found}
    assert all(line.sentence for line in one.found)
    assert any(fact.question and fact.sources for line in one.found for fact in line.facts)
    # Nothing was written but that she looked
    assert session.scalars(select(Letter)).all() == [] and case.state == CaseState.SOCIAL_ONLY
    assert len(session.scalars(select(CaseEvent)).all()) == events
    assert session.scalars(select(AuditRow.act).where(AuditRow.act == "read_suggestions")).all() != []
    # And where a letter was begun, or for who supervises nothing, the rules are silent
    assert suggestions.of(session, county.acting(session, "caseworker"), "zh", clock()) == []
    factories.record(session, clock(), county, form="F4", state="submitted")
    assert suggestions.of(session, supervisor, "zh", clock()) == []


def test_row_12_reports_that_nobody_approved_suggest_nothing(session, county, clock, supervisor, forms):
    told = reports.investigation(county.subject_id)
    factories.record(session, clock(), county, answers=reports.body(told, clock()), state="in_review")
    case = session.get_one(Case, (county.district, county.case_id))
    case.state = CaseState.SOCIAL_ONLY.value
    assert screenings.run(session, case, clock()) is not None
    assert suggestions.of(session, supervisor, "zh", clock()) == []


def test_row_13_the_file_for_another_system_holds_its_number_and_is_of_its_schema(
    session, county, clock, supervisor, investigated, at_desk
):
    number = "（2026）示0101刑初7号"
    investigated({"case.type": "injury", "case.doc_no": number})
    given = {"purpose": "司法救助", "basis": "duty", "basis_text": "协作意见", "chosen": ["code_name"], "now": clock()}
    to_law = extracts.share(session, supervisor, county.case_id, receiver="proc", receiver_name="示范县检察院", **given)
    to_others = extracts.share(
        session, supervisor, county.case_id, receiver="school", receiver_name="中心小学", **given
    )
    session.commit()
    desk = at_desk("supervisor")
    answer = desk.post(f"/extracts/{to_law.share_id}/file")
    assert (
        answer.headers["Content-Type"] == "application/json" and "attachment" in answer.headers["Content-Disposition"]
    )
    told = json.loads(answer.data)
    outside_file.check(told)
    assert told["outside_number"] == number and told["receiver_kind"] == "proc" and told["copy"] == 1
    assert [one["label"] for one in told["given"]] == ["案卷代号"]
    assert json.loads(desk.post(f"/extracts/{to_others.share_id}/file").data)["outside_number"] == ""
    # A file with anything else in it, or without its number, is none of this format
    for wrong in ({**told, "name": "刘梅"}, {name: value for name, value in told.items() if name != "outside_number"}):
        with pytest.raises(ValidationError):
            outside_file.check(wrong)


def test_row_13_the_file_for_another_system_carries_a_long_answer_whole(session, county, clock, supervisor):
    told = "一字不漏。" * 1_000
    case = session.get_one(Case, (county.district, county.case_id))
    shared = extracts.log_share(
        session, supervisor, case, kind="proc", name="示范县检察院", basis="duty", basis_text="协作意见",
        purpose="司法救助", sensitivity="household", fields=[{"label": "情况", "text": told}], now=clock(),
    )  # fmt: skip
    file = json.loads(case_extracts.as_file(session, supervisor, shared.share_id, clock()))
    assert file["given"] == [{"label": "情况", "text": told}]


def test_row_31_key_care_list_shows_what_is_past_its_review_day(session, county, clock, supervisor, opened, at_desk):
    first, second = opened(), opened()
    days = {first: 40, second: 10}
    for case, ahead in days.items():
        review_on = clock().date() + timedelta(days=ahead)
        said = {"level": "key", "reason": "一人带两个孩子", "review_on": review_on}
        key_care.put_on(session, supervisor, case.case_id, **said, now=clock())
    assert [one.is_past for one in key_care.page_of(session, supervisor, clock())] == [False, False]
    clock.advance(days=20)
    shown = key_care.page_of(session, supervisor, clock())
    assert [(one.case.case_id, one.is_past) for one in shown] == [(second.case_id, True), (first.case_id, False)]
    # It stands in the agenda too, as overdue
    agendas.make(session, county.district, second.case_id, clock())
    dates = agendas.calendar(session, supervisor, clock(), clock().date() + timedelta(days=60))
    [entry] = [one for one in dates if one.what == "key_care_review" and one.case.case_id == second.case_id]
    assert entry.is_overdue
    # A review gives it another day; taken off, it is on no list, and why is kept
    on = clock().date() + timedelta(days=30)
    key_care.review(session, supervisor, second.case_id, level="care", text="好转", review_on=on, now=clock())
    assert not any(one.is_past for one in key_care.page_of(session, supervisor, clock()))
    key_care.take_off(session, supervisor, first.case_id, "生活稳定了", clock())
    assert [one.case.case_id for one in key_care.page_of(session, supervisor, clock())] == [second.case_id]
    kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == first.case_id)).all()
    assert {"key_care_listed", "key_care_ended"} <= set(kinds)
    session.commit()
    page = at_desk("supervisor").get("/key-care").text
    assert second.code_name in page and "一人带两个孩子" in page and first.code_name not in page


def test_row_31_a_granted_measure_puts_its_family_on_the_list_and_its_end_takes_it_off(
    session, county, clock, supervisor, forms
):
    record_id = plans_of_help.measure(
        session, clock(), county, "key_care_list", review_on="2026-12-24", title="列入名单"
    )
    case = session.get_one(Case, (county.district, county.case_id))
    assert key_care.of_file(session, supervisor, case, clock()) is None
    said = {"on": None, "text": "已研究同意", "now": clock()}
    measures.move(session, supervisor, county.case_id, record_id, "applied", **said)
    assert key_care.of_file(session, supervisor, case, clock()) is None  # asked for is not granted
    measures.move(session, supervisor, county.case_id, record_id, "approved", **said)
    listed = key_care.of_file(session, supervisor, case, clock())
    assert (listed.level, listed.reason, listed.entry.review_on) == ("key", "列入名单", date(2026, 12, 24))
    for status in ("in_progress", "ended"):
        measures.move(session, supervisor, county.case_id, record_id, status, **said)
    assert key_care.of_file(session, supervisor, case, clock()) is None


def test_row_31_a_measure_that_is_granted_when_its_report_is_approved_lists_its_family(
    session, county, clock, supervisor, forms
):
    record_id = plans_of_help.measure(
        session, clock(), county, "key_care_list", state="submitted", status="approved", title="列入名单"
    )
    reviews.open_review(session, supervisor, record_id, clock())
    record = session.get_one(Record, (county.district, record_id))
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    reviews.approve(session, supervisor, record_id, head.revision_id, head.content_hash, text="核对过", now=clock())
    assert key_care_rows.running_of(session, county.district, county.case_id).measure_id == record_id


def test_row_31_whom_a_person_took_off_stays_off_until_a_measure_is_granted_after_it(
    session, county, clock, supervisor, forms
):
    def granted():
        record_id = plans_of_help.measure(session, clock(), county, "key_care_list", title="列入名单")
        measures.move(session, supervisor, county.case_id, record_id, "approved", on=None, text="", now=clock())
        return record_id

    def listed_by():
        entry = key_care_rows.running_of(session, county.district, county.case_id)
        return entry and entry.measure_id

    first = granted()
    assert listed_by() == first
    clock.advance(days=1)
    key_care.take_off(session, supervisor, county.case_id, "全家搬走了", clock())
    # A further step of what was granted before is no new ground
    measures.move(session, supervisor, county.case_id, first, "in_progress", on=None, text="", now=clock())
    assert listed_by() is None
    # Another measure that is granted after it is one
    second = granted()
    assert listed_by() == second
    # What a measure that ended took off says nothing against one that still runs
    third = granted()
    for record_id, status in ((second, "ended"), (third, "in_progress")):
        measures.move(session, supervisor, county.case_id, record_id, status, on=None, text="", now=clock())
    assert listed_by() == third


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"level": "first"}, "key_care_needs_words"),
        ({"reason": " "}, "key_care_needs_words"),
        ({"review_on": None}, "key_care_day_over"),
        ({"review_on": date(2026, 11, 21)}, "key_care_day_over"),
    ],
)
def test_row_31_a_line_of_the_list_says_how_closely_why_and_until_when(session, county, clock, supervisor, said, code):
    whole = {"level": "key", "reason": "独居", "review_on": date(2027, 1, 4), **said}
    with pytest.raises(Problem) as refused:
        key_care.put_on(session, supervisor, county.case_id, **whole, now=clock())
    assert refused.value.code == code


def test_row_31_who_does_not_read_its_class_learns_of_no_list(session, county, clock, supervisor, at_desk):
    review_on = clock().date() + timedelta(days=40)
    key_care.put_on(
        session, supervisor, county.case_id, level="key", reason="独居老人", review_on=review_on, now=clock()
    )
    case = session.get_one(Case, (county.district, county.case_id))
    for who in ("administrator", "cadre"):
        acting = county.acting(session, who)
        assert key_care.page_of(session, acting, clock()) == []
        assert key_care.of_file(session, acting, case, clock()) is None
    session.commit()
    assert "独居老人" not in at_desk("administrator").get(f"/cases/{county.case_id}").text
    assert "独居老人" in at_desk("caseworker").get(f"/cases/{county.case_id}").text


def test_row_32_an_added_project_is_selectable_offline_after_sync_and_an_ended_one_is_not(
    session, county, clock, supervisor, enrolled, at_desk
):
    worker = enrolled()
    worker.sync_all()
    assert names_on(worker) == []
    told = {
        "name": "春蕾计划（2026）",
        "owner": "县妇联",
        "region": county.district,
        "since": "2026-11-01",
        "until": "",
    }
    with writing() as other:
        made = projects.add(other, county.acting(other, "supervisor"), told, clock())
        project_id = made.project_id
    worker.sync_all()
    assert names_on(worker) == ["春蕾计划（2026）"]
    # Both forms that ask for one offer it, and the desk's page has it at hand
    plan = worker.device.held["plan:F1@2"]
    assert ["projects"] in [node["appearance"] for node in plan["nodes"] if node["name"] == "programme"]
    desk = at_desk("caseworker")
    desk.get(f"/cases/{county.case_id}")
    begun = desk.post("/records", form="F7", case_id=str(county.case_id))
    assert "春蕾计划（2026）" in desk.get(begun.headers["Location"]).text
    # Ended, it is offered no more, and a file that was tagged with it still says so
    with writing() as other:
        acting = county.acting(other, "supervisor")
        tagged = cases.open_case(
            other, acting, village_code=county.village, people=[MOTHER], contact=None, programme=made.name, now=clock()
        ).case_id
        projects.change(other, acting, project_id, {**told, "until": "2026-11-20"}, clock())
    worker.sync_all()
    assert names_on(worker) == []
    assert "春蕾计划（2026）" in at_desk("supervisor").get(f"/cases/{tagged}").text


def names_on(phone):
    return [name for ref, told in phone.device.held.items() if ref.startswith("projects:") for name in told["names"]]


def test_row_32_a_project_whose_period_is_over_leaves_phones_by_itself(session, county, clock, enrolled):
    with writing() as other:
        told = {"name": "皖风送暖", "owner": "省妇联", "region": county.district, "since": "2026-11-01"}
        told |= {"until": "2026-11-22"}
        projects.add(other, county.acting(other, "administrator"), told, clock())
    worker = enrolled()
    worker.sync_all()
    assert names_on(worker) == ["皖风送暖"]
    clock.advance(days=2)
    worker.sync_all()
    assert names_on(worker) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": ""}, "project_needs_words"),
        ({"owner": ""}, "project_needs_words"),
        ({"until": "2026-10-01"}, "project_dates_wrong"),
        ({"since": "soon"}, "project_dates_wrong"),
        ({"name": "女性安康工程"}, "project_known"),
    ],
)
def test_row_32_a_project_that_could_not_be_told_from_others_is_refused(session, county, clock, supervisor, said, code):
    told = {"name": "女性安康工程", "owner": "省妇联", "region": county.district, "since": "2026-11-01", "until": ""}
    projects.add(session, supervisor, told, clock())
    with pytest.raises(Problem) as refused:
        projects.add(session, supervisor, {**told, "name": "另一项", **said}, clock())
    assert refused.value.code == code
    assert catalogue.offered(session, county.district, clock().date()) == ["女性安康工程"]


def test_row_33_a1_turns_to_met_when_the_measure_is_recorded(session, county, clock, investigated):
    case = investigated({"hh.monitor_type": "former_poor"})
    screenings.run(session, case, clock())
    assert statuses(screenings.newest_results(session, case), "A1") == {Status.UNKNOWN, Status.NOT_APPLICABLE}
    plans_of_help.measure(session, clock(), county, "monitored_household", status="in_progress")
    screenings.run(session, case, clock())
    assert statuses(screenings.newest_results(session, case), "A1") == {Status.MET, Status.NOT_APPLICABLE}


def test_row_33_a1_follows_the_steps_of_the_measure_and_so_do_suggestions_and_counts(
    session, county, clock, supervisor, investigated
):
    case = investigated({"hh.monitor_type": "former_poor"})
    case.state = CaseState.SOCIAL_ONLY.value
    record_id = plans_of_help.measure(session, clock(), county, "monitored_household")
    screenings.run(session, case, clock())

    def taken(status, on=None):
        """A step of the measure. What is found then, by whoever asks; nobody opens the file for it."""
        clock.advance(minutes=1)
        measures.move(session, supervisor, county.case_id, record_id, status, on=on, text="", now=clock())
        suggested = suggestions.of(session, supervisor, "zh", clock())
        lines = {line.result.code: line for one in suggested for line in one.found}
        [counted] = tallies.of(session, county.district, [county.case_id]).values()
        found = Status.MET in statuses(screenings.newest_results(session, case), "A1")
        assert ("A1" in lines) is ("A1" in counted["categories"]) is found
        return lines.get("A1")

    assert taken("applied") is None
    day = clock().date() - timedelta(days=2)
    line = taken("approved", day)
    # The sentence names the step, and the fact has it as a source
    assert f"（{day}“已批准”）" in line.sentence
    [fact] = [fact for fact in line.facts if any("F7" in source.text for source in fact.sources)]
    assert fact.sources[-1].text == f"办理进展“已批准”，F7，{day}" and fact.sources[-1].record_id == record_id
    assert "“正在办”" in taken("in_progress").sentence
    assert taken("ended") is None
    ended = next(one for one in screenings.newest_results(session, case).categories if one.code == "A1")
    assert "“已结束”" in ended.sentence("zh")


def test_row_33_a_step_that_does_not_open_leaves_its_measure_unread(session, county, clock, supervisor, investigated):
    case = investigated({"hh.monitor_type": "former_poor"})
    record_id = plans_of_help.measure(session, clock(), county, "monitored_household", status="in_progress")
    move = measures.move(session, supervisor, county.case_id, record_id, "done", on=None, text="", now=clock())
    move.sealed_move = b"damaged"
    session.delete(session.scalars(select(ScreeningRun).order_by(ScreeningRun.number.desc())).first())
    session.flush()
    screenings.run(session, case, clock())
    assert Status.MET not in statuses(screenings.newest_results(session, case), "A1")
    assert screenings.of(session, supervisor, case).unread == 1


def test_row_34_a_former_status_alone_does_not_satisfy_a1(session, clock, investigated):
    case = investigated({"hh.monitor_type": "former_poor"})
    screenings.run(session, case, clock())
    assert not statuses(screenings.newest_results(session, case), "A1") & {Status.MET, Status.PROVISIONAL}


def test_row_35_the_children_of_case_7_are_flagged_and_those_of_case_3_are_not():
    def children(case_id):
        made = screen([filing("F2", visit(case_id), "2021-12-31", "v1")], DAYS[case_id])
        return {one.status for one in made.children}, {one.code for one in made.flags}

    assert children("S001-7")[0] == {Status.MET}
    assert children("S001-3")[0] == {Status.UNKNOWN}
    for kind in ("dibao", "temporary_relief", "orphan_equiv_support", "institution_placement"):
        assert kind in MEASURE_TYPES


def test_row_36_one_person_holds_two_kinds_of_disability_and_four_allowances(session, county, clock, forms):
    # Case 1 names two kinds of disability certificate and four allowances; who pays them is invented.
    subject = "members[01900000-0000-7000-8000-000000000001]"
    levels = [
        {"_id": "01900000-0000-7000-8000-0000000000f1", "type": "mental", "level": "3"},
        {"_id": "01900000-0000-7000-8000-0000000000f2", "type": "limb", "level": "2"},
    ]
    told = reports.changed(
        reports.investigation(county.subject_id),
        {
            f"{subject}.disability_types": ["limb", "mental"],
            f"{subject}.disability_level": levels,
            f"{subject}.disability_cert": "yes",
        },
    )
    factories.record(session, clock(), county, answers=reports.body(told, clock()), state="approved")
    case = session.get_one(Case, (county.district, county.case_id))
    allowances = {
        "disability_living_allowance", "disability_care_allowance", "disability_assist_allowance", "guardian_allowance",
    }  # fmt: skip
    for kind in sorted(allowances):
        plans_of_help.measure(session, clock(), county, kind, status="in_progress")
    plan = measures.plan_for(session, county.acting(session, "supervisor"), case)
    assert {one.type for one in plan.measures} == allowances
    screenings.run(session, case, clock())
    assert statuses(screenings.newest_results(session, case), "A4") == {Status.MET, Status.NOT_APPLICABLE}
    assert measures.entitled_for(session, county.acting(session, "supervisor"), case) == []


MEMBER = {"name": "吴甲红", "disability_cert": "yes", "disability_level": [{"type": "limb", "level": "2"}]}


@pytest.mark.parametrize(
    ("member", "benefits", "hardship", "given", "kinds"),
    [
        ({}, [], "very", set(), ["残疾人生活补贴", "残疾人护理补贴"]),
        ({}, [], "none", set(), ["残疾人护理补贴"]),
        ({"disability_level": [{"type": "limb", "level": "3"}]}, [], "very", set(), ["残疾人生活补贴"]),
        ({"disability_cert": "no"}, [], "very", set(), []),
        ({}, [], "very", {"disability_living_allowance", "disability_care_allowance"}, []),
        ({}, [{"type": "disability_allowance", "has": "yes", "holder": "吴甲红"}], "very", set(), []),
        ({}, [{"type": "disability_allowance", "has": "yes"}], "very", set(), []),
        ({}, [{"type": "disability_allowance", "has": "no"}], "very", set(), ["残疾人生活补贴", "残疾人护理补贴"]),
        ({}, [{"type": "disability_allowance", "has": "yes", "holder": "别人"}], "none", set(), ["残疾人护理补贴"]),
    ],
)
def test_row_36_what_she_is_entitled_to_and_does_not_receive_is_hinted_at(member, benefits, hardship, given, kinds):
    found = hints([{**MEMBER, **member}], benefits, hardship, given)
    assert [(one.who, one.allowance.zh) for one in found] == [("吴甲红", kind) for kind in kinds]


def test_row_43_an_extract_for_publication_has_no_name_number_village_or_school(
    session, county, clock, supervisor, investigated, at_desk
):
    son = "members[01900000-0000-7000-8000-000000000002]"
    case = investigated({f"{son}.school": "柳树中心小学二年级", "case.doc_no": "（2026）示0101刑初7号"})
    screenings.run(session, case, clock())
    plans_of_help.measure(session, clock(), county, "legal_aid", status="done", commits=False)
    seen = case_extracts.preview(session, supervisor, case.case_id, clock())
    text = "\n".join(f"{label} {said}" for label, said in seen.lines)
    assert "女，" in text and "法律援助" in text and "A1" in text
    for secret in ("刘梅", "刘小树", "柳树", "东乡", "小学二年级", "1988", "7号", case.code_name):
        assert secret not in text
    # What a person writes besides is refused by each thing that would tell who it is
    plain = "丈夫去世后一人抚养孩子，妇联与检察院共同走访，落实司法救助与法律援助，孩子继续上学。"
    for told in (
        "刘梅",
        "柳树村",
        "柳树",
        "柳树中心小学二年级",
        "19900001234",
        "（2026）示0101刑初7号",
        "2025年3月4日",
    ):
        with pytest.raises(Problem) as refused:
            case_extracts.publish(session, supervisor, case.case_id, plain + told, clock())
        assert refused.value.code == "extract_names_somebody" and refused.value.details["found"]
    made = case_extracts.publish(session, supervisor, case.case_id, plain, clock())
    session.commit()
    # At the desk it asks for a fresh proof, and keeps what was written until she has given it
    desk, at = at_desk("supervisor"), f"/extracts/of/{case.case_id}/anonymous"
    clock.advance(minutes=6)

    def shares():
        with reading() as rows:
            return len(rows.scalars(select(ExtractShare)).all())

    before = shares()
    asked = desk.post(at, account=plain)
    assert asked.status_code == 401 and "fresh_proof_needed" in asked.text and plain in asked.text
    assert shares() == before
    desk.prove(next=at)
    assert desk.post(at, account=plain).status_code == 303 and shares() == before + 1
    desk.get(f"/letters/of/{case.case_id}")
    paper = desk.post(f"/extracts/{made.share_id}/copies").text
    sheet = paper[paper.index('<div class="sheet"') :]
    assert plain in sheet and "刘" not in sheet and "柳" not in sheet and case.code_name not in sheet
    # It names no case, so no system takes it as a file
    assert desk.post(f"/extracts/{made.share_id}/file").status_code == 404


def test_row_68_an_officer_sees_only_the_children_entrusted_to_her(
    session, county, clock, supervisor, opened, enrolled
):
    case, other = opened(), opened()
    children = {one["name"]: one["person_id"] for one in casefiles.people_of(session, case)}
    until = clock().date() + timedelta(days=30)
    named = {"children": [children["刘小满"]], "ends_on": until, "is_related": False, "now": clock()}
    assert officers.name(session, supervisor, case.case_id, county.cadre_id, **named)
    visit_of_officer(session, supervisor, county, case, clock)
    session.commit()
    officer = enrolled("cadre")
    officer.sync_all()
    bundles = {ref: told for ref, told in officer.device.held.items() if ref.startswith("case:")}
    assert set(bundles) == {f"case:{case.case_id}"}  # the list: this family, and no other
    [bundle] = bundles.values()
    assert [(one["name"], one["sex"]) for one in bundle["people"]] == [("刘小满", None)]
    assert bundle["subject"] == str(children["刘小满"]) and bundle["facts"] == {} and bundle["contact"] is None
    assert str(children["刘梅"]) not in json.dumps(bundle) and "刘小树" not in json.dumps(bundle, ensure_ascii=False)
    [planned] = bundle["visits"]
    assert (planned["purpose"], planned["forms"]) == ("officer", ["F3V"])
    # Reports: her own, without violence; nobody else's
    done = officer.fill_in(county, case_id=case.case_id, form="F3V", visit_id=planned["visit_id"], body=LOOKED_IN)
    officer.sync_all()
    assert officer.result(done)["status"] == "ok"
    factories.record(session, clock(), county, case_id=case.case_id, form="F2", state="approved")
    session.commit()
    officer.sync_all()
    found = cases_of(session, county.acting(session, "cadre"), [case.case_id, other.case_id], clock())
    assert set(found) == {case.case_id}
    assert {one["form"] for one in found[case.case_id]["records"]} == {"F3V"}
    assert f"case:{other.case_id}" not in officer.device.held


LOOKED_IN = {"answers": {"fv": {"met": "yes"}}}


def visit_of_officer(session, supervisor, county, case, clock, who=None):
    return cases.plan_visit(
        session, supervisor, case.case_id, purpose=VisitPurpose.OFFICER, visitor_ids=[who or county.cadre_id],
        planned_on=clock().date(), due_on=None, reason="planned_visit", now=clock(),
    )  # fmt: skip


def test_row_68_an_officer_whose_last_day_is_over_loses_access_at_the_next_sync(
    session, county, clock, supervisor, opened, enrolled
):
    case = opened()
    [child] = [one["person_id"] for one in casefiles.people_of(session, case) if one["name"] == "刘小满"]
    named = {"children": [child], "ends_on": clock().date() + timedelta(days=1), "is_related": False, "now": clock()}
    officers.name(session, supervisor, case.case_id, county.cadre_id, **named)
    session.commit()
    officer = enrolled("cadre")
    officer.sync_all()
    assert f"case:{case.case_id}" in officer.device.held
    clock.advance(days=2)
    with writing() as worker:
        for row in teams.over(worker, clock()):
            teams.end_over(worker, *row, clock())
    officer.sync_all()
    assert f"case:{case.case_id}" not in officer.device.held


def test_row_68_two_families_that_differ_in_what_is_not_entrusted_look_the_same_to_the_officer(
    session, county, clock, supervisor, opened
):
    told = []
    for rest in ((MOTHER, BOY), (cases.NewPerson("吴芳", "female", "1979-01", "self"),)):
        case = opened("春蕾计划", people=(rest[0], GIRL, *rest[1:]))
        [child] = [one["person_id"] for one in casefiles.people_of(session, case) if one["name"] == GIRL.name]
        until = clock().date() + timedelta(days=9)
        named = {"children": [child], "ends_on": until, "is_related": False, "now": clock()}
        officers.name(session, supervisor, case.case_id, county.cadre_id, **named)
        made = visit_of_officer(session, supervisor, county, case, clock)
        answers = reports.changed(reports.investigation(case.subject_id), {"dv.screen": "yes" if rest[1:] else "no"})
        factories.record(
            session, clock(), county, case_id=case.case_id, answers=reports.body(answers, clock()), state="approved"
        )
        key_care.put_on(
            session, supervisor, case.case_id, level="key", reason=rest[0].name, review_on=until, now=clock()
        )
        session.flush()
        found = cases_of(session, county.acting(session, "cadre"), [case.case_id], clock())[case.case_id]
        ids = {str(case.case_id): "case", str(child): "child", str(made.visit_id): "visit", case.code_name: "code"}
        text = json.dumps(found, ensure_ascii=False, sort_keys=True)
        for one, word in ids.items():
            text = text.replace(one, word)
        told.append(text)
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"children": []}, "officer_needs_child"),
        ({"ends_on": date(2026, 11, 20)}, "officer_dates_wrong"),
        ({"ends_on": date(2028, 1, 1)}, "officer_dates_wrong"),
        ({"children": "mother"}, "not_found"),
        ({"who": "caseworker_id"}, "visitor_not_in_region"),
    ],
)
def test_row_68_an_officer_is_named_for_children_by_name_and_until_a_day(
    session, county, clock, supervisor, opened, changed, code
):
    case = opened()
    people = {one["name"]: one["person_id"] for one in casefiles.people_of(session, case)}
    children = [people["刘梅"]] if changed.get("children") == "mother" else changed.get("children", [people["刘小满"]])
    ends_on = changed.get("ends_on", date(2026, 12, 24))
    who = getattr(county, changed.get("who", "cadre_id"))
    with pytest.raises(Problem) as refused:
        officers.name(
            session, supervisor, case.case_id, who, children=children, ends_on=ends_on, is_related=False, now=clock()
        )
    assert refused.value.code == code
    with pytest.raises(Problem) as refused:  # and a visit makes nobody an officer
        visit_of_officer(session, supervisor, county, case, clock)
    assert refused.value.code == "officer_not_named"


def test_row_68_who_says_she_is_related_gets_no_child(session, county, clock, supervisor, opened):
    case = opened()
    [child] = [one["person_id"] for one in casefiles.people_of(session, case) if one["name"] == "刘小满"]
    named = {"children": [child], "ends_on": date(2026, 12, 24), "is_related": True, "now": clock()}
    assert not officers.name(session, supervisor, case.case_id, county.cadre_id, **named)
    assert cases_of(session, county.acting(session, "cadre"), [case.case_id], clock()) == {}


def test_a_man_is_no_officer_of_a_family_that_women_are_to_work_with(session, county, clock, supervisor, opened):
    case = opened()
    [child] = [one["person_id"] for one in casefiles.people_of(session, case) if one["name"] == "刘小满"]
    session.get_one(Person, (county.district, county.cadre_id)).sex = Sex.MAN
    women.ask(session, supervisor, case.case_id, "她说想和女同志谈", clock())
    named = {"children": [child], "ends_on": date(2026, 12, 24), "is_related": False, "now": clock()}
    with pytest.raises(Problem, match="woman_worker_needed"):
        officers.name(session, supervisor, case.case_id, county.cadre_id, **named)
    women.allow(session, supervisor, case.case_id, county.cadre_id, "村里没有别人", clock())
    assert officers.name(session, supervisor, case.case_id, county.cadre_id, **named)


def test_row_78_the_sample_is_drawn_reproducibly_and_its_result_is_stored(
    session, county, clock, supervisor, second_supervisor, at_desk
):
    visits = [factories.visit(session, clock(), county.case_id, [county.caseworker_id]) for _ in range(10)]
    for visit_id in visits:
        factories.record(session, clock(), county, visit_id=visit_id, state="approved")
    factories.record(session, clock(), county, visit_id=factories.visit(session, clock(), county.case_id, []))
    today = clock().date()
    asked = {"since": today, "until": today, "share_percent": 30, "seed": "2026-四季度"}
    drawn = []
    for acting in (supervisor, acting_for(session, county.district, second_supervisor)):
        made = inspections.draw(session, acting, **asked, now=clock())
        assert (made.visits, made.seed) == (10, "2026-四季度")
        drawn.append([one.visit.visit_id for one in inspections.read(session, acting, made.inspection_id, clock())[1]])
    assert drawn[0] == drawn[1] == draw(visits, "2026-四季度", 30) and len(drawn[0]) == 3
    other = inspections.draw(session, supervisor, **{**asked, "seed": "another"}, now=clock())
    assert [
        one.visit.visit_id for one in inspections.read(session, supervisor, other.inspection_id, clock())[1]
    ] != drawn[0]
    session.commit()
    # What the check gave is kept, with its sentence, and says nothing of who made the visit
    desk = at_desk("supervisor")
    address = f"/inspections/{other.inspection_id}"
    desk.get(address)
    assert "inspection_needs_note" in desk.post(f"{address}/1", result="differs", note="").text
    assert desk.post(f"{address}/1", result="differs", note="家里多一个人").status_code == 303
    with reading() as after:
        _, found = inspections.read(after, county.acting(after, "supervisor"), other.inspection_id, clock())
    assert (found[0].row.result, found[0].note) == ("differs", "家里多一个人")
    page = desk.get(address).text
    assert "与报告有出入" in page and "李雨" not in page
    # And another's draw is not hers to read
    assert at_desk("second").get(address).status_code == 404


def test_row_78_who_made_a_visit_does_not_check_it(session, county, clock, supervisor):
    visit_id = factories.visit(session, clock(), county.case_id, [county.supervisor_id])
    factories.record(session, clock(), county, visit_id=visit_id, author_id=county.supervisor_id, state="approved")
    today = clock().date()
    made = inspections.draw(session, supervisor, since=today, until=today, share_percent=100, seed="s", now=clock())
    with pytest.raises(Problem) as refused:
        inspections.check(session, supervisor, made.inspection_id, 1, "agrees", "", clock())
    assert refused.value.code == "own_record"


def test_row_78_a_visit_that_comes_later_changes_no_place_of_the_others():
    visits = [UUID(int=number) for number in range(1, 40)]
    before = draw(visits[:-1], "s", 100)
    after = draw(reversed(visits), "s", 100)
    assert [one for one in after if one != visits[-1]] == before
    assert len(draw(visits[:21], "s", 5)) == 2 and draw([], "s", 5) == []
