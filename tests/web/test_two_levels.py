"""Two approvals where a county asks them: the first only moves the report, the second is another person's."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.actions import deputies, expiries, reviews, two_levels
from fieldapp.casework.states import CaseState
from fieldapp.crypto.packages import b64u
from fieldapp.db import reading, writing
from fieldapp.models import queue, work
from fieldapp.models.accounts import Person, Role, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, Fact, Visit
from fieldapp.models.records import Record, Revision
from fieldapp.models.reviews import Decision, DecisionPart, Review
from fieldapp.models.two_levels import TwoLevelRule
from tests import factories, reports
from tests.web import versions

WHY = "新人较多，两人把关"


@pytest.fixture
def ask(app, county, clock):
    """Ask two approvals of a form, or one again, as an administrator of the county does."""

    def decide(form="F2", whose=None, *, is_asked=True):
        with app.app_context(), writing() as session:
            acting = county.acting(session, "administrator")
            two_levels.decide(session, acting, form, whose, WHY, clock(), is_asked=is_asked)

    return decide


@pytest.fixture
def look(app):
    """Rows of a table as they are now, the oldest first."""

    def rows(table, *, by=None):
        with app.app_context(), reading() as session:
            return list(session.scalars(select(table) if by is None else select(table).order_by(by)))

    return rows


@pytest.fixture
def decisions(look):
    return lambda: [(one.kind, one.decided_by) for one in look(Decision, by=Decision.decided_at)]


@pytest.fixture
def state_of(look):
    return lambda record_id: {one.record_id: one.state for one in look(Record)}[record_id]


@pytest.fixture
def first(at_desk, second_supervisor, report_id, clock):
    """The desk of the county's supervisor, who has opened the report and gives the first approval when asked."""

    def give(record_id=report_id):
        desk = opened(at_desk("supervisor"), record_id)
        clock.advance(minutes=1)
        answer = desk.post(f"/reports/{record_id}/approve", **desk.read_revision())
        assert answer.status_code == 303, answer.text
        clock.advance(minutes=1)
        return desk

    return give


def opened(desk, record_id):
    desk.get(f"/reports/{record_id}")
    answer = desk.post(f"/reports/{record_id}/open")
    assert answer.status_code == 303, answer.text
    desk.get(f"/reports/{record_id}")
    return desk


def approve(desk, record_id, **more):
    return desk.post(f"/reports/{record_id}/approve", **{**desk.read_revision(), **more})


def send_back(desk, record_id):
    answer = desk.post(f"/reports/{record_id}/return", reason="unclear", text="请核对", **desk.read_revision())
    assert answer.status_code == 303, answer.text


def code_of(answer):
    return answer.text.partition('data-code="')[2].partition('"')[0]


# === what an approval causes, the second does =========================================================================


def test_where_nobody_asked_two_one_approval_is_enough(at_desk, report_id, state_of, decisions, county):
    desk = opened(at_desk("supervisor"), report_id)
    assert ">批准</button>" in desk.page
    assert approve(desk, report_id).status_code == 303
    assert state_of(report_id) == "approved" and decisions() == [("approved", county.supervisor_id)]


def test_the_first_approval_moves_the_report_and_nothing_follows_from_it(
    ask, at_desk, first, report_id, second_supervisor, county, session, look, state_of, decisions, clock
):
    # Given a case that waits for the check of its report, of which two approvals are asked
    session.get_one(Case, (county.district, county.case_id)).state = CaseState.SUBMITTED.value
    session.commit()
    ask()
    # When the first is given
    desk = opened(at_desk("supervisor"), report_id)
    assert "批准（初审）" in desk.page
    read = desk.read_revision()
    assert approve(desk, report_id).status_code == 303
    # Then it is bound to what was read, and case, facts, visit and events are as they were
    assert state_of(report_id) == "approved_first"
    [decision] = look(Decision)
    assert (decision.kind, str(decision.revision_id), decision.ended_at) == ("first", read["revision_id"], None)
    assert [one.state for one in look(Case)] == [CaseState.SUBMITTED]
    assert look(Fact) == [] and not {one.kind for one in look(CaseEvent)} & {"verified", "approved"}
    assert [one.state for one in look(Visit)] == ["planned"]
    # When another supervisor gives the second, a day later
    clock.advance(days=1)
    desk = opened(at_desk("second"), report_id)
    assert state_of(report_id) == "approved_first" and "批准（复审）" in desk.page
    clock.advance(minutes=1)
    assert approve(desk, report_id).status_code == 303
    # Then everything follows, and at that time
    assert state_of(report_id) == "approved"
    assert decisions() == [("first", county.supervisor_id), ("approved", second_supervisor)]
    assert [one.state for one in look(Case)] == [CaseState.APPROVED] and look(Fact)
    assert [one.state for one in look(Visit)] == ["done"]
    assert {one.at for one in look(CaseEvent) if one.kind in ("verified", "approved")} == {clock()}


def test_an_attempt_leaves_the_case_to_a_report_that_has_the_first_approval(
    ask, at_desk, first, report_id, session, county, clock, look, second_supervisor
):
    # Given the report of a visit that has the first approval, and another of one that could not be made
    session.get_one(Case, (county.district, county.case_id)).state = CaseState.SUBMITTED.value
    tried = {"visit": {"at": clock().isoformat(), "outcome": "could_not", "could_not_reason": "nobody_home"}}
    attempt_id, _ = factories.record(session, clock(), county, answers=reports.body(tried, clock()))
    session.commit()
    ask()
    assert approve(opened(at_desk("supervisor"), report_id), report_id, text="看过").status_code == 303
    ask(is_asked=False)
    # When that attempt is approved, then nobody is sent there again: she was seen, and that report waits
    assert approve(opened(at_desk("second"), attempt_id), attempt_id, text="看过").status_code == 303
    assert [one.state for one in look(Case)] == [CaseState.SUBMITTED]


def test_each_of_the_two_says_why_over_a_finding(
    ask, at_desk, session, county, forms, second_supervisor, clock, state_of
):
    ask()
    told = reports.changed(reports.investigation(county.subject_id), {"hh.members_now": 9})
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(told, clock()))
    session.commit()
    for who, state in (("supervisor", "approved_first"), ("second", "approved")):
        desk = opened(at_desk(who), record_id)
        assert 'id="approve-text"' in desk.page
        assert code_of(approve(desk, record_id)) == "findings_need_reason"
        desk.get(f"/reports/{record_id}")
        assert approve(desk, record_id, text="电话核实过").status_code == 303
        assert state_of(record_id) == state
        clock.advance(minutes=1)


def test_a_letter_that_has_the_first_approval_alone_transfers_nothing(
    ask, at_desk, session, county, forms, second_supervisor, clock, state_of
):
    # Given a transfer letter, and the procuratorate of the county, which has nothing to do with the case yet
    ask("F4")
    factories.person(session, clock(), Role.PROCURATORATE, county.district, login="proc", name="沈立")
    record_id, _ = factories.record(session, clock(), county, form="F4", answers=b'{"answers": {}}')
    session.commit()
    # When it has one approval, then the case is not there for them; with the second it is
    for who, status in (("supervisor", 404), ("second", 200)):
        desk = opened(at_desk(who), record_id)
        assert approve(desk, record_id, text="核对过").status_code == 303
        assert at_desk("proc").get(f"/reports/{record_id}").status_code == status
        assert at_desk("proc").get(f"/cases/{county.case_id}").status_code == status
        clock.advance(minutes=1)
    # And how it was reviewed before is nobody's elsewhere
    page = at_desk("proc").get(f"/reports/{record_id}").text
    assert "初审" not in page and "陈岚" not in page
    # Nor is a report of that case theirs before its own second approval
    ask()
    told = reports.body(reports.investigation(county.subject_id), clock())
    other_id, _ = factories.record(session, clock(), county, answers=told)
    session.commit()
    for who, status in (("supervisor", 404), ("second", 200)):
        assert approve(opened(at_desk(who), other_id), other_id, text="核对过").status_code == 303
        assert at_desk("proc").get(f"/reports/{other_id}").status_code == status
        clock.advance(minutes=1)


# === who may give the second ==========================================================================================


def test_the_first_approver_is_not_offered_the_second_and_is_told_why(
    ask, at_desk, first, report_id, second_supervisor, state_of
):
    ask()
    desk = first()
    # On the report she reads why, and has no button
    desk.get(f"/reports/{report_id}")
    assert "请由另一位主管复审" in desk.page and "/open" not in desk.page
    # In the queue her line is pale; the other's says that it waits for her, and who was first
    assert f'<tr id="record-{report_id}" class="ended">' in desk.get("/").text and "您已作初审" in desk.page
    other = at_desk("second").get("/").text
    assert f'<tr id="record-{report_id}">' in other and "待复审" in other and "初审：陈岚" in other
    # And the act itself is refused
    refused = desk.post(f"/reports/{report_id}/open")
    assert (refused.status_code, code_of(refused)) == (409, "first_approver")
    assert state_of(report_id) == "approved_first"


def test_who_holds_it_from_before_the_rule_cannot_give_both(
    ask, at_desk, first, report_id, second_supervisor, state_of
):
    # Given two were no longer asked, so that the first approver took it to finish it; and then they were asked again
    ask()
    first()
    ask(is_asked=False)
    desk = opened(at_desk("supervisor"), report_id)
    ask()
    # Then she does not
    assert code_of(approve(desk, report_id)) == "first_approver"
    assert state_of(report_id) == "approved_first"


def test_the_author_and_who_gave_out_her_phone_code_do_not_give_the_second_either(
    ask, at_desk, forms, session, county, clock, second_supervisor, state_of
):
    # Given a report by somebody who supervises too, from a phone that a third supervisor gave out
    ask()
    author = factories.person(session, clock(), Role.SUPERVISOR, county.district, name="罗云", login="author")
    vault_id = factories.vault(session, clock(), county, author, second_supervisor)
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, _ = factories.record(session, clock(), county, author_id=author, vault_id=vault_id, answers=told)
    session.commit()
    assert approve(opened(at_desk("supervisor"), record_id), record_id).status_code == 303
    clock.advance(minutes=1)
    # Then neither finishes it
    assert at_desk("author").post(f"/reports/{record_id}/open").status_code == 404
    desk = opened(at_desk("second"), record_id)
    assert code_of(approve(desk, record_id)) == "issuer_may_not_approve"
    # And after seven days the other does
    clock.advance(days=7)
    desk = opened(at_desk("second"), record_id)
    assert approve(desk, record_id).status_code == 303 and state_of(record_id) == "approved"


def deputy_of(session, county, clock, principal_id, login):
    deputy = factories.person(session, clock(), Role.CASEWORKER, county.district, name="许可", login=login)
    administrator, day = county.acting(session, "administrator"), clock().date()
    deputies.name_deputy(session, administrator, principal_id, deputy, day, day + timedelta(days=9), clock())
    session.commit()
    return deputy


def test_a_deputy_of_the_first_approver_does_not_give_the_second(
    ask, at_desk, first, report_id, session, county, clock, second_supervisor, state_of
):
    ask()
    deputy_of(session, county, clock, county.supervisor_id, "deputy")
    first()
    desk = at_desk("deputy")
    desk.get(f"/reports/{report_id}")
    assert "/open" not in desk.page and desk.post(f"/reports/{report_id}/open").status_code == 404
    # A deputy of somebody else does, in her place
    deputy_of(session, county, clock, second_supervisor, "other_deputy")
    desk = opened(at_desk("other_deputy"), report_id)
    assert approve(desk, report_id).status_code == 303 and state_of(report_id) == "approved"


def test_what_was_first_approved_in_her_place_is_hers(
    ask, at_desk, report_id, session, county, clock, second_supervisor, state_of
):
    ask()
    deputy_of(session, county, clock, county.supervisor_id, "deputy")
    assert approve(opened(at_desk("deputy"), report_id), report_id).status_code == 303
    desk = at_desk("supervisor")
    desk.get(f"/reports/{report_id}")
    assert code_of(desk.post(f"/reports/{report_id}/open")) == "first_approver"
    assert approve(opened(at_desk("second"), report_id), report_id).status_code == 303
    assert state_of(report_id) == "approved"


def test_where_no_second_supervisor_is_it_goes_up_and_says_why(
    ask, at_desk, report_id, session, county, clock, state_of, app
):
    # Given the county's only supervisor, who gave the first
    ask()
    assert approve(opened(at_desk("supervisor"), report_id), report_id).status_code == 303

    def stuck():
        with app.app_context(), reading() as rows:
            return deputies.without_approver(rows, county.acting(rows, "administrator"), clock())

    # Then it is counted among what nobody may decide on
    assert stuck() == 1
    # Until there is somebody above, who sees why it came up, and finishes it
    factories.person(session, clock(), Role.SUPERVISOR, "9901", login="above", name="唐宁")
    session.commit()
    assert stuck() == 0
    assert "上报：本级主管已作初审" in at_desk("above").get("/").text
    assert approve(opened(at_desk("above"), report_id), report_id).status_code == 303
    assert state_of(report_id) == "approved"


def test_who_gave_the_first_above_the_county_leaves_the_second_to_another(
    ask, at_desk, forms, session, county, clock, state_of
):
    # Given a report by the county's only supervisor, which comes up
    ask()
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, _ = factories.record(session, clock(), county, author_id=county.supervisor_id, answers=told)
    for login, region in (("above", "9901"), ("province", "99")):
        factories.person(session, clock(), Role.SUPERVISOR, region, login=login, name=login)
    session.commit()
    assert at_desk("province").get(f"/reports/{record_id}").status_code == 404
    # When the prefecture gives the first, then the province is the next
    assert approve(opened(at_desk("above"), record_id), record_id).status_code == 303
    assert code_of(at_desk("above").post(f"/reports/{record_id}/open")) == "first_approver"
    assert approve(opened(at_desk("province"), record_id), record_id).status_code == 303
    assert state_of(record_id) == "approved"


# === the second sends it back, puts it back, lets it lie ==============================================================


def test_the_second_sends_it_back_to_the_author_and_the_first_approval_ends(
    ask, at_desk, first, report_id, second_supervisor, county, session, look, state_of, decisions, clock
):
    ask()
    first()
    desk = opened(at_desk("second"), report_id)
    desk.post(f"/reports/{report_id}/remarks", path="hh.head", kind="explain", text="请说明")
    send_back(desk, report_id)
    # It is the author's again, and its history says what became of the first approval
    assert state_of(report_id) == "returned"
    assert decisions() == [("first", county.supervisor_id), ("returned", second_supervisor)]
    assert look(Decision, by=Decision.decided_at)[0].ended_at == clock()
    page = at_desk("supervisor").get(f"/reports/{report_id}").text
    assert "初审通过" in page and "退回后失效" in page
    acts = {one.act for one in look(AuditRow)}
    assert {"approved_first", "end_first_approval", "returned"} <= acts
    # A new version needs both again, and who was first before may be second now
    clock.advance(days=1)
    told = reports.changed(reports.investigation(county.subject_id), {"hh.head": "刘红梅"})
    factories.revision(session, clock(), report_id, reports.body(told, clock()))
    session.get_one(Record, (county.district, report_id)).state = "submitted"
    session.commit()
    for who, state in (("second", "approved_first"), ("supervisor", "approved")):
        desk = opened(at_desk(who), report_id)
        for remark in desk.page.split("/remarks/")[1:]:
            desk.post(f"/reports/{report_id}/remarks/{remark[:36]}/resolve", path="hh.head")
        assert approve(desk, report_id).status_code == 303
        assert state_of(report_id) == state
        clock.advance(minutes=1)


def test_a_second_review_that_is_put_back_or_runs_out_leaves_the_first_approval(
    ask, at_desk, first, report_id, second_supervisor, look, state_of, clock
):
    ask()
    first()
    before = look(Record)[0].state_at
    desk = opened(at_desk("second"), report_id)
    assert desk.post(f"/reports/{report_id}/release").status_code == 303
    opened(desk, report_id)
    clock.advance(minutes=31)
    [running] = [one for one in look(Review) if one.closed_at is None]
    with writing() as session:
        expiries.end_hold(session, running.district, running.review_id, clock())
    # It stands where it stood in the queue, and anybody who may takes it up
    assert state_of(report_id) == "approved_first" and look(Record)[0].state_at == before
    assert approve(opened(at_desk("second"), report_id), report_id).status_code == 303
    assert state_of(report_id) == "approved"


def test_while_one_reads_it_for_the_second_nobody_else_decides(ask, at_desk, first, report_id, session, county, clock):
    ask()
    first()
    factories.person(session, clock(), Role.SUPERVISOR, county.district, name="罗云", login="third")
    session.commit()
    read = opened(at_desk("second"), report_id).read_revision()
    third = at_desk("third")
    third.get(f"/reports/{report_id}")
    assert "另一位主管正在审核" in third.page and "/open" not in third.page
    assert code_of(third.post(f"/reports/{report_id}/open")) == "review_held"
    assert code_of(third.post(f"/reports/{report_id}/approve", **read)) == "review_held"


def test_nobody_lets_another_version_count_under_a_first_approval(
    ask, at_desk, forms, enrolled, county, look, second_supervisor, clock, state_of
):
    # Given a report with a version beside it, and the first approval of the one that is the head
    ask()
    phone = enrolled()
    item = phone.fill_in(county, body=versions.told(county))
    phone.sync()
    for name in ("刘左", "刘右"):
        last = phone.fill_in(county, **versions.on(item), body=versions.told(county, **{"hh.head": name}))
        phone.sync()
    assert phone.result(last)["status"] == "conflict"
    record_id = UUID(item.head["record_id"])
    desk = opened(at_desk("supervisor"), record_id)
    assert approve(desk, record_id, text="看过").status_code == 303
    clock.advance(minutes=1)
    # Then the second supervisor cannot let the other count; she asks the author, which ends it
    desk = opened(at_desk("second"), record_id)
    assert "初审针对的是下面这个版本" in desk.page and "以另一个版本为准" not in desk.page
    [beside] = [one for one in look(Revision) if str(one.revision_id) == last.head["revision_id"]]
    named = {"revision_id": str(beside.revision_id), "content_hash": b64u(beside.content_hash)}
    assert code_of(desk.post(f"/reports/{record_id}/choose", **named)) == "first_approval_binds"
    desk.get(f"/reports/{record_id}")
    sent = {**desk.read_revision(), "reason": "two_versions"}
    assert desk.post(f"/reports/{record_id}/return", **sent).status_code == 303
    assert state_of(record_id) == "returned"


# === the rule is changed while something waits ========================================================================


def test_when_two_are_no_longer_asked_one_more_approval_finishes_it_the_first_approvers_too(
    ask, at_desk, first, report_id, second_supervisor, state_of
):
    ask()
    desk = first()
    ask(is_asked=False)
    assert "再有一次批准即完成" in desk.get("/").text and 'class="ended"' not in desk.page
    opened(desk, report_id)
    assert ">批准</button>" in desk.page
    assert approve(desk, report_id).status_code == 303 and state_of(report_id) == "approved"


def test_what_is_in_review_needs_two_from_the_moment_they_are_asked(ask, at_desk, report_id, state_of):
    desk = opened(at_desk("supervisor"), report_id)
    ask()
    assert approve(desk, report_id).status_code == 303
    assert state_of(report_id) == "approved_first"


def test_of_one_organisation_two_are_asked_of_what_its_people_write(
    ask, at_desk, report_id, session, county, clock, state_of
):
    # Given the rule for the organisation of one author, and a report by somebody who belongs elsewhere
    ask(whose=county.organisation_id)
    ask("F3")
    session.get_one(Person, (county.district, county.second_caseworker_id)).organisation_id = None
    told = reports.body(reports.investigation(county.subject_id), clock())
    other_id, _ = factories.record(session, clock(), county, author_id=county.second_caseworker_id, answers=told)
    session.commit()
    for record_id, state in ((report_id, "approved_first"), (other_id, "approved")):
        desk = opened(at_desk("supervisor"), record_id)
        assert approve(desk, record_id, text="核对过").status_code == 303
        assert state_of(record_id) == state


# === the phone ========================================================================================================


@pytest.fixture
def sent(ask, forms, enrolled, county, look, second_supervisor):
    """A report from a phone, of which two approvals are asked: (phone, item, record id)."""
    ask()
    phone = enrolled()
    phone.sync_all()
    item = phone.fill_in(county, body={"answers": reports.investigation(county.subject_id)})
    phone.sync_all()
    assert phone.result(item)["record_state"] == "submitted"
    return phone, item, UUID(item.head["record_id"])


def told_state(phone, county, record_id):
    phone.sync_all()
    records = phone.device.held[f"case:{county.case_id}"]["records"]
    return {one["record_id"]: one["state"] for one in records}[str(record_id)]


def test_the_phone_keeps_its_copy_until_the_second_has_decided(sent, at_desk, county, clock):
    phone, item, record_id = sent

    def all_is_safe():
        phone.device.safe = {county.district: 10**9}
        phone.device.free_what_is_safe()

    assert approve(opened(at_desk("supervisor"), record_id), record_id, text="看过").status_code == 303
    assert told_state(phone, county, record_id) == "approved_first"
    all_is_safe()
    assert item.op in phone.device.received and item.op not in phone.device.freed
    # It comes back: she still has what she wrote
    clock.advance(minutes=1)
    send_back(opened(at_desk("second"), record_id), record_id)
    assert told_state(phone, county, record_id) == "returned"
    all_is_safe()
    assert item.op in phone.device.received
    # With the second approval of her next version it may go
    again = phone.fill_in(
        county,
        record_id=str(record_id),
        parents=[item.head["revision_id"]],
        body={"answers": reports.investigation(county.subject_id)},
    )
    phone.sync_all()
    for who, state in (("supervisor", "approved_first"), ("second", "approved")):
        clock.advance(minutes=1)
        assert approve(opened(at_desk(who), record_id), record_id, text="看过").status_code == 303
        assert told_state(phone, county, record_id) == state
        all_is_safe()
        assert (again.op in phone.device.freed) is (state == "approved")


def test_after_the_first_approval_the_author_takes_nothing_back_and_adds_nothing(sent, at_desk, county, state_of):
    phone, item, record_id = sent
    assert approve(opened(at_desk("supervisor"), record_id), record_id, text="看过").status_code == 303
    named = {name: item.head[name] for name in ("record_id", "case_id", "visit_id", "form", "form_version")}
    back = phone.device.hand_in("withdraw", {"reason": "other", "text": ""}, **named)
    newer = phone.fill_in(county, record_id=str(record_id), parents=[item.head["revision_id"]])
    phone.sync_all()
    for one in (back, newer):
        word = phone.result(one)
        assert (word["status"], word["reason"]) == ("locked", "approved")
    assert state_of(record_id) == "approved_first"


def test_a_pen_at_the_desk_is_told_until_the_second_approval(sent, at_desk, county, session, clock):
    phone, _, record_id = sent
    # Given a returned report that its author finished at the desk
    send_back(opened(at_desk("supervisor"), record_id), record_id)
    seat = at_desk("caseworker")
    seat.get("/records")
    page = seat.post(f"/records/finish/{record_id}").headers["Location"]
    assert "proof" not in page
    session.expire_all()
    session.get_one(Record, (county.district, record_id)).state = "submitted"
    session.commit()

    def pens():
        phone.sync_all()
        return [one["record_id"] for one in phone.device.held[f"case:{county.case_id}"].get("pens", [])]

    for who, told in (("supervisor", [str(record_id)]), ("second", [])):
        clock.advance(minutes=1)
        assert approve(opened(at_desk(who), record_id), record_id, text="看过").status_code == 303
        assert pens() == told


# === what is counted and told =========================================================================================


def test_the_first_approval_stands_in_the_timeline_and_in_her_own_list(ask, at_desk, first, session, county, report_id):
    ask()
    first()
    desk = at_desk("supervisor")
    desk.get(f"/cases/{county.case_id}")
    assert "初审通过 · 陈岚" in desk.page
    session.get_one(Record, (county.district, report_id)).visit_id = None  # one made at the desk
    session.commit()
    page = at_desk("caseworker").get("/records").text
    assert "初审通过" in page and "收回" not in page


def test_what_waits_is_counted_for_who_may_give_the_second(
    ask, first, report_id, second_supervisor, county, clock, app
):
    ask()

    def waits(person_id):
        with app.app_context(), reading() as session:
            acting = acting_for(session, county.district, person_id, clock())
            rows, _ = queue.page_of(session, acting, queue.Filters())
            assert [row.record.record_id for row in rows] == [report_id]
            return work.waiting_for(session, acting)

    assert (waits(county.supervisor_id), waits(second_supervisor)) == (1, 1)
    first()
    assert (waits(county.supervisor_id), waits(second_supervisor)) == (0, 1)
    with app.app_context(), writing() as session:
        acting = acting_for(session, county.district, second_supervisor, clock())
        reviews.open_review(session, acting, report_id, clock())
    assert waits(second_supervisor) == 0  # it is being read


# === who asks it ======================================================================================================


def test_an_administrator_asks_two_approvals_with_a_reason_and_ends_it_with_one(at_desk, forms, county, look, clock):
    desk = at_desk("administrator")
    clock.advance(minutes=6)
    ask_for = {"form": "F2", "organisation": "", "ask": "1"}
    # After a fresh proof
    assert "proof" in desk.post("/limits/approvals", **ask_for, reason=WHY).headers["Location"]
    desk.prove()
    assert desk.post("/limits/approvals", **ask_for, reason=" ").status_code == 422
    assert "请写明理由" in desk.page and look(TwoLevelRule) == []
    assert desk.post("/limits/approvals", **ask_for, reason=WHY).status_code == 303
    desk.get("/limits/approvals")
    assert WHY in desk.page and "周木" in desk.page and "所有人的" in desk.page
    [rule] = look(TwoLevelRule)
    assert (rule.form, rule.organisation_id, rule.set_by) == ("F2", None, county.administrator_id)
    # Asked once more it stays as it was decided
    assert desk.post("/limits/approvals", **ask_for, reason="再说一遍").status_code == 303
    assert [one.reason for one in look(TwoLevelRule)] == [WHY]
    # The supervisor reads it, and cannot change what binds her
    page = at_desk("supervisor").get("/limits/approvals").text
    assert WHY in page and "levels-form" not in page
    assert at_desk("supervisor").post("/limits/approvals", **ask_for, reason=WHY).status_code == 404
    # And it ends with a reason too
    assert desk.post("/limits/approvals", **{**ask_for, "ask": "0"}, reason="").status_code == 422
    assert desk.post("/limits/approvals", **{**ask_for, "ask": "0"}, reason="人手不够").status_code == 303
    [rule] = look(TwoLevelRule)
    assert (rule.ended_reason, rule.ended_by) == ("人手不够", county.administrator_id) and rule.ended_at is not None
    page = at_desk("supervisor").get("/limits/approvals").text
    assert WHY in page and "人手不够" in page and "各种表都是一级审批" in page
    told = [one.act for one in look(AuditRow) if one.act.startswith("ask_")]
    assert sorted(told) == ["ask_one_approval", "ask_two_approvals"]
    # Asked anew it stands again, beside the one that ended
    assert desk.post("/limits/approvals", **ask_for, reason="又来了新人").status_code == 303
    assert [one.ended_at is None for one in look(TwoLevelRule, by=TwoLevelRule.set_at)].count(True) == 1


def test_nothing_is_asked_of_forms_and_organisations_there_are_none_of_or_by_a_townships_administrator(
    at_desk, forms, session, county, clock, look
):
    factories.person(session, clock(), Role.ADMINISTRATOR, "990101100", login="east")
    session.commit()
    desk = at_desk("administrator")
    desk.prove()
    wanted = {"form": "F2", "organisation": "", "ask": "1", "reason": WHY}
    assert desk.post("/limits/approvals", **{**wanted, "form": "F99"}).status_code == 404
    assert desk.post("/limits/approvals", **{**wanted, "organisation": str(county.case_id)}).status_code == 404
    assert desk.post("/limits/approvals", **{**wanted, "organisation": "妇联"}).status_code == 400
    assert desk.post("/limits/approvals", **{**wanted, "reason": "因" * 201}).status_code == 422
    east = at_desk("east")
    east.prove()
    assert east.post("/limits/approvals", **wanted).status_code == 404
    assert look(TwoLevelRule) == []


def test_the_page_warns_where_nobody_could_give_the_second(at_desk, forms, session, county, clock):
    def warned():
        return at_desk("administrator").get("/limits/approvals").text

    # One supervisor of the county
    assert "县里没有人能作复审" in warned() and "要等到有第二位主管" in warned()
    # A second one of one township alone
    factories.person(session, clock(), Role.SUPERVISOR, "990101100", name="何静")
    session.commit()
    assert "西乡" in warned() and "东乡" not in warned()
    # Somebody above
    factories.person(session, clock(), Role.SUPERVISOR, "9901", name="唐宁")
    session.commit()
    assert "由上级主管复审" in warned()
    # And of the other township too
    factories.person(session, clock(), Role.SUPERVISOR, "990101200", name="罗云")
    session.commit()
    assert 'id="alone"' not in warned()


def test_the_parts_that_were_read_for_the_first_are_named_by_it(
    ask, at_desk, first, report_id, session, county, clock, look
):
    told = reports.body(reports.investigation(county.subject_id), clock())
    other_id, _ = factories.record(session, clock(), county, author_id=county.second_caseworker_id, answers=told)
    session.commit()
    ask()
    desk = opened(at_desk("supervisor"), report_id)
    assert approve(desk, report_id, text="核对过").status_code == 303
    [part] = look(DecisionPart)
    assert part.record_id == other_id
