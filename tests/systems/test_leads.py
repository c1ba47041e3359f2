"""Rows 3, 5-8, 11, 17, 49, 51, 69, 70: a lead comes from any side, is found again, and never ends in silence."""

import io
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from fieldapp import demo
from fieldapp.actions import case_events, case_moves, lead_search, lead_triage, statistics
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.happened import Happened
from fieldapp.casework.import_rows import Kind, columns_of
from fieldapp.casework.states import CaseState, ways_from
from fieldapp.casework.statistics_lines import Period
from fieldapp.days import day_of
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.records import Record
from tests import factories, leads_told, reports

PUBLISHED = json.loads((Path(demo.__file__).parent / "cases.json").read_text("utf-8"))["cases"]


@pytest.fixture
def worker(enrolled):
    return enrolled()


def hand_in(phone, item):
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"


def waiting(session, county, now):
    found = lead_triage.waiting(session, county.acting(session, "supervisor"), now)
    session.commit()
    return found


def test_row_03_a_lead_nobody_decided_on_shows_as_overdue_and_cannot_be_deleted(
    worker, county, session, clock, at_desk, app
):
    item = leads_told.take(worker, county)
    hand_in(worker, item)
    # Past its working day it stands first, overdue, with every way out but one asking for a reason
    clock.advance(days=5)
    [one] = [
        one
        for one in waiting(session, county, clock())
        if one.case.case_id == leads_told.case_of(session, item).case_id
    ]
    assert [(clock_.limit.code, clock_.state) for clock_ in one.clocks] == [("triage", ClockState.OVERDUE)]
    page = at_desk("supervisor").get("/leads").text
    assert one.case.code_name in page and "已逾期" in page
    ends = set(ways_from(CaseState.LEAD)) - {CaseState.REOPENED}
    assert ends == {"TRIAGED", "REFERRED", "ANSWERED", "DUPLICATE", "INVALID"}
    for end in ends:
        refused = case_moves.move(
            session,
            county.acting(session, "supervisor"),
            one.case.case_id,
            CaseState(end),
            " ",
            case_moves.Said(),
            clock(),
        )
        assert "reason_given" in {refusal.code for refusal in refused}
    # And nothing deletes it: no address takes a DELETE, and no act of the county removes a file
    assert not [rule for rule in app.url_map.iter_rules() if "DELETE" in (rule.methods or ())]
    assert session.get(Case, (county.district, one.case.case_id)).state == "LEAD"


def test_row_05_the_source_of_each_published_case_is_kept_counted_and_may_be_unknown(worker, county, session, clock):
    channels = [case["lead"]["channel"] or {"unknown": "does_not_know"} for case in PUBLISHED]
    assert {"unknown": "does_not_know"} in channels, "case 1: by call, letter or visit is not stated"
    assert "other" not in channels
    # Invented from the row's own text, whose cases the file does not hold: found in an appeal, and in a criminal case
    channels += ["proc_appeal", "proc_case"]
    items = [leads_told.take(worker, county, channel=channel) for channel in channels]
    worker.sync_all()
    assert [worker.result(item)["status"] for item in items] == ["ok"] * len(channels)
    assert [leads_told.stored(session, item)["channel"] for item in items] == channels
    # And when the notes are approved, then the cases are counted by their sources; the county's own file names none
    for record in session.scalars(select(Record).where(Record.form == "F1")):
        record.state = "approved"
    asked = statistics.Asked(Period(day_of(clock()), day_of(clock())))
    report = statistics.read(session, county.acting(session, "supervisor"), asked, clock()).report
    [by_channel] = [one for one in report.tables if one.code == "channel"]
    known = Counter(channel if isinstance(channel, str) else "unknown" for channel in channels)
    assert {row.code: row.count for row in by_channel.rows} == known + Counter(unknown=1)


@pytest.mark.parametrize("channel", ["petition_letter", "petition_visit", "petition_online"])
def test_row_06_a_petition_is_due_fifteen_days_after_it_was_received(worker, county, session, clock, at_desk, channel):
    # Given a petition received three days ago, with its number
    received = (clock() - timedelta(days=3)).isoformat()
    item = leads_told.take(worker, county, channel=channel, channel_ref="网信2026-118", received_at=received)
    hand_in(worker, item)
    case = leads_told.case_of(session, item)

    def reply():
        [one] = [one for one in waiting(session, county, clock()) if one.case.case_id == case.case_id]
        return [clock_ for clock_ in one.clocks if clock_.limit.code == "petition_reply"]

    [running] = reply()
    assert running.due.day == (clock() + timedelta(days=12)).date()
    assert leads_told.stored(session, item)["channel_ref"] == "网信2026-118"
    # When it is answered in writing, then its clock ends
    desk = at_desk("supervisor")
    desk.get(f"/cases/{case.case_id}")
    told = {"kind": "petition_answered", "on": clock().date().isoformat()}
    assert desk.post(f"/cases/{case.case_id}/days", **told).status_code == 303
    assert reply() == []


def test_row_07_an_intake_without_a_link_is_kept_and_a_telephone_told_twice_is_hinted_to_triage_alone(
    worker, enrolled, county, session, clock
):
    # Given two calls to 12338 taken down on two phones without a link, about the same number
    other = enrolled("second_caseworker")
    told = {"channel": "hotline_12338", "contact_safe": "only_times", "contact_how": "上午打"}
    first = leads_told.take(worker, county, **told, contact_phone="19900007788")
    second = leads_told.take(other, county, **told, contact_phone="199 0000 7788")
    clock.advance(hours=6)
    # When each phone finds its link, then both are kept with the safe way to call back
    hand_in(worker, first)
    hand_in(other, second)
    assert leads_told.stored(session, first)["contact_safe"] == "only_times"
    # And the supervisor who triages is hinted that they may be one; nobody else is
    cases = {leads_told.case_of(session, item).case_id for item in (first, second)}
    hints = {one.case.case_id: one.hints for one in waiting(session, county, clock()) if one.case.case_id in cases}
    assert {case_id: [hint.why for hint in found] for case_id, found in hints.items()} == {
        case_id: [("phone",)] for case_id in cases
    }
    for who in ("caseworker", "second_caseworker", "cadre", "administrator"):
        assert lead_triage.waiting(session, county.acting(session, who), clock()) == []
    # Nor does either phone learn that there is the other
    for phone, other_item in ((worker, second), (other, first)):
        phone.sync_all()
        assert other_item.head["case_id"] not in json.dumps(phone.device.held, default=str)


def test_row_08_a_lead_is_found_again_by_the_number_of_its_source(worker, county, session, at_desk, monkeypatch):
    monkeypatch.setattr(lead_search, "NOTES_AT_ONCE", 1)  # however many newer notes there are
    item = leads_told.take(worker, county, channel="hotline_12309", channel_ref="12309-2026-0077")
    other = leads_told.take(worker, county, channel="hotline_12309", channel_ref="12309-2026-0078")
    hand_in(worker, item)
    hand_in(worker, other)
    case, not_this = leads_told.case_of(session, item), leads_told.case_of(session, other)
    desk = at_desk("supervisor")
    desk.get("/leads")
    # Written as it was read over the telephone
    answer = desk.post("/leads/find", number="12309 2026 0077")
    shown = answer.text.split('hx-ignore role="status"', 1)[1].split("</div>", 1)[0]
    assert case.code_name in shown and not_this.code_name not in shown
    assert "没有这个编号" in desk.post("/leads/find", number="99999").text
    looked = session.scalars(select(AuditRow.about).where(AuditRow.act == "find_lead")).all()
    assert [json.loads(about)["compared"] for about in looked] == [2, 2]
    session.commit()
    assert at_desk("caseworker").post("/leads/find", number="12309-2026-0077").status_code == 404


@pytest.mark.parametrize("channel", ["legal_aid_case", "charity_project", "partner_firm"])
def test_row_11_a_lead_of_a_partner_is_taken_without_a_number_of_identity_or_even_a_name(
    worker, county, session, channel
):
    item = leads_told.take(worker, county, channel=channel)
    hand_in(worker, item)
    case = leads_told.case_of(session, item)
    assert (case.state, case.subject_id) == ("LEAD", None)
    assert not {"id_no", "name"} & set(leads_told.stored(session, item))


def test_row_17_the_papers_are_listed_at_home_without_a_link_and_the_day_she_was_told_of_relief_is_kept(
    worker, county, session, clock, at_desk, look
):
    # Given the list of papers, ticked in her home without a link
    worker.sync_all()
    told = reports.investigation(county.subject_id)
    told["concl"]["docs"] = ["id", "hukou_book", "hardship_cert"]
    item = worker.fill_in(county, form="F2", body={"answers": told})
    clock.advance(hours=5)
    hand_in(worker, item)
    [record] = look(Record)
    session.expire_all()
    assert record.form == "F2"
    # When it is noted that she was told what she may ask for, with the day
    desk = at_desk("caseworker")
    desk.get(f"/cases/{county.case_id}")
    address = f"/cases/{county.case_id}/days"
    on = (clock() - timedelta(days=1)).date().isoformat()
    said = {"kind": "relief_right_told", "on": on, "text": "当面讲清，帮着写了申请"}
    assert desk.post(address, **said).status_code == 303
    assert desk.post(address, **{**said, "on": (clock() + timedelta(days=1)).date().isoformat()}).status_code == 422
    # Then the day is kept, sealed with what was said
    file = session.get_one(Case, (county.district, county.case_id))
    [event] = [
        one
        for one in case_events.of(session, county.acting(session, "supervisor"), file)
        if one.kind is Happened.RELIEF_RIGHT_TOLD
    ]
    assert event.details == {"on": on, "reason": "当面讲清，帮着写了申请"}
    session.commit()
    assert "已告知可以申请救助" in desk.get(f"/cases/{county.case_id}").text


@pytest.mark.parametrize("channel", ["hotline_12338", "grid", "petition_visit"])
def test_row_49_each_way_in_has_a_code_of_its_own(worker, county, session, channel):
    item = leads_told.take(worker, county, channel=channel)
    hand_in(worker, item)
    assert leads_told.stored(session, item)["channel"] == channel


def test_row_51_a_file_of_residents_leads_opens_them_and_says_which_rows_are_bad(at_desk, county, session):
    # Given a list as the mini program gives it out (invented): one row as it should be, one in a village of elsewhere
    columns = columns_of(Kind.LEADS)
    rows = [
        {"household": "1", "village": factories.VILLAGE, "name": "演示甲", "channel": "小程序", "danger": "否",
         "line": "缺生活费"},
        {"household": "2", "village": f"{factories.OTHER_DISTRICT}001001", "name": "演示乙", "danger": "否"},
    ]  # fmt: skip
    book = Workbook()
    book.active.append([column.title.zh for column in columns])
    for row in rows:
        book.active.append([row.get(column.code) for column in columns])
    written = io.BytesIO()
    book.save(written)
    # When it is read, then the bad row is named; when it is taken in, the good one is a lead
    desk = at_desk("supervisor")
    desk.get("/lists")
    address = desk.post("/lists", kind="leads", file=(io.BytesIO(written.getvalue()), "leads.xlsx")).location
    page = desk.get(address).text
    assert "演示甲" in page and "演示乙" not in page and f"{address}/refused.xlsx" in page
    assert desk.post(f"{address}/take").status_code == 303
    assert len(session.scalars(select(Case).where(Case.state == "LEAD")).all()) == 1


def test_row_69_the_mailbox_of_the_schools_is_stored_as_such(worker, county, session):
    item = leads_told.take(worker, county, channel="mailbox", child_involved="yes")
    hand_in(worker, item)
    assert leads_told.stored(session, item)["channel"] == "mailbox"


def test_row_70_who_walks_in_is_stored_as_such_with_the_hour(worker, county, session, clock):
    item = leads_told.take(worker, county, channel="walk_in", received_at=clock().isoformat())
    hand_in(worker, item)
    stored = leads_told.stored(session, item)
    assert (stored["channel"], stored["received_at"]) == ("walk_in", clock().isoformat())
