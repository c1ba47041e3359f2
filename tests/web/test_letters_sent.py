"""A letter that leaves the house moves its case: not its approval, and each letter with a clock of its own."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest

from fieldapp.actions import case_clocks, case_events, case_moves, letters, reviews, statistics
from fieldapp.actions.case_moves import Said
from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import ClockState, clocks_of
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.statistics import Period
from fieldapp.days import CHINA, day_of
from fieldapp.errors import Problem
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision
from tests import factories, papers
from tests.papers import sent


@pytest.fixture
def file(county, session, forms):
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


def submitted(session, county, now, form, answers):
    body = json.dumps({"answers": answers}, ensure_ascii=False).encode()
    return factories.record(session, now, county, form=form, answers=body)[0]


def approved_file(session, file, now):
    file.state = "APPROVED"
    case_events.note(session, file, Happened.APPROVED, now=now)


def kinds(session, file):
    return [event.kind for event in case_events.events_for_clocks(session, file) if event.kind != "screened"]


def clocks(session, file, now, code):
    found = clocks_of(case_events.events_for_clocks(session, file), now, published())
    return [(clock.state, clock.begun_at) for clock in found if clock.limit.code == code]


def counted(session, supervisor, now):
    asked = statistics.Asked(Period(day_of(now).replace(month=1, day=1), day_of(now)))
    report = statistics.read(session, supervisor, asked, now).report
    return next(figure.value for figure in report.figures if figure.code == "letters")


def test_the_approval_of_its_report_sends_nothing_and_the_note_does(file, county, session, supervisor, clock):
    # Given an approved case whose letter is approved now
    approved_file(session, file, clock())
    made_of = submitted(session, county, clock(), "F4", papers.LETTER)
    approve(session, county, made_of, clock())
    # Then nothing has left: the days until it is sent run, those of its receiver do not, and no figure counts it
    assert file.state == "APPROVED" and "letter_sent" not in kinds(session, file)
    assert [state for state, _ in clocks(session, file, clock(), "letter")] == [ClockState.RUNNING]
    assert clocks(session, file, clock(), "receipt") == []
    [refused] = case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.TRANSFER, "", Said(), clock())
    assert refused.code == "letter_sent"
    # When it is noted as sent
    clock.advance(hours=3)
    letter = sent(session, clock(), county, made_of)
    # Then the case is transferred, its receiver's days begin, and the phones of its team hear
    assert file.state == "TRANSFER" and letter.sent_at == clock()
    assert [state for state, _ in clocks(session, file, clock(), "letter")] == [ClockState.KEPT]
    assert clocks(session, file, clock(), "receipt") == [(ClockState.RUNNING, clock())]
    assert (county.district, county.caseworker_id, f"case:{county.case_id}") in session.info["told"]
    session.commit()
    assert counted(session, supervisor, clock()) == 1
    # And noting it twice is noting it once
    letters.note_sent(session, supervisor, letter.letter_id, clock())
    assert kinds(session, file).count("letter_sent") == 1
    # When the receipt is noted
    clock.advance(hours=2)
    letters.note_received(session, supervisor, letter.letter_id, "示检3号", clock())
    assert file.state == "ACKED"
    assert [state for state, _ in clocks(session, file, clock(), "receipt")] == [ClockState.KEPT]
    assert [state for state, _ in clocks(session, file, clock(), "relief_opinion")] == [ClockState.RUNNING]
    case_events.note(session, file, Happened.DECIDED, now=clock())
    assert [state for state, _ in clocks(session, file, clock(), "relief_opinion")] == [ClockState.KEPT]


def test_of_several_letters_each_waits_for_its_own_receipt(file, county, session, supervisor, clock):
    approved_file(session, file, clock())
    first, second = sent(session, clock(), county), sent(session, clock(), county)
    assert kinds(session, file) == ["approved", *["letter_made", "letter_signed", "letter_sent"] * 2]
    letters.note_received(session, supervisor, first.letter_id, "一号", clock())
    assert file.state == "ACKED"
    assert sorted(state for state, _ in clocks(session, file, clock(), "receipt")) == ["kept", "running"]
    letters.note_received(session, supervisor, second.letter_id, "", clock())
    assert file.state == "ACKED" and kinds(session, file)[-2:] == ["acked", "letter_received"]
    assert {state for state, _ in clocks(session, file, clock(), "receipt")} == {ClockState.KEPT}
    assert len(clocks(session, file, clock(), "relief_opinion")) == 1


def test_a_receipt_that_was_written_is_the_receipt_of_the_letter_it_names(file, county, session, supervisor, clock):
    approved_file(session, file, clock())
    first, second = sent(session, clock(), county), sent(session, clock(), county)
    told = {"relief": {"letter_id": str(first.record_id), "receipt_no": "示检4号", "result": "pending"}}
    approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    assert (file.state, first.received_at, second.received_at) == ("ACKED", clock(), None)
    views = {view.letter.letter_id: view for view in letters.letters_of(session, supervisor, file)}
    assert views[first.letter_id].receipt == "示检4号"
    assert sorted(state for state, _ in clocks(session, file, clock(), "receipt")) == ["kept", "running"]
    # And the second one's, when the case has moved on
    told = {"relief": {"letter_id": str(second.record_id), "receipt_no": "示检5号", "result": "granted"}}
    approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    assert (file.state, second.received_at) == ("DECIDED", clock())
    assert {state for state, _ in clocks(session, file, clock(), "receipt")} == {ClockState.KEPT}


def test_a_letter_that_went_before_the_report_was_approved_is_found_gone(file, county, session, supervisor, clock):
    # Given a letter of a case that is not approved yet ("materials follow"), sent and received
    file.state = "SUBMITTED"
    record_id = submitted(session, county, clock(), "F2", {})
    letter = sent(session, clock(), county)
    assert file.state == "SUBMITTED" and len(clocks(session, file, clock(), "receipt")) == 1
    clock.advance(days=1)
    # When its report is approved
    approve(session, county, record_id, clock())
    # Then nobody waits for a letter, and nothing is said twice
    assert file.state == "TRANSFER" and kinds(session, file).count("letter_sent") == 1
    assert [state for state, _ in clocks(session, file, clock() + timedelta(days=30), "letter")] == [ClockState.KEPT]
    letters.note_received(session, supervisor, letter.letter_id, "三号", clock())
    assert file.state == "ACKED"
    # And in a file that is opened again, a new letter is waited for
    clock.advance(days=1)
    case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.REOPENED, "又有困难", Said(), clock())
    file.state = "SUBMITTED"
    clock.advance(days=1)
    approve(session, county, submitted(session, county, clock(), "F2", {}), clock())
    assert file.state == "APPROVED"
    assert next(state for state, _ in clocks(session, file, clock(), "letter")) == ClockState.RUNNING


@pytest.mark.parametrize(("on", "state"), [(date(2026, 11, 3), "APPROVED"), (None, "TRANSFER")])
def test_a_letter_of_an_earlier_opening_moves_the_case_only_if_it_left_in_this_one(
    file, county, session, supervisor, clock, on, state
):
    # Given a letter that was made and not noted as sent, and its file opened again and approved anew
    clock.now = datetime(2026, 11, 2, 9, 0, tzinfo=CHINA).astimezone(UTC)
    made_of = papers.approved(session, clock(), county)
    letter = letters.make(session, supervisor, file.case_id, Kind.TRANSFER, made_of, clock())
    letters.note_signed(session, supervisor, letter.letter_id, clock())
    clock.advance(days=7)
    case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.REOPENED, "又有困难", Said(), clock())
    clock.advance(days=1)
    approved_file(session, file, clock())
    # When it is noted, with a day before the file was opened again or with today
    letters.note_sent(session, supervisor, letter.letter_id, clock(), on)
    # Then only what left since counts for this opening
    assert file.state == state and kinds(session, file)[-1] == "letter_sent"
    waiting = [found for found, begun_at in clocks(session, file, clock(), "letter") if begun_at == clock()]
    assert waiting == [ClockState.KEPT if on is None else ClockState.RUNNING]


def test_a_receipt_that_was_there_before_the_sending_was_noted_is_heard_then(file, county, session, supervisor, clock):
    approved_file(session, file, clock())
    made_of = papers.approved(session, clock(), county)
    told = {"relief": {"letter_id": str(made_of), "receipt_no": "示检6号", "result": "granted"}}
    approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    assert file.state == "APPROVED"
    letter = sent(session, clock(), county, made_of)
    assert file.state == "DECIDED" and letter.received_at == clock()
    assert kinds(session, file)[-3:] == ["letter_sent", "acked", "decided"]


@pytest.mark.parametrize("how", ["noted", "written"])
def test_the_receipt_of_an_earlier_opening_moves_nothing_of_this_one(file, county, session, supervisor, clock, how):
    # Given a letter that was sent, its file opened again and a new letter sent
    approved_file(session, file, clock())
    old = sent(session, clock(), county)
    clock.advance(days=7)
    case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.REOPENED, "又有困难", Said(), clock())
    clock.advance(days=1)
    approved_file(session, file, clock())
    new = sent(session, clock(), county)
    assert file.state == "TRANSFER"
    # When the receipt of the old one comes, it is kept, and the new one is still waited for
    clock.advance(days=1)
    if how == "noted":
        letters.note_received(session, supervisor, old.letter_id, "示检1号", clock())
    else:
        told = {"relief": {"letter_id": str(old.record_id), "receipt_no": "示检1号", "result": "granted"}}
        approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    assert file.state == "TRANSFER" and kinds(session, file)[-1] == "letter_received"
    assert (old.received_at, new.received_at) == (clock(), None)
    # And the receipt of the new one moves the case
    letters.note_received(session, supervisor, new.letter_id, "示检2号", clock())
    assert file.state == "ACKED"


def test_a_receipt_waits_for_the_letter_it_names_to_be_noted_as_sent(file, county, session, supervisor, clock):
    # Given a case with one letter sent, and the receipt of a second one that nobody has noted as sent yet
    approved_file(session, file, clock())
    sent(session, clock(), county)
    made_of = papers.approved(session, clock(), county)
    told = {"relief": {"letter_id": str(made_of), "receipt_no": "示检8号", "result": "granted"}}
    approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    # Then it moves nothing before its letter has left
    assert file.state == "TRANSFER"
    # And is heard when that is noted
    letter = sent(session, clock(), county, made_of)
    assert file.state == "DECIDED" and letter.received_at == clock()
    assert kinds(session, file)[-3:] == ["letter_sent", "acked", "decided"]


@pytest.mark.parametrize("by_hand", [False, True], ids=["by a meeting", "by hand"])
def test_a_receipt_that_waited_in_a_reopened_file_is_heard_where_no_report_is_approved(
    file, county, session, supervisor, clock, by_hand
):
    # Given a file opened again, and the receipt of a letter sent since, approved before anybody noted the sending
    approved_file(session, file, clock())
    meeting = submitted(session, county, clock(), "F8", {"mt": {"kind": "case"}})
    if by_hand:
        approve(session, county, meeting, clock())
    clock.advance(days=7)
    case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.REOPENED, "又有困难", Said(), clock())
    clock.advance(days=1)
    made_of = papers.approved(session, clock(), county)
    told = {"relief": {"letter_id": str(made_of), "receipt_no": "示检6号", "result": "pending"}}
    approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    letter = sent(session, clock(), county, made_of)
    assert letter.received_at is None
    # When the file goes on to a plan
    if by_hand:
        case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.PLAN, "会上定了", Said(), clock())
    else:
        approve(session, county, meeting, clock())
    # Then the receipt is heard, and its time is over
    assert file.state == "PLAN" and letter.received_at == clock()
    clock.advance(days=20)
    assert ClockState.OVERDUE not in {state for state, _ in clocks(session, file, clock(), "receipt")}


def test_receipts_that_were_there_before_the_triage_are_kept_by_whoever_triages(
    file, county, session, supervisor, clock
):
    # Given a lead whose report, two letters and their receipts came before anybody took it up
    file.state = "LEAD"
    approve(session, county, submitted(session, county, clock(), "F2", {}), clock())
    made_of = [papers.approved(session, clock(), county) for _ in range(2)]
    for number, record_id in enumerate(made_of, 1):
        told = {"relief": {"letter_id": str(record_id), "receipt_no": f"示检{number}号", "result": "pending"}}
        approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    both = [sent(session, clock(), county, record_id) for record_id in made_of]
    assert file.state == "LEAD" and {letter.received_at for letter in both} == {None}
    # When it is taken up
    triaged = case_moves.CaseState.TRIAGED
    assert case_moves.move(session, supervisor, file.case_id, triaged, "要走访", Said(), clock()) == ()
    # Then each letter has come, and whoever took it up says so
    assert file.state == "ACKED" and kinds(session, file)[-2:] == ["acked", "letter_received"]
    assert {(one.received_at, one.received_by) for one in both} == {(clock(), supervisor.person_id)}
    assert {state for state, _ in clocks(session, file, clock(), "receipt")} == {ClockState.KEPT}


@pytest.mark.parametrize("state", ["DECIDED", "PLAN", "SOCIAL_ONLY", "CLOSED"])
def test_a_letter_that_does_not_fit_the_state_of_its_case_is_noted_and_moves_nothing(
    file, county, session, supervisor, clock, state
):
    file.state = state
    letter = sent(session, clock(), county)
    letters.note_received(session, supervisor, letter.letter_id, "", clock())
    assert file.state == state and kinds(session, file)[-2:] == ["letter_sent", "letter_received"]
    told = {one.kind: one.sensitivity for one in case_events.of(session, supervisor, file)}
    assert told[Happened.LETTER_SENT] == told[Happened.LETTER_RECEIVED] == "violence"


def test_a_paper_that_transfers_nothing_moves_nothing(file, county, session, supervisor, clock):
    approved_file(session, file, clock())
    minutes = papers.approved(session, clock(), county, form="F8", answers={"mt": {"kind": "joint_meeting"}})
    letter = letters.make(session, supervisor, county.case_id, Kind.MINUTES, minutes, clock())
    letters.note_signed(session, supervisor, letter.letter_id, clock())
    letters.note_sent(session, supervisor, letter.letter_id, clock())
    letters.note_received(session, supervisor, letter.letter_id, "", clock())
    letters.add_scan(session, supervisor, letter.letter_id, b"%PDF-1.7", clock())
    assert file.state == "APPROVED" and clocks(session, file, clock(), "receipt") == []
    told = {one.kind: (one.sensitivity, one.ref_id) for one in case_events.of(session, supervisor, file)}
    of_paper = (Happened.LETTER_SIGNED, Happened.PAPER_SENT, Happened.LETTER_RECEIVED, Happened.SCAN_ADDED)
    assert {told[kind] for kind in of_paper} == {("violence", letter.letter_id)}


def test_the_days_of_its_receiver_begin_on_the_day_it_was_sent(at_desk, file, county, session, clock):
    # Given a letter made on a Friday evening, after the case was approved, and noted on the Monday
    clock.now = datetime(2026, 11, 27, 18, 0, tzinfo=CHINA).astimezone(UTC)
    approved_file(session, file, clock())
    made_of = papers.approved(session, clock(), county)
    session.commit()
    desk = at_desk("supervisor")
    desk.post(f"/letters/of/{county.case_id}/make", kind="transfer", record=str(made_of))
    [view] = letters.letters_of(session, county.acting(session, "supervisor"), file)
    note = f"/letters/{view.letter.letter_id}/note"
    session.rollback()
    desk.post(note, what="signed")
    clock.advance(days=3)
    desk = at_desk("supervisor")
    # When a day is told on which it could not have gone, nothing is noted
    for day, code in (("2026-12-01", "day_to_come"), ("2026-11-26", "letter_day_wrong"), ("2026-11", "malformed")):
        refused = desk.post(note, what="sent", on=day)
        assert refused.status_code in (400, 422) and code in refused.text
    assert desk.post(note, what="sent", on="2026-11-28").status_code == 303
    # Then the receiver's days are counted from it
    session.expire_all()
    day = datetime.combine(date(2026, 11, 28), time(), CHINA)
    assert file.state == "TRANSFER" and clocks(session, file, clock(), "receipt") == [(ClockState.RUNNING, day)]
    session.rollback()
    assert "letter_day_wrong" in desk.post(note, what="received", on="2026-11-27").text
    assert desk.post(note, what="received", on="2026-11-29", receipt="示检7号").status_code == 303
    page = desk.get(f"/letters/of/{county.case_id}").text
    assert "2026-11-28" in page and "2026-11-29" in page and "示检7号" in page
    session.expire_all()
    told = {one.kind: one.at for one in case_events.events_for_clocks(session, file)}
    assert day_of(told["acked"]) == date(2026, 11, 29)


def test_a_file_that_was_transferred_by_the_approval_of_old_goes_on(file, county, session, supervisor, clock):
    # Given a file as the old road left it: the event names the report, and no letter was made
    made_of = papers.approved(session, clock(), county)
    approved_file(session, file, clock())
    file.state = "TRANSFER"
    case_events.note(session, file, Happened.LETTER_SENT, now=clock(), by=county.supervisor_id, ref=made_of)
    begun = clock()
    clock.advance(days=1)
    session.commit()
    assert counted(session, supervisor, clock()) == 1
    # When its letter is made, sent and received now
    letter = sent(session, clock(), county, made_of)
    assert file.state == "TRANSFER" and (ClockState.RUNNING, begun) in clocks(session, file, clock(), "receipt")
    clock.advance(hours=1)
    letters.note_received(session, supervisor, letter.letter_id, "八号", clock())
    # Then no clock of it runs on
    assert file.state == "ACKED"
    assert {state for state, _ in clocks(session, file, clock(), "receipt")} == {ClockState.KEPT}
    session.commit()
    assert counted(session, supervisor, clock()) == 1
    running = case_clocks.running(session, supervisor, file, clock())
    assert [clock.limit.code for clock in running] == ["relief_opinion"]


def test_a_file_that_was_transferred_by_the_approval_of_old_hears_a_written_receipt(file, county, session, clock):
    made_of = papers.approved(session, clock(), county)
    file.state = "TRANSFER"
    case_events.note(session, file, Happened.LETTER_SENT, now=clock(), ref=made_of)
    told = {"relief": {"letter_id": str(made_of), "receipt_no": "九号", "result": "pending"}}
    approve(session, county, submitted(session, county, clock(), "F4R", told), clock())
    assert file.state == "ACKED"
    assert {state for state, _ in clocks(session, file, clock(), "receipt")} == {ClockState.KEPT}


def test_a_letter_sent_before_files_told_of_it_is_counted_and_lets_its_case_go_on(
    file, county, session, supervisor, clock
):
    # Given a letter noted as sent while its file heard nothing
    file.state = "SUBMITTED"
    letter = letters.make(
        session, supervisor, county.case_id, Kind.TRANSFER, papers.approved(session, clock(), county), clock()
    )
    letter.signed_at = letter.sent_at = clock()
    file.state = "APPROVED"
    session.commit()
    assert counted(session, supervisor, clock()) == 1
    # Then a supervisor brings it into its state by hand
    assert case_moves.move(session, supervisor, file.case_id, case_moves.CaseState.TRANSFER, "", Said(), clock()) == ()
    assert file.state == "TRANSFER"


def test_who_may_not_make_it_notes_nothing(file, county, session, clock):
    approved_file(session, file, clock())
    letter = sent(session, clock(), county)
    with pytest.raises(Problem, match="not_found"):
        letters.note_received(session, county.acting(session, "caseworker"), letter.letter_id, "", clock())
