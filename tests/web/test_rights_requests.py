"""What people ask about their own data: taken down, decided, done, answered; and what is kept no longer."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from fieldapp import jobs
from fieldapp.actions import cases, minors, restores, rights_requests
from fieldapp.actions.rights_copy import _OF_OTHERS
from fieldapp.actions.rights_requests import Asked
from fieldapp.casework import rights
from fieldapp.casework.calendar import published
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.forms import library
from fieldapp.models import bodies
from fieldapp.models import rights_requests as requests
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import (
    Assignment,
    Case,
    CaseKey,
    ConflictOfInterest,
    Fact,
    OpeningReason,
    ReporterKey,
    Urgent,
    Visit,
)
from fieldapp.models.feed import FeedRow
from fieldapp.models.records import DraftCopy, Kept, Record
from fieldapp.models.rights_requests import RequestKind, RequestState, RightsRequest
from fieldapp.models.tombstones import TombstoneMark
from fieldapp.web import rights_words as words
from tests import factories, reports

WHO, HOW = "何春梅", "中午打她姐姐的号码"


@pytest.fixture
def officer_id(session, county, clock):
    made = factories.person(session, clock(), Role.DATA_PROTECTION, county.district, name="沈知", login="officer")
    factories.person(session, clock(), Role.AUDITOR, county.district, name="严谨", login="auditor")
    session.commit()
    return made


@pytest.fixture
def officer(app, county, clock, officer_id):
    with app.app_context(), reading() as session:
        return acting_for(session, county.district, officer_id, clock())


@pytest.fixture
def asked(app, county, clock, officer):
    """A request of this kind, with the identity shown: its id."""

    def make(kind, *, granted=False, **more):
        said = {"who": WHO, "how": HOW, "text": "写错了", "case_id": county.case_id, **more}
        with app.app_context(), writing() as other:
            what = Asked(RequestKind(kind), received_on=clock().date(), **said)
            request_id = rights_requests.take(other, officer, what, clock()).request_id
            rights_requests.show_identity(other, officer, request_id, "known", clock())
            if granted:
                rights_requests.grant(other, officer, request_id, "同意", clock())
        return request_id

    return make


@pytest.fixture
def row(app, county):
    """A request as it is now."""

    def read(request_id):
        with app.app_context(), reading() as session:
            return session.get_one(RightsRequest, (county.district, request_id))

    return read


@pytest.fixture
def code(app, county):
    """The code name of the county's family."""
    with app.app_context(), reading() as session:
        return session.get_one(Case, (county.district, county.case_id)).code_name


@pytest.fixture
def has_key(app, county):
    """Whether a family can still be read."""

    def ask(case_id=county.case_id):
        with app.app_context(), reading() as session:
            return session.get(CaseKey, (county.district, case_id)) is not None

    return ask


# --- the way of a request ---------------------------------------------------------------------------------------------


def test_the_last_day_is_counted_in_working_days_and_consent_ends_sooner():
    friday = date(2026, 3, 6)
    assert rights.due_of("copy", friday, published()).day == date(2026, 3, 27)
    assert rights.due_of("withdrawal", friday, published()).day == date(2026, 3, 11)
    assert rights.due_of("feedback", friday, published()) is None


def test_a_request_is_taken_decided_carried_out_and_told_at_the_desk(
    at_desk, session, county, clock, officer_id, row, look, code
):
    desk = at_desk("officer")
    # Given what a woman asks at the window
    desk.get("/rights/new")
    told = {"kind": "withdrawal", "code": code.lower(), "about": "subject", "who": WHO, "how": HOW, "way": "safe_call"}
    told |= {"asked_as": "herself", "received_on": clock().date().isoformat(), "text": "不要再拍照"}
    assert desk.post("/rights/new", **told).status_code == 422 and "rights_incomplete" in desk.page
    assert WHO in desk.page, "what was typed stays"
    page = desk.post("/rights/new", **told, stops=["photo", "visits"]).headers["Location"]
    request_id = UUID(page.rpartition("/")[2])
    assert row(request_id).about_id == county.subject_id
    # When it is decided before anybody looked who asks, it is refused
    desk.get(page)
    assert desk.post(f"{page}/grant", text="马上停止").status_code == 422 and "rights_identity" in desk.page
    assert desk.post(f"{page}/identity", identity="called_back").status_code == 303
    assert desk.post(f"{page}/grant", text="马上停止").status_code == 303
    # Then it is done, the visits are off, and the answer names nobody
    assert row(request_id).state == RequestState.DONE
    assert {visit.state for visit in look(Visit)} == {"cancelled"}
    with reading() as other:
        assert requests.stopped(other, county.district, county.case_id) == {"photo", "visits"}
    letter = desk.get(f"{page}/answer").text.partition("<main")[2]
    assert (
        "马上停止" in letter and WHO not in letter and HOW not in letter and code not in letter and "妇联" not in letter
    )
    assert desk.post(f"{page}/answered").status_code == 303
    assert desk.post(f"{page}/answered").status_code == 409 and "rights_moved_on" in desk.page
    assert WHO in desk.get(page).text and "已告诉本人" in desk.page
    # And the ledger keeps it
    assert request_id.hex not in desk.get("/rights").text.replace("-", "")
    assert str(request_id) in desk.get("/rights?view=ended").text


def test_what_is_refused_needs_a_reason_and_a_sentence_and_stands_in_the_ledger(at_desk, asked, row):
    request_id = asked("erasure", asked_as="guardian")
    desk = at_desk("officer")
    desk.get(f"/rights/{request_id}")
    assert desk.post(f"/rights/{request_id}/refuse", reason="did_the_harm").status_code == 422
    assert desk.post(f"/rights/{request_id}/refuse", reason="no_such", text="不行").status_code == 422
    assert row(request_id).state == RequestState.OPEN
    answer = desk.post(f"/rights/{request_id}/refuse", reason="did_the_harm", text="您不能代她提出")
    assert answer.status_code == 303 and row(request_id).reason == "did_the_harm"
    assert "申请人就是被指加害的人" in desk.get("/rights?view=ended").text
    # Who stands outside reads only that it was not granted
    letter = desk.get(f"/rights/{request_id}/answer").text.partition("<main")[2]
    assert "没有同意" in letter and "加害" not in letter


def test_an_overdue_request_says_so_on_the_list(at_desk, asked, clock):
    asked("copy")
    desk = at_desk("officer")
    assert "已逾期" not in desk.get("/rights").text
    clock.advance(days=40)
    assert "已逾期" in at_desk("officer").get("/rights").text


def test_each_sees_only_the_requests_she_has_to_do_with(at_desk, asked, session, county, clock, officer_id, row):
    copy, fix = asked("copy"), asked("correction", granted=True)
    forget, erasure = asked("forget_reporter"), asked("erasure")
    shown = {
        who: {one for one in (copy, fix, forget, erasure) if at_desk(who).get(f"/rights/{one}").status_code == 200}
        for who in ("officer", "supervisor", "caseworker", "administrator", "auditor")
    }
    assert shown == {
        "officer": {copy, fix, forget, erasure},
        "supervisor": {copy, fix, erasure},  # that somebody told us is not said by the way
        "caseworker": {fix},  # hers to put right
        "administrator": set(),
        "auditor": set(),
    }
    # A relative sees none, whatever her role
    related = {"case_id": county.case_id, "person_id": officer_id, "said_by": county.supervisor_id}
    session.add(ConflictOfInterest(district=county.district, said_at=clock(), **related))
    session.commit()
    assert at_desk("officer").get(f"/rights/{copy}").status_code == 404


def test_who_told_us_lies_under_the_key_of_that_and_who_took_it_down_reads_it_no_more(
    at_desk, session, county, clock, officer_id, row
):
    with writing() as other:
        worker = county.acting(other, "caseworker")
        what = Asked(RequestKind.FORGET_REPORTER, county.case_id, clock().date(), who=WHO, how=HOW)
        request_id = rights_requests.take(other, worker, what, clock()).request_id
    with reading() as other:
        assert not bodies.is_for_case(other, county.district, county.case_id, row(request_id).sealed_asked)
    assert WHO not in at_desk("caseworker").get(f"/rights/{request_id}").text
    assert WHO in at_desk("officer").get(f"/rights/{request_id}").text


# --- erasure ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(session, county, clock, forms):
    """A family of which there is something of everything that lies outside its own key."""
    factories.record(session, clock(), county, answers=reports.body(reports.investigation(county.subject_id), clock()))
    key = (county.district, county.case_id, county.subject_id, "dv.offender")
    sealed = bodies.seal_for_case(session, county.district, county.case_id, "fact", "sealed_value", key, b"{}")
    session.add(
        Fact(
            district=county.district, case_id=county.case_id, about_id=county.subject_id, fact="dv.offender",
            sensitivity="violence", sealed_value=sealed, revision_id=factories.new_id(), decided_at=clock(),
        )
    )  # fmt: skip
    case = session.get_one(Case, (county.district, county.case_id))
    case.programme = "示范项目 何春梅家"
    _kept(session, county, clock())
    session.commit()


def _kept(session, county, at):
    kept_id = factories.new_id()
    key = (county.district, kept_id)
    sealed = bodies.seal_for_district(session, county.district, "kept_package", "sealed_package", key, b"x")
    session.add(
        Kept(
            district=county.district, kept_id=kept_id, package_id=factories.new_id(), vault_id=factories.new_id(),
            person_id=county.caseworker_id, status="quarantined", reason="damaged", kind="revision",
            case_id=county.case_id, sealed_package=sealed, received_at=at,
        )
    )  # fmt: skip


def test_an_erasure_says_first_what_it_takes_and_leaves_a_line_without_content(
    at_desk, asked, session, county, full, row, app, look, code, has_key
):
    request_id, other_id = asked("erasure"), asked("correction", granted=True)
    desk, page = at_desk("officer"), f"/rights/{request_id}"
    shown = desk.get(page).text
    assert "家庭成员 1 人" in shown and "记录 1 份（其中 1 份还没审完）" in shown and "工作组 2 人" in shown
    assert desk.post(f"{page}/erase", code=code).status_code == 409, "not decided yet"
    assert desk.post(f"{page}/grant", text="已同意删除").status_code == 303
    assert desk.post(f"{page}/erase", code="ZZ-0000").status_code == 422 and "rights_code_name" in desk.page
    assert has_key()
    # When it is carried out
    answer = desk.post(f"{page}/erase", code=code)
    # Then who asked is shown once, beside the answer
    assert answer.status_code == 200 and WHO in answer.text and HOW in answer.text and "已同意删除" in answer.text
    assert WHO not in desk.get(page).text and "已删除" in desk.page
    # And what stays says nothing
    assert not has_key()
    case = next(one for one in look(Case) if one.case_id == county.case_id)
    assert case.programme is None and case.sealed_contact is None
    assert look(Fact) == []
    assert {record.state for record in look(Record)} == {"void"}
    assert {(kept.sealed_package, kept.settled_as) for kept in look(Kept)} == {(b"", "set_aside")}
    assert all(one.ended_at for one in look(Assignment))
    assert {visit.state for visit in look(Visit)} == {"cancelled"}
    told = {(one.person_id, one.kind) for one in look(FeedRow) if one.ref == f"case:{case.case_id}"}
    assert {(county.caseworker_id, "out"), (county.second_caseworker_id, "out")} <= told
    assert at_desk("supervisor").get(f"/cases/{case.case_id}").status_code == 410
    assert WHO not in desk.get(f"/rights/{other_id}").text, "what else was asked for this family goes with it"
    lines = app.extensions["config"].tombstone_file.read_text("utf-8")
    assert "case_erased" in lines and WHO not in lines and code not in lines


def test_an_erasure_asks_for_a_fresh_proof_and_takes_nothing_without(
    at_desk, asked, session, county, clock, code, has_key
):
    request_id = asked("erasure", granted=True)
    desk = at_desk("officer")
    desk.get(f"/rights/{request_id}")
    clock.advance(minutes=6)
    answer = desk.post(f"/rights/{request_id}/erase", code=code)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/session/proof")
    assert has_key()


def test_nobody_is_erased_while_a_danger_waits(at_desk, asked, session, county, clock, look, code, has_key):
    request_id = asked("erasure", granted=True)
    key = (county.district, factories.new_id())
    sealed = bodies.seal_for_district(session, county.district, "urgent", "sealed_body", key, b"{}")
    session.add(
        Urgent(
            district=key[0], urgent_id=key[1], person_id=county.caseworker_id, vault_id=factories.new_id(),
            case_id=county.case_id, signed=True, sealed_body=sealed, received_at=clock(),
        )
    )  # fmt: skip
    session.commit()
    desk = at_desk("officer")
    desk.get(f"/rights/{request_id}")
    answer = desk.post(f"/rights/{request_id}/erase", code=code)
    assert answer.status_code == 409 and "rights_alert_open" in desk.page
    assert has_key()
    # Once somebody saw to it, it goes, and what was said of the danger with it
    session.execute(update(Urgent).values(acknowledged_at=clock(), acknowledged_by=county.supervisor_id))
    session.commit()
    assert desk.post(f"/rights/{request_id}/erase", code=code).status_code == 200
    assert [urgent.sealed_body for urgent in look(Urgent)] == [b""]


def test_who_told_us_is_forgotten_and_the_family_stays(at_desk, asked, session, county, look, code, has_key):
    request_id = asked("forget_reporter", granted=True)
    desk = at_desk("officer")
    desk.get(f"/rights/{request_id}")
    answer = desk.post(f"/rights/{request_id}/erase", code=code)
    assert answer.status_code == 200 and WHO in answer.text
    assert [one.wrapped_key for one in look(ReporterKey)] == [None]
    assert has_key()
    assert WHO not in desk.get(f"/rights/{request_id}").text


def test_what_a_phone_sends_of_an_erased_family_is_emptied_by_the_worker(
    asked, session, county, clock, officer, look, code
):
    request_id = asked("erasure", granted=True)
    with writing() as other:
        rights_requests.erase(other, officer, request_id, code, clock())
    _kept(session, county, clock())
    session.commit()
    assert jobs.keep_no_longer(clock()) == 1
    assert [kept.sealed_package for kept in look(Kept)] == [b""]
    assert jobs.keep_no_longer(clock()) == 0


# --- kept for the law alone -------------------------------------------------------------------------------------------


def test_a_file_kept_for_the_law_is_open_to_nobody_until_its_day(
    at_desk, asked, session, county, clock, row, look, code, has_key
):
    request_id = asked("erasure")
    desk, page = at_desk("officer"), f"/rights/{request_id}"
    desk.get(page)
    until = (clock() + timedelta(days=100)).date()
    refused = desk.post(f"{page}/restrict", reason="relief_file", text="救助卷宗要保存", until="2000-01-01")
    assert refused.status_code == 422 and row(request_id).state == RequestState.OPEN
    kept = {"reason": "relief_file", "text": "救助卷宗要保存", "until": until.isoformat()}
    assert desk.post(f"{page}/restrict", **kept).status_code == 303
    # Then nobody opens it, and it is on nobody's list or phone
    for who in ("supervisor", "caseworker", "administrator"):
        assert at_desk(who).get(f"/cases/{county.case_id}").status_code == 404
        assert code not in at_desk(who).get("/cases").text
    assert all(one.ended_at for one in look(Assignment))
    assert desk.get(page).status_code == 200 and "依法封存" in desk.page
    # When its day is over it is erased, not before
    assert desk.post(f"{page}/erase", code=code).status_code == 409 and "rights_kept_by_law" in desk.page
    clock.advance(days=101)
    desk = at_desk("officer")
    desk.get(page)
    assert desk.post(f"{page}/erase", code=code).status_code == 200
    assert not has_key()


def test_a_file_opens_again_where_who_asked_takes_it_back(at_desk, asked, session, county, clock, officer):
    request_id = asked("erasure")
    with writing() as other:
        until = clock().date() + timedelta(days=9)
        rights_requests.restrict(other, officer, request_id, "complaint", "投诉未结", until, clock())
    assert at_desk("supervisor").get(f"/cases/{county.case_id}").status_code == 404
    desk = at_desk("officer")
    desk.get(f"/rights/{request_id}")
    assert desk.post(f"/rights/{request_id}/take-back").status_code == 303
    assert at_desk("supervisor").get(f"/cases/{county.case_id}").status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_a_restore_neither_opens_a_closed_file_nor_gives_consent_back(
    asked, session, county, clock, officer, app, known, row
):
    closed, ended = asked("erasure"), asked("withdrawal", stops=["share"])
    with writing() as other:
        until = clock().date() + timedelta(days=9)
        rights_requests.restrict(other, officer, closed, "complaint", "投诉未结", until, clock())
        rights_requests.grant(other, officer, ended, "已停止", clock())
    # Given the database of an hour before
    if known:
        session.execute(update(RightsRequest).values(state=RequestState.OPEN, decided_by=None))
    else:
        session.execute(RightsRequest.__table__.delete())
    session.execute(update(TombstoneMark).values(number=0))
    session.commit()
    with writing() as other:
        restores.settle(other, clock())
    assert row(closed).state == RequestState.RESTRICTED and row(closed).due_on == until
    with reading() as other:
        assert requests.stopped(other, county.district, county.case_id) == {"share"}


def test_consent_to_sharing_taken_back_stops_an_entrusted_visit_and_no_visit_of_ours(asked, session, county, clock):
    asked("withdrawal", stops=["share"], granted=True)
    supervisor = county.acting(session, "supervisor")
    plan = {"purpose": cases.VisitPurpose.FOLLOW_UP, "planned_on": clock().date(), "due_on": None}
    plan |= {"reason": "planned_visit", "now": clock()}
    far = factories.person(session, clock(), Role.CASEWORKER, county.other_village)
    with pytest.raises(Problem, match="consent_withdrawn"):
        cases.plan_visit(session, supervisor, county.case_id, visitor_ids=[far], entrusted=True, **plan)
    cases.plan_visit(session, supervisor, county.case_id, visitor_ids=[county.caseworker_id], **plan)


def test_the_file_says_what_consent_carries_no_more_and_what_is_to_be_done(at_desk, asked, county):
    asked("withdrawal", stops=["photo"], granted=True)
    fix, copy = asked("correction", granted=True), asked("copy", granted=True)
    address = f"/cases/{county.case_id}"
    worker, supervisor = at_desk("caseworker").get(address).text, at_desk("supervisor").get(address).text
    assert "停止：拍摄本人和家里的照片" in worker and "停止：拍摄本人和家里的照片" in supervisor
    assert f"/rights/{fix}" in worker and f"/rights/{copy}" not in worker
    assert f"/rights/{fix}" in supervisor and f"/rights/{copy}" in supervisor
    assert "rights-title" not in at_desk("administrator").get(address).text


# --- copy and correction ----------------------------------------------------------------------------------------------


def test_a_copy_says_what_is_held_of_her_and_nothing_of_others(
    at_desk, asked, session, county, clock, forms, row, look
):
    told = reports.investigation(county.subject_id)
    factories.record(session, clock(), county, answers=reports.body(told, clock()), state="approved")
    session.commit()
    request_id = asked("copy", granted=True)
    page, supervisor = f"/rights/{request_id}/copy", at_desk("supervisor")
    assert at_desk("officer").get(page).status_code == 404, "who decides does not read the file"
    # Given that it was not said whose it is
    shown = supervisor.get(page).text
    assert "要的是谁的信息" in shown and "我们保存的您的信息" not in shown
    assert supervisor.post(f"/rights/{request_id}/copy/handed-over").status_code == 422
    assert supervisor.post(f"{page}/person", about=str(county.subject_id)).status_code == 303
    # Then it says what she told, and not who visited, or what we think
    main = supervisor.get(page).text.partition("<main")[2]
    assert "我们保存的您的信息" in main
    subject = next(one for one in told["members"] if one.get("person_id") == str(county.subject_id))
    assert subject["name"] in main
    others = [one["name"] for one in told["members"] if one.get("person_id") != str(county.subject_id)]
    assert others and not any(name in main for name in others)
    assert "初步分类" not in main and "李雨" not in main
    assert supervisor.post(f"/rights/{request_id}/copy/handed-over").status_code == 303
    assert row(request_id).state == RequestState.DONE and supervisor.get(page).status_code == 404
    acts = {one.act for one in look(AuditRow)}
    assert {"read_copy", "hand_over_copy", "read_rights_request"} <= acts


def test_a_correction_changes_nothing_and_is_settled_by_the_team(at_desk, asked, county, row, session, look):
    request_id = asked("correction", granted=True)
    worker = at_desk("caseworker")
    assert "写错了" in worker.get(f"/rights/{request_id}").text
    assert str(request_id) in worker.get("/rights").text
    assert worker.post(f"/rights/{request_id}/put-right", text=" ").status_code == 422
    assert worker.post(f"/rights/{request_id}/put-right", text="已写新版本").status_code == 303
    assert row(request_id).state == RequestState.DONE
    assert "已写新版本" in at_desk("officer").get(f"/rights/{request_id}").text
    assert "correction" not in {record.form for record in look(Record)}


# --- feedback, retention, minors --------------------------------------------------------------------------------------


def test_what_a_family_says_of_the_help_reaches_the_supervisor_and_not_who_decides_on_data(
    at_desk, session, county, clock, officer_id, code
):
    worker, supervisor = at_desk("caseworker"), at_desk("supervisor")
    worker.get("/rights/feedback")
    assert worker.post("/rights/feedback", code="", text="").status_code == 422
    assert worker.post("/rights/feedback", code=code, view="5", text="<b>多谢</b>").status_code == 303
    assert worker.post("/rights/feedback", code="", view="2", text="来得太晚").status_code == 303
    shown = supervisor.get("/rights/feedback").text
    assert "&lt;b&gt;多谢" in shown and "来得太晚" in shown
    assert "来得太晚" not in at_desk("second_caseworker").get("/rights/feedback").text
    assert at_desk("officer").get("/rights/feedback").status_code == 404
    first = re.search(r"/rights/feedback/([0-9a-f-]{36})/heard", shown)[1]
    assert worker.post(f"/rights/feedback/{first}/heard").status_code == 404
    assert supervisor.post(f"/rights/feedback/{first}/heard").status_code == 303
    assert first not in supervisor.get("/rights/feedback").text
    assert first in supervisor.get("/rights/feedback?view=ended").text


def test_leads_that_came_to_nothing_are_erased_after_their_days_and_no_other(
    session, county, clock, asked, look, has_key
):
    def lead(state):
        supervisor = county.acting(session, "supervisor")
        case = cases.open_lead(
            session, supervisor, village_code=county.village, person=None, contact=None, programme=None, now=clock()
        )
        case.state = state
        return case.case_id

    gone, answered, living, danger = lead("INVALID"), lead("ANSWERED"), lead("LEAD"), lead("DUPLICATE")
    key = (county.district, factories.new_id())
    sealed = bodies.seal_for_district(session, county.district, "urgent", "sealed_body", key, b"{}")
    session.add(
        Urgent(
            district=key[0], urgent_id=key[1], person_id=county.caseworker_id, vault_id=factories.new_id(),
            case_id=danger, signed=True, sealed_body=sealed, received_at=clock(), acknowledged_at=clock(),
        )
    )  # fmt: skip
    session.commit()
    clock.advance(days=179)
    assert jobs.keep_no_longer(clock()) == 0
    clock.advance(days=2)
    assert jobs.keep_no_longer(clock()) == 1
    left = {one for one in (gone, answered, living, danger) if has_key(one)}
    assert left == {answered, living, danger}
    rows = [one for one in look(AuditRow) if one.act == "erase_rejected_lead"]
    assert [str(gone) in one.about for one in rows] == [True]
    clock.advance(days=3 * 365)
    assert jobs.keep_no_longer(clock()) == 1, "answered ones are kept longer"


def test_the_copy_of_a_draft_is_deleted_after_its_days_and_her_phone_is_told(session, county, clock, look):
    # Given a visit whose report is approved, and which waits for what its other visitor began and never sent
    factories.record(session, clock(), county, form="F2", state="approved")
    visit = session.get_one(Visit, (county.district, county.visit_id))
    copy = DraftCopy(
        district=county.district, record_id=factories.new_id(), author_id=county.caseworker_id, case_id=county.case_id,
        visit_id=county.visit_id, form="F2", form_version=1, number=1, vault_id=factories.new_id(), sealed_body=b"x",
        received_at=clock(),
    )  # fmt: skip
    ref = f"draft:{copy.record_id}"
    session.add(copy)
    session.commit()
    clock.advance(days=89)
    assert jobs.keep_no_longer(clock()) == 0 and visit.state == "planned"
    clock.advance(days=2)
    assert jobs.keep_no_longer(clock()) == 1
    assert look(DraftCopy) == []
    session.refresh(visit)
    assert visit.state == "done", "nothing holds it open any more"
    assert [one.kind for one in look(FeedRow) if one.ref == ref] == ["del"]


def test_the_auditor_sees_the_year_of_minors_files_without_what_was_written_beside_a_reason(
    at_desk, session, county, clock, officer_id, look
):
    supervisor = county.acting(session, "supervisor")
    girl = cases.NewPerson(name="刘小满", sex="female", birth_ym="2015-04", relation="self")
    case = cases.open_case(
        session, supervisor, village_code=county.village, people=[girl], contact=None, programme=None, now=clock()
    )
    minors.give_reason(session, supervisor, case.case_id, "other", "上级抽查刘小满", clock())
    clock.advance(days=1)
    minors.give_reason(session, supervisor, case.case_id, "review", "", clock())
    session.commit()
    year = clock().year
    assert len(look(OpeningReason)) == 2
    page = at_desk("auditor").get(f"/rights/minors?year={year}").text
    assert case.code_name in page and "陈岚" in page and "刘小满" not in page and "抽查" not in page
    assert re.search(r"打开次数[^<]*</dt><dd>2</dd>", page) and re.search(r"打开过的档案</dt><dd>1</dd>", page)
    assert case.code_name not in at_desk("auditor").get(f"/rights/minors?year={year - 1}").text
    assert at_desk("supervisor").get("/rights/minors").status_code == 404
    assert "read_minors_year" in {one.act for one in look(AuditRow)}


def test_every_reason_way_and_state_has_words():
    assert set(words.KINDS) == set(RequestKind) and set(words.STATES) == set(RequestState)
    assert set(words.OUTCOMES) == set(RequestState) - {RequestState.OPEN}
    named = [(rights.ASKED_AS, words.ASKED_AS), (rights.IDENTITIES, words.IDENTITIES), (rights.WAYS, words.WAYS)]
    named += [(rights.STOPS, words.STOPS), (rights.REFUSALS, words.REFUSALS), (rights.KEPT_FOR, words.KEPT_FOR)]
    assert all(set(codes) == set(said) for codes, said in [*named, (rights.VIEWS, words.VIEWS)])
    assert set(rights.ANSWER_WORKING_DAYS) == set(RequestKind) - {RequestKind.FEEDBACK}


def test_the_parts_about_others_that_a_copy_leaves_out_are_parts_of_the_forms():
    for form, paths in _OF_OTHERS.items():
        nodes = {node["n"]: node for node in library.plans()[form].nodes}

        def path_of(node, nodes=nodes):
            above = nodes.get(node.get("parent"))
            return node["name"] if above is None or not above.get("n") else f"{path_of(above)}.{node['name']}"

        assert set(paths) <= {path_of(node) for node in nodes.values()}
