"""The case moves: by what is done anyhow, and by a person who meets every refusal in words."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import case_events, case_moves, cases, erasures, reviews, women
from fieldapp.actions.case_moves import Said
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import MOVES, CaseState, ways_from
from fieldapp.errors import Problem
from fieldapp.models.accounts import Person, Role, Sex, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case, VisitPurpose
from fieldapp.models.records import Record, Revision
from tests import factories


@pytest.fixture
def file(county, session):
    return session.get_one(Case, (county.district, county.case_id))


@pytest.fixture
def supervisor(county, session):
    return county.acting(session, "supervisor")


def plan(session, county, acting, now, purpose=VisitPurpose.INVESTIGATION):
    visitors = [county.caseworker_id, county.second_caseworker_id]
    return cases.plan_visit(
        session, acting, county.case_id, purpose=purpose, visitor_ids=visitors, planned_on=date(2026, 11, 25),
        due_on=None, reason="first_visit", now=now,
    )  # fmt: skip


def decide(session, county, record_id, now, **how):
    supervisor = county.acting(session, "supervisor")
    reviews.open_review(session, supervisor, record_id, now)
    record = session.get_one(Record, (county.district, record_id))
    head = session.get_one(Revision, (county.district, record.head_revision_id))
    act = reviews.return_record if how else reviews.approve
    act(session, supervisor, record_id, head.revision_id, head.content_hash, text="看过", **how, now=now)


def kinds(session, file):
    return [event.kind for event in case_events.events_for_clocks(session, file)]


def test_planning_an_investigation_takes_a_lead_up_and_assigns_it(forms, file, county, session, supervisor, clock):
    file.state = "LEAD"
    visit = plan(session, county, supervisor, clock())
    assert file.state == CaseState.ASSIGNED
    told = case_events.of(session, supervisor, file)
    assert [(one.kind, one.ref_id) for one in told] == [
        (Happened.ASSIGNED, visit.visit_id),
        (Happened.TRIAGED, visit.visit_id),
    ]


def test_a_file_opened_for_a_visit_runs_its_clocks_from_the_first_plan(forms, file, county, session, supervisor, clock):
    plan(session, county, supervisor, clock())
    plan(session, county, supervisor, clock())
    assert (file.state, kinds(session, file)) == (CaseState.ASSIGNED, [Happened.ASSIGNED])


def test_an_administrator_who_plans_a_visit_does_not_triage_the_lead(forms, file, county, session, clock):
    file.state = "LEAD"
    plan(session, county, county.acting(session, "administrator"), clock())
    assert file.state == CaseState.LEAD


def test_a_follow_up_that_is_planned_assigns_nothing(forms, file, county, session, supervisor, clock):
    file.state = "TRIAGED"
    plan(session, county, supervisor, clock(), VisitPurpose.FOLLOW_UP)
    assert file.state == CaseState.TRIAGED


def test_a_report_takes_its_case_along_from_the_phone_to_the_approval(enrolled, file, county, session, clock):
    # Given an assigned case
    session.commit()
    phone = enrolled()
    # When the door set comes in, then the whole report
    at = {"case_id": str(county.case_id), "visit_id": str(county.visit_id)}
    phone.fill_in(county, form="F2", **at)
    phone.sync_all()
    session.expire_all()
    assert file.state == CaseState.SUBMITTED
    # And it is returned and comes back
    record_id = session.scalars(select(Record.record_id).where(Record.form == "F2")).one()
    decide(session, county, record_id, clock(), reason="unclear")
    assert file.state == CaseState.RETURNED
    session.commit()


def test_an_approval_checks_and_approves_the_case(forms, file, county, session, clock):
    record_id, _ = factories.record(session, clock(), county, answers=b'{"answers":{}}')
    file.state = "SUBMITTED"
    decide(session, county, record_id, clock())
    assert file.state == CaseState.APPROVED
    moves = [kind for kind in kinds(session, file) if kind != Happened.SCREENED]  # opening a review screens
    assert moves == [Happened.VERIFIED, Happened.APPROVED]


@pytest.mark.parametrize("state", [one for one in CaseState if one not in (CaseState.SUBMITTED, CaseState.VERIFIED)])
def test_no_state_of_a_case_refuses_the_approval_of_a_report(forms, file, county, session, clock, state):
    record_id, _ = factories.record(session, clock(), county, answers=b'{"answers":{}}')
    file.state = state.value
    decide(session, county, record_id, clock())
    assert session.get_one(Record, (county.district, record_id)).state == "approved"
    # But where a visit is still waited for: that report is of one.
    assert file.state == (CaseState.APPROVED if state in (CaseState.ASSIGNED, CaseState.VISITED) else state)


@pytest.mark.parametrize(
    ("relief", "end"),
    [
        ({"has_missing": "no", "result": "pending"}, CaseState.ACKED),
        ({"has_missing": "yes", "result": "pending"}, CaseState.SUPPLEMENT),
        ({"has_missing": "no", "result": "granted"}, CaseState.DECIDED),
        ({"has_missing": "no", "result": "granted", "feedback_at": "2026-11-20T09:00"}, CaseState.FEEDBACK),
    ],
)
def test_the_receipt_of_the_procuratorate_says_how_far_it_is(forms, file, county, session, clock, relief, end):
    body = json.dumps({"answers": {"relief": relief}}).encode()
    record_id, _ = factories.record(session, clock(), county, form="F4R", answers=body)
    file.state = "TRANSFER"
    decide(session, county, record_id, clock())
    assert file.state == end


def test_a_meeting_and_a_measure_move_the_case_when_they_are_approved(forms, file, county, session, clock):
    for form, start, end in (("F8", "ACKED", "PLAN"), ("F7", "PLAN", "IN_HELP")):
        record_id, _ = factories.record(session, clock(), county, form=form, answers=b'{"answers":{}}')
        file.state = start
        decide(session, county, record_id, clock())
        assert file.state == end


def test_a_closure_that_is_approved_leaves_a_file_open_while_somebody_is_in_danger(
    forms, file, county, session, clock, supervisor
):
    body = json.dumps({"answers": {"cl": {"reason": "goals_met", "feedback_done": "yes"}}}).encode()
    file.state = "FOLLOW_UP"
    case_events.note(session, file, Happened.PROTECT_BEGUN, now=clock())
    first, _ = factories.record(session, clock(), county, form="F9", answers=body)
    decide(session, county, first, clock())
    assert file.state == CaseState.FOLLOW_UP
    # And closes once nobody is
    case_events.note(session, file, Happened.PROTECT_ENDED, now=clock())
    case_events.note(session, file, Happened.REPORT_NOT_NEEDED, now=clock())
    second, _ = factories.record(session, clock() + timedelta(seconds=1), county, form="F9", answers=body)
    decide(session, county, second, clock())
    assert file.state == CaseState.CLOSED


def test_every_way_is_shown_with_all_that_stands_in_it(file, county, session, supervisor, clock):
    file.state = "TRIAGED"
    found = {way.end: way for way in case_moves.ways(session, supervisor, file, clock())}
    assert tuple(found) == ways_from(CaseState.TRIAGED)
    assert found[CaseState.ASSIGNED].refusals == ()  # two women, neither related
    women.ask(session, supervisor, file.case_id, "她想和女同志谈", clock())
    session.get_one(Person, (file.district, county.caseworker_id)).sex = Sex.MAN
    found = {way.end: way for way in case_moves.ways(session, supervisor, file, clock())}
    assert [one.code for one in found[CaseState.ASSIGNED].refusals] == ["visitor_sex"]
    assert found[CaseState.REOPENED].refusals == () and found[CaseState.REOPENED].asks_reason


def test_a_file_at_rest_stands_on_a_list_of_its_own_and_is_opened_again_from_there_with_a_reason(
    at_desk, file, session, supervisor, county, clock
):
    # Given a file that was closed, one that was passed on, and one at which somebody works
    ids = [factories.case(session, clock(), village=county.other_village), factories.case(session, clock())]
    other, living = (session.get_one(Case, (county.district, case_id)) for case_id in ids)
    file.code_name, other.code_name, living.code_name = "柳-9001", "柳-9002", "柳-9003"
    other.state = "REFERRED"
    case_events.note(session, file, Happened.CLOSED, now=clock() - timedelta(days=400))
    file.state = "CLOSED"
    session.commit()
    desk = at_desk("supervisor")
    page = desk.get("/cases/at-rest").text
    assert file.code_name in page and other.code_name in page and living.code_name not in page
    assert f"{clock() - timedelta(days=400):%Y-%m-%d}" in page
    closed = desk.get("/cases/at-rest?state=CLOSED").text
    assert file.code_name in closed and other.code_name not in closed
    # When she gives no reason, that is said; with one it is a living case again, and off the list
    assert desk.post(f"/cases/{file.case_id}/move", end="REOPENED", reason=" ").status_code == 422
    assert desk.post(f"/cases/{file.case_id}/move", end="REOPENED", reason="又有困难").status_code == 303
    session.refresh(file)
    assert file.state == CaseState.REOPENED
    assert file.code_name not in desk.get("/cases/at-rest").text
    # And what was erased by law is on no list, and is not opened again
    erasures.clear_family(session, other.district, other.case_id, clock())
    session.commit()
    assert other.code_name not in desk.get("/cases/at-rest").text
    assert desk.post(f"/cases/{other.case_id}/move", end="REOPENED", reason="又有困难").status_code in (404, 410)
    session.refresh(other)
    assert other.state == "REFERRED"


def test_a_lead_is_answered_with_a_reason_that_stays_sealed(file, session, supervisor, clock):
    file.state = "LEAD"
    refused = case_moves.move(session, supervisor, file.case_id, CaseState.ANSWERED, "  ", Said(), clock())
    assert [one.code for one in refused] == ["reason_given"] and file.state == "LEAD"
    assert case_moves.move(session, supervisor, file.case_id, CaseState.ANSWERED, "已答复", Said(), clock()) == ()
    [event] = case_events.of(session, supervisor, file)
    assert (event.kind, event.details) == (Happened.ANSWERED, {"reason": "已答复"})
    assert "move_case" in set(session.scalars(select(AuditRow.act)))


def test_a_duplicate_names_another_file_and_not_itself(file, county, session, supervisor, clock):
    file.state = "LEAD"
    end, at = CaseState.DUPLICATE, clock()
    itself = case_moves.move(session, supervisor, file.case_id, end, "同一家", Said(other=file.case_id), at)
    assert [one.code for one in itself] == ["other_file_named"]
    other = cases.open_case(
        session, supervisor, village_code=county.village, people=[cases.NewPerson("马兰", "female", None, "self")],
        contact=None, programme=None, now=at,
    )  # fmt: skip
    assert case_moves.other_by_code(session, supervisor, other.code_name.lower()) == other.case_id
    assert case_moves.move(session, supervisor, file.case_id, end, "同一家", Said(other=other.case_id), at) == ()
    assert case_events.of(session, supervisor, file)[0].ref_id == other.case_id


def test_triage_catches_up_with_a_report_that_came_before_it(forms, file, county, session, supervisor, clock):
    file.state = "LEAD"
    factories.record(session, clock(), county, state="approved", answers=b'{"answers":{}}')
    assert case_moves.move(session, supervisor, file.case_id, CaseState.TRIAGED, "要走访", Said(), clock()) == ()
    assert file.state == CaseState.APPROVED


@pytest.mark.parametrize("start", CaseState)
def test_what_the_table_does_not_know_is_refused_from_every_state(file, session, supervisor, clock, start):
    file.state = start.value
    for end in set(CaseState) - set(ways_from(start)):
        [refusal] = case_moves.move(session, supervisor, file.case_id, end, "理由", Said(), clock())
        assert refusal.code == "no_such_move" and refusal.why.zh and refusal.do.en
    assert file.state == start and kinds(session, file) == []


def test_who_may_not_open_the_file_moves_nothing(file, county, session, clock):
    with pytest.raises(Problem, match="not_found"):
        case_moves.move(
            session, county.acting(session, "administrator"), file.case_id, CaseState.REOPENED, "x", Said(), clock()
        )


@pytest.mark.parametrize("who", ["caseworker", "prosecutor"])
def test_whose_step_it_is_not_is_refused_by_name_at_every_arrow(file, county, session, clock, who):
    # Given somebody who opens the file and holds no supervisor's role
    if who == "caseworker":
        acting = county.acting(session, who)
    else:
        at = (session, clock(), Role.PROCURATORATE, county.district)
        acting = acting_for(session, county.district, factories.person(*at))
        factories.record(session, clock(), county, form="F4", state="approved")
    # When she wants each move of the table that is not hers
    for start, end in ((start, end) for start, end in MOVES if start is not None):
        if acting.grants[0][0].value in MOVES[start, end].roles:
            continue
        file.state = start.value
        refused = case_moves.move(session, acting, file.case_id, end, "理由", Said(), clock())
        # Then it is said whose it is, and nothing was moved
        assert [one.code for one in refused] == ["not_this_role"] and file.state == start
    assert kinds(session, file) == []


@pytest.mark.parametrize("who", ["cadre", "administrator"])
def test_who_may_not_open_the_file_moves_it_from_no_state(file, county, session, clock, who):
    for start, end in ((start, end) for start, end in MOVES if start is not None):
        file.state = start.value
        with pytest.raises(Problem, match="not_found"):
            case_moves.move(session, county.acting(session, who), file.case_id, end, "理由", Said(), clock())


def test_a_caseworker_does_not_triage(file, county, session, clock):
    file.state = "LEAD"
    acting = county.acting(session, "caseworker")
    [refusal] = case_moves.move(session, acting, file.case_id, CaseState.TRIAGED, "理由", Said(), clock())
    assert refusal.code == "not_this_role"
