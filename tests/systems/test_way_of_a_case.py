"""Rows 4, 21, 23, 24, 29, 37, 46, 47, 52, 57, 80: letters, moves, meetings and tasks on the way to the closed file."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import agendas, case_events, case_moves, dispatches, letters, measures, reviews
from fieldapp.actions.case_answers import heads_of
from fieldapp.actions.case_moves import Said
from fieldapp.casework.calendar import months_later
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.measures import Answer
from fieldapp.casework.states import CaseState
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.library import plans
from fieldapp.forms.schema import schema_for
from fieldapp.models.accounts import acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.letters import Letter
from fieldapp.models.records import Record, Revision
from tests import factories, papers, plans_of_help, reports

TASK = {"purpose": "临时救助", "asked": "请在本月内受理申请", "reach": "只通过县妇联联系"}


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


@pytest.fixture
def file(county, session):
    return session.get_one(Case, (county.district, county.case_id))


@pytest.fixture
def supervisor(county, session):
    return county.acting(session, "supervisor")


def approve(session, county, record_id, now):
    supervisor = county.acting(session, "supervisor")
    reviews.open_review(session, supervisor, record_id, now)
    record = session.get_one(Record, (county.district, record_id))
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    reviews.approve(session, supervisor, record_id, head.revision_id, head.content_hash, text="看过", now=now)


def report(session, at, county, form, answers, state="submitted"):
    record_id, _ = factories.record(
        session, at, county, form=form, answers=json.dumps({"answers": answers}).encode(), state=state
    )
    return record_id


def move(session, county, end, now, reason="写明", who="supervisor"):
    refused = case_moves.move(session, county.acting(session, who), county.case_id, CaseState(end), reason, Said(), now)
    return [one.code for one in refused]


def test_row_04_a_letter_is_numbered_printed_and_received_and_refused_by_the_name_of_what_it_lacks(
    county, session, clock, supervisor
):
    # Given an approved letter with its four contents
    whole = papers.approved(session, clock(), county)
    letter = letters.make(session, supervisor, county.case_id, Kind.TRANSFER, whole, clock())
    letters.note_signed(session, supervisor, letter.letter_id, clock())
    letters.note_sent(session, supervisor, letter.letter_id, clock())
    letters.note_received(session, supervisor, letter.letter_id, "示检3号", clock())
    [view] = letters.letters_of(session, supervisor, session.get_one(Case, (county.district, county.case_id)))
    assert (view.number, view.receipt) == ("线移〔2026〕1号", "示检3号")
    assert letters.open_letter(session, supervisor, letter.letter_id, clock())[2].startswith(b"PK")
    # Without any one of them it is refused, and the refusal names it
    for part in ("harm", "hardship", "causal", "situation"):
        four = {name: said for name, said in papers.FOUR.items() if name != part}
        lacking = papers.approved(session, clock(), county, answers={**papers.LETTER, "four": four})
        with pytest.raises(Problem, match=f"letter_lacks_{part}"):
            letters.make(session, supervisor, county.case_id, Kind.TRANSFER, lacking, clock())
    assert len(session.scalars(select(Letter)).all()) == 1


def test_row_21_each_step_is_logged_and_a_step_the_table_does_not_know_is_refused(file, county, session, clock):
    file.state = "LEAD"
    told, refused = [], set()
    for end in ("TRIAGED", "REOPENED", "TRIAGED"):
        # Whatever the table has no arrow for is refused at each station, and logged nowhere
        refused |= set(move(session, county, "CLOSED", clock()))
        clock.advance(seconds=1)
        assert move(session, county, end, clock()) == []
        told.append(end)
    assert refused == {"no_such_move"}
    assert [event.kind for event in case_events.events_for_clocks(session, file)] == ["triaged", "reopened", "triaged"]
    rows = session.scalars(select(AuditRow).where(AuditRow.act == "move_case").order_by(AuditRow.audit_id)).all()
    assert [json.loads(row.about)["to"] for row in rows] == told
    assert {row.actor_id for row in rows} == {county.supervisor_id}


def test_row_23_a_file_is_not_closed_before_the_federation_heard_the_result(file, county, session, clock):
    # Given a file followed up after a letter, whose closure says that nobody was told
    file.state = "FOLLOW_UP"
    papers.sent(session, clock(), county)
    case_events.note(session, file, Happened.REPORT_NOT_NEEDED, now=clock())
    report(session, clock(), county, "F9", {"cl": {"reason": "goals_met", "feedback_done": "no"}})
    assert move(session, county, "CLOSED", clock()) == ["feedback_given"]
    # When the receipt says on which day the result was told back, then it is closed
    receipt = {"relief": {"receipt_no": "3", "result": "granted", "feedback_at": "2026-11-20T09:00"}}
    report(session, clock(), county, "F4R", receipt)
    assert move(session, county, "CLOSED", clock()) == []
    assert file.state == CaseState.CLOSED


def test_row_24_each_decision_of_a_meeting_has_an_owner_and_a_day_and_becomes_a_measure(county, session, clock):
    # A decision without either is named by the form
    bare = {"mt": {"kind": "joint_meeting", "decisions": [{"_id": plans_of_help.DECISION, "text": "办救助"}]}}
    lacks = {problem["path"] for problem in open_instance(plans()["F8"], bare, now_ms=reports.AT_MS).problems()}
    row = f"mt.decisions[{plans_of_help.DECISION}]"
    assert {f"{row}.owner", f"{row}.due"} <= lacks
    # With both it stands on the file until a measure is made of it, which carries them on
    meeting_id = plans_of_help.meeting(session, clock(), county, due="2026-12-20")
    supervisor, file = county.acting(session, "supervisor"), session.get_one(Case, (county.district, county.case_id))
    [decided] = measures.plan_for(session, supervisor, file).decisions
    assert (decided.owner, str(decided.due)) == ("civil", "2026-12-20")
    named = f"{meeting_id}/{plans_of_help.DECISION}"
    plans_of_help.measure(session, clock(), county, meeting_id=named)
    plan = measures.plan_for(session, supervisor, file)
    assert plan.decisions == [] and [(one.providers, str(one.due)) for one in plan.measures] == [
        (("civil",), "2026-12-20")
    ]


def test_row_29_case_one_shows_its_support_suit_and_its_supervision_of_filing(at_desk, county, session, clock):
    # As published: support for her suits on 2022-04-28, supervision of the criminal filing on 2022-08-09
    told = reports.investigation(county.subject_id)
    told["case"] = {
        "type": "injury", "nature": "criminal", "stage": "prosecuted", "divorce_suit": "filed", "subject_fault": "no",
        "offender_relation": "husband",
        "legal_actions": [
            {"_id": "a", "kind": "support_suit", "organ": "丰台区人民检察院", "on": "2022-04-28"},
            {"_id": "b", "kind": "filing_supervision", "organ": "丰台区人民检察院", "on": "2022-08-09"},
        ],
    }  # fmt: skip
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(told, clock()))
    session.commit()
    desk = at_desk("supervisor")
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    page = desk.get(f"/reports/{record_id}").text
    assert "支持起诉" in page and "刑事立案监督" in page and "2022-08-09" in page


def test_row_37_a_reception_keeps_who_came_from_outside(county, session, clock):
    # Case 1: deputies were invited to its meeting; the reception of a chief prosecutor is the row's own text
    people = [
        {"_id": factories.new_id().hex, "org": "proc", "name": "检察长", "outside": "no"},
        {"_id": factories.new_id().hex, "org": "other", "org_other": "人大代表", "name": "代表", "outside": "yes"},
    ]
    answers = {"mt": {"kind": "reception", "participants": people}}
    schema_for(plans()["F8"]).load(answers)
    record_id = report(session, clock(), county, "F8", answers, state="approved")
    [head] = heads_of(session, session.get_one(Case, (county.district, county.case_id)), ("F8",))
    assert head.record.record_id == record_id and head.at("mt", "kind") == "reception"
    assert [row["outside"] for row in head.rows("mt", "participants")] == ["no", "yes"]


def overdue(county, clock):
    jobs.keep_agendas(clock())
    with reading() as session:
        entries = agendas.calendar(session, county.acting(session, "supervisor"), clock(), clock().date())
        return {entry.what for entry in entries if entry.state is ClockState.OVERDUE}


def test_row_46_a_joint_meeting_that_is_past_its_month_is_shown_until_it_was_held(
    at_desk, file, county, session, clock
):
    # Given a plan that began, and no meeting for more than a month
    report_id = report(session, clock(), county, "F8", {"mt": {"kind": "joint_meeting"}})
    file.state = "APPROVED"
    approve(session, county, report_id, clock())
    assert file.state == CaseState.PLAN
    session.commit()
    assert "clock:joint_consultation" not in overdue(county, clock)
    clock.advance(days=32)
    assert "clock:joint_consultation" in overdue(county, clock)
    assert "每月会商" in at_desk("supervisor").get("/calendar").text
    # When it is held, its month begins anew; a briefing is none
    session.expire_all()
    approve(session, county, report(session, clock(), county, "F8", {"mt": {"kind": "briefing"}}), clock())
    session.commit()
    clock.advance(minutes=1)
    assert "clock:joint_consultation" in overdue(county, clock)
    session.expire_all()
    approve(session, county, report(session, clock(), county, "F8", {"mt": {"kind": "monthly_consultation"}}), clock())
    session.commit()
    clock.advance(minutes=1)
    assert "clock:joint_consultation" not in overdue(county, clock)


@pytest.mark.parametrize("kind", ["joint_meeting", "dv_consultation", "collaboration", "joint_study"])
def test_row_80_each_kind_of_meeting_is_kept_and_is_followed_by_the_next_in_time(file, county, session, clock, kind):
    schema_for(plans()["F8"]).load({"mt": {"kind": kind}})
    file.state = "IN_HELP"
    session.commit()
    approve(session, county, report(session, clock(), county, "F8", {"mt": {"kind": kind}}), clock())
    kinds = [event.kind for event in case_events.events_for_clocks(session, file)]
    assert kinds.count(Happened.CONSULTATION_HELD) == 1
    session.commit()
    clock.advance(days=40)
    assert "clock:joint_consultation" in overdue(county, clock)


@pytest.fixture
def two_tasks(county, session, clock):
    """Two departments with a task each: [(liaison's person_id, dispatch_id)]."""
    found = []
    for number, kind in enumerate(("temporary_relief", "legal_aid")):
        person_id, department_id = plans_of_help.liaison(session, clock(), county, f"liaison-{number}")
        record_id = plans_of_help.measure(session, clock(), county, kind=kind)
        with writing() as rows:
            acting = county.acting(rows, "supervisor")
            sent = dispatches.send(rows, acting, county.case_id, record_id, department_id, **TASK, now=clock())
            found.append((person_id, sent.dispatch_id))
    return found


def answer(county, person_id, dispatch_id, given, text, now):
    with writing() as session:
        dispatches.answer(session, acting_for(session, county.district, person_id), dispatch_id, given, text, now)


def test_row_47_a_file_is_done_only_when_each_department_has_done_its_task_or_refused_it_with_a_reason(
    file, county, session, clock, two_tasks
):
    file.state = "FOLLOW_UP"
    case_events.note(session, file, Happened.REPORT_NOT_NEEDED, now=clock())
    report(session, clock(), county, "F9", {"cl": {"reason": "goals_met", "feedback_done": "yes"}})
    session.commit()
    (first, first_task), (second, second_task) = two_tasks
    assert move(session, county, "CLOSED", clock()) == ["tasks_settled"]
    session.commit()
    answer(county, first, first_task, Answer.ACCEPTED, "", clock())
    answer(county, first, first_task, Answer.DONE, "已发放", clock())
    assert move(session, county, "CLOSED", clock()) == ["tasks_settled"]
    session.commit()
    with pytest.raises(Problem, match="task_text_needed"):
        answer(county, second, second_task, Answer.REFUSED, " ", clock())
    answer(county, second, second_task, Answer.REFUSED, "不符合条件", clock())
    # Both stand on one view of the file
    stood = {task.answer for task in dispatches.of_case(session, file, clock())}
    assert stood == {Answer.DONE, Answer.REFUSED}
    assert move(session, county, "CLOSED", clock()) == []


def test_row_52_when_a_task_was_sent_taken_on_and_done_is_seen_on_the_file(at_desk, county, session, clock, two_tasks):
    person_id, dispatch_id = two_tasks[0]
    for given in (Answer.ACCEPTED, Answer.DONE):
        clock.advance(hours=5)
        answer(county, person_id, dispatch_id, given, "已发放", clock())
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    timeline = page.split('id="timeline-title"', 1)[1].split("</section>", 1)[0]
    lines = re.findall(r'<li><span class="quiet">([^<]+)</span>\s*([^<·]+)', timeline)
    when = {text.strip(): moment for moment, text in lines}
    assert len({when["已转部门"], when["部门已承办"], when["部门已办结"]}) == 3
    assert "已办结" in page.split('id="plan-title"', 1)[1]


def test_row_57_the_case_study_meeting_of_ms_liu_keeps_its_seven_units(county, session, clock):
    # As published: 五华区妇联联动西山区妇联、街道妇联、综治、司法、社区、派出所召开刘女士家庭情况研判会
    units = [
        ("wf", "五华区妇联"), ("wf", "西山区妇联"), ("wf", "街道妇联"), ("plc", "综治"), ("justice", "司法"),
        ("village", "社区"), ("police", "派出所"),
    ]  # fmt: skip
    people = [
        {"_id": factories.new_id().hex, "org": org, "unit": unit, "outside": "no", "name": {"unknown": "no_paper"}}
        for org, unit in units
    ]
    answers = {"mt": {"kind": "case_study_meeting", "participants": people}}
    schema_for(plans()["F8"]).load(answers)
    report(session, clock(), county, "F8", answers, state="approved")
    [head] = heads_of(session, session.get_one(Case, (county.district, county.case_id)), ("F8",))
    assert {row["unit"] for row in head.rows("mt", "participants")} == {unit for _, unit in units}


def test_row_46_a_standing_meeting_past_its_period_is_shown_until_its_report_is_approved(
    at_desk, file, county, session, clock
):
    # Given a joint meeting of every three months, set up on its page
    session.commit()
    desk = at_desk("supervisor")
    desk.get("/meetings")
    first_on = clock().date().isoformat()
    told = {"kind": "joint_meeting", "name": "衔接联席会议", "members": "妇联、检察院、民政", "every_months": "3"}
    assert desk.post("/meetings", **{**told, "members": " "}, first_on=first_on).status_code == 422
    assert desk.post("/meetings", **told, first_on=first_on).status_code == 303
    assert "衔接联席会议" in desk.get("/meetings").text and "已逾期" not in desk.page
    # When nobody holds it, then it is shown as overdue
    clock.advance(days=1)
    desk = at_desk("supervisor")
    assert "已逾期" in desk.get("/meetings").text
    # And when the report of such a meeting is approved, the next one is due three months after its day
    told_of = {"mt": {"kind": "joint_meeting", "at": clock().isoformat()}}
    approve(session, county, report(session, clock(), county, "F8", told_of), clock())
    session.commit()
    page = desk.get("/meetings").text
    assert "已逾期" not in page and months_later(clock().date(), 3).isoformat() in page
    # A word will do as well, never of a day to come; and it may come no more
    [address] = re.findall(r'action="(/meetings/[0-9a-f-]+)/held"', page)
    tomorrow = (clock() + timedelta(days=1)).date().isoformat()
    assert desk.post(f"{address}/held", on=tomorrow).status_code == 422
    assert desk.post(f"{address}/held", on=clock().date().isoformat()).status_code == 303
    assert desk.post(f"{address}/drop").status_code == 303
    assert "衔接联席会议" not in desk.get("/meetings").text
