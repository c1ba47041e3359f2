"""Tasks for departments: sent, taken on or refused, done or taken back; who sees what of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import clock_settings, dispatches
from fieldapp.casework.calendar import Length, Unit, published
from fieldapp.casework.measures import Answer
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import work
from fieldapp.models.accounts import acting_for
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import ConflictOfInterest
from fieldapp.models.measures import Dispatch
from fieldapp.models.organisations import Liaison
from tests import plans_of_help
from tests.desk_fixtures import TOKEN

TEXT = {"purpose": "临时救助", "asked": "请在本月内受理申请", "reach": "只通过县妇联联系"}


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield


@pytest.fixture
def liaison(session, county, clock):
    return plans_of_help.liaison(session, clock(), county)


@pytest.fixture
def record_id(session, forms, county, clock):
    return plans_of_help.measure(session, clock(), county)


@pytest.fixture
def sent(county, liaison, record_id, clock):
    """The id of a task that was sent to the liaison's department."""
    with writing() as session:
        supervisor = county.acting(session, "supervisor")
        row = dispatches.send(session, supervisor, county.case_id, record_id, liaison[1], **TEXT, now=clock())
        return row.dispatch_id


def say(county, liaison, dispatch_id, given, text, at):
    with writing() as session:
        return dispatches.answer(session, of(session, county, liaison), dispatch_id, given, text, at)


def of(session, county, liaison):
    return acting_for(session, county.district, liaison[0])


def calendar_day_after(now):
    due = published().due(now, Length(1, Unit.WORKING_DAY))
    return due.day


def kinds(look):
    return [event.kind for event in sorted(look(CaseEvent), key=lambda event: (event.at, event.event_id))]


def test_a_task_goes_its_way_and_every_step_is_an_event(county, liaison, sent, clock, look):
    clock.advance(minutes=1)
    say(county, liaison, sent, Answer.ACCEPTED, "", clock())
    clock.advance(minutes=1)
    say(county, liaison, sent, Answer.DONE, "已发放", clock())
    found = kinds(look)
    assert [kind for kind in found if kind != "help_arrived"] == ["dispatched", "dispatch_accepted", "dispatch_done"]
    assert found.count("help_arrived") == 1


def test_a_clock_of_a_department_goes_by_the_countys_own_name_and_length_and_says_whose_it_is(
    county, liaison, sent, session, clock, at_desk
):
    own = {"amount": "1", "name_zh": "部门次日回话", "name_en": "Answer by tomorrow"}
    clock_settings.change(session, county.acting(session, "supervisor"), "dispatch_answer", **own, now=clock())
    session.commit()
    [task] = dispatches.tasks(session, of(session, county, liaison), clock())
    session.commit()
    assert (task.clock.limit.name.zh, task.clock.due.day) == ("部门次日回话", calendar_day_after(clock()))
    for who in ("liaison", "supervisor"):
        assert "部门次日回话" in at_desk(who).get("/tasks").text
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    clock_row = page.partition("部门次日回话")[2].partition("</tr>")[0]
    assert f"{task.organisation} {task.department}" in clock_row


def test_a_refused_task_comes_back_to_the_supervisor_with_its_reason_until_it_is_sent_again(
    county, liaison, record_id, sent, session, clock
):
    clock.advance(minutes=1)
    say(county, liaison, sent, Answer.REFUSED, "不在本部门职责内", clock())

    def back():
        with reading() as rows:
            found = dispatches.under_way(rows, county.acting(rows, "supervisor"), clock())
            return [(task.answer.value, task.text) for task in found]

    assert back() == [("refused", "不在本部门职责内")]
    other = plans_of_help.liaison(session, clock(), county, "other")
    clock.advance(minutes=1)
    with writing() as rows:
        supervisor = county.acting(rows, "supervisor")
        dispatches.send(rows, supervisor, county.case_id, record_id, other[1], **TEXT, now=clock())
    assert back() == [("sent", "")]


@pytest.mark.parametrize("given", [Answer.REFUSED, Answer.DONE])
def test_a_refusal_and_a_result_need_a_sentence(county, liaison, sent, clock, given):
    say(county, liaison, sent, Answer.ACCEPTED, "", clock())
    with pytest.raises(Problem) as refused:
        say(county, liaison, sent, given, "  ", clock())
    assert refused.value.code == "task_text_needed"


def test_what_is_settled_is_answered_no_more_and_the_same_said_again_changes_nothing(
    county, liaison, sent, clock, look
):
    say(county, liaison, sent, Answer.REFUSED, "不归我们", clock())
    say(county, liaison, sent, Answer.REFUSED, "不归我们", clock())
    with pytest.raises(Problem) as refused:
        say(county, liaison, sent, Answer.ACCEPTED, "", clock())
    assert refused.value.code == "task_answered"
    assert kinds(look).count("dispatch_refused") == 1


def test_a_task_needs_a_liaison_an_approved_measure_and_three_sentences(county, liaison, record_id, session, clock):
    open_report = plans_of_help.measure(session, clock(), county, state="submitted")

    def code_of(record, text=TEXT):
        with pytest.raises(Problem) as refused, writing() as rows:
            supervisor = county.acting(rows, "supervisor")
            dispatches.send(rows, supervisor, county.case_id, record, liaison[1], **text, now=clock())
        return refused.value.code

    assert code_of(open_report) == "not_found"
    for name in TEXT:
        assert code_of(record_id, {**TEXT, name: " "}) == "task_text_needed"
    session.scalars(select(Liaison)).one().ended_at = clock()
    session.commit()
    assert code_of(record_id) == "liaison_needed"


def test_no_mediation_is_sent_before_the_violence_screen(county, liaison, session, clock, forms):
    record = plans_of_help.measure(session, clock(), county, kind="mediation")
    with pytest.raises(Problem) as refused, writing() as rows:
        supervisor = county.acting(rows, "supervisor")
        dispatches.send(rows, supervisor, county.case_id, record, liaison[1], **TEXT, now=clock())
    assert refused.value.code == "mediation_not_now"


def test_only_a_supervisor_of_the_region_sends_and_takes_back(county, liaison, record_id, sent, clock):
    for who in ("caseworker", "cadre", "administrator"):
        with pytest.raises(Problem) as refused, writing() as rows:
            acting = county.acting(rows, who)
            dispatches.send(rows, acting, county.case_id, record_id, liaison[1], **TEXT, now=clock())
        assert refused.value.code == "not_found"
        with pytest.raises(Problem) as refused, writing() as rows:
            dispatches.withdraw(rows, county.acting(rows, who), sent, "发错了", clock())
        assert refused.value.code == "not_found"
    with writing() as rows:
        row = dispatches.withdraw(rows, county.acting(rows, "supervisor"), sent, "发错了", clock())
    assert row.answer == "withdrawn"


def test_a_department_sees_its_own_task_alone_and_nothing_else_of_the_family(
    at_desk, county, liaison, sent, session, clock
):
    plans_of_help.liaison(session, clock(), county, "other")
    plans_of_help.assessment(session, clock(), county, "red")
    page = at_desk("liaison").get("/tasks").text
    assert all(text in page for text in TEXT.values())
    assert "刘梅" not in page and "柳树村" not in page and "临时救助一次" not in page
    other = at_desk("other")
    assert TEXT["asked"] not in other.get("/tasks").text
    assert other.post(f"/tasks/{sent}/answer", answer="accepted").status_code == 404
    assert other.get(f"/cases/{county.case_id}").status_code == 404


def test_the_page_of_a_department_says_the_same_whatever_the_danger(at_desk, county, liaison, sent, session, clock):
    desk = at_desk("liaison")
    before = TOKEN.sub("", desk.get("/tasks").text)
    plans_of_help.assessment(session, clock(), county, "red")
    assert TOKEN.sub("", desk.get("/tasks").text) == before


def test_a_liaison_who_is_related_to_the_family_neither_gets_nor_sees_its_task(county, liaison, sent, session, clock):
    row = ConflictOfInterest(
        district=county.district,
        case_id=county.case_id,
        person_id=liaison[0],
        said_by=county.supervisor_id,
        said_at=clock(),
    )
    session.add(row)
    session.commit()
    with pytest.raises(Problem) as refused:
        say(county, liaison, sent, Answer.ACCEPTED, "", clock())
    assert refused.value.code == "not_found"


def test_who_speaks_for_a_department_no_more_sees_none_of_its_tasks(county, liaison, sent, session, clock):
    session.scalars(select(Liaison)).one().ended_at = clock()
    session.commit()
    with writing() as rows:
        assert dispatches.tasks(rows, of(rows, county, liaison), clock()) == []


def test_a_task_that_waits_is_a_number_for_its_liaison(county, liaison, sent, clock):
    def waits():
        with reading() as rows:
            return work.waiting_for(rows, of(rows, county, liaison))

    assert waits() == 1
    say(county, liaison, sent, Answer.ACCEPTED, "", clock())
    assert waits() == 0


def test_the_clock_of_the_answer_gives_way_to_the_clock_of_the_result(county, liaison, sent, clock):
    def clock_of():
        with writing() as rows:
            (task,) = dispatches.tasks(rows, of(rows, county, liaison), clock())
            return None if task.clock is None else (task.clock.limit.code, task.clock.due.day)

    code, day = clock_of()
    assert code == "dispatch_answer" and day > clock().date()
    say(county, liaison, sent, Answer.ACCEPTED, "", clock())
    assert clock_of() == ("dispatch_result", clock().date() + timedelta(days=30))
    say(county, liaison, sent, Answer.DONE, "已办", clock())
    assert clock_of() is None


def test_the_words_of_a_task_lie_sealed(county, liaison, sent, clock, look):
    (row,) = look(Dispatch)
    assert TEXT["asked"].encode() not in row.sealed_text


def test_from_the_file_to_the_department_and_back_through_the_pages(at_desk, county, liaison, record_id, clock):
    supervisor, department = at_desk("supervisor"), at_desk("liaison")
    supervisor.get(f"/cases/{county.case_id}")
    assert "临时救助一次" in supervisor.page
    address = f"/cases/{county.case_id}/measures/{record_id}/task"
    assert supervisor.post(address, department=str(liaison[1]), **TEXT).status_code == 303
    department.get("/tasks")
    (task,) = [row.dispatch_id for row in _rows()]
    assert department.post(f"/tasks/{task}/answer", answer="accepted").status_code == 303
    refused = department.post(f"/tasks/{task}/answer", answer="done", text="")
    assert refused.status_code == 422 and "/tasks" in refused.text
    assert department.post(f"/tasks/{task}/answer", answer="done", text="已发放").status_code == 303
    supervisor.get(f"/cases/{county.case_id}")
    assert "已发放" in supervisor.page


def _rows():
    with reading() as session:
        return session.scalars(select(Dispatch)).all()
