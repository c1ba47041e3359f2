"""Money kept for somebody: a ledger that is never changed, never overdrawn, and seen by who sees money alone."""

import json
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.actions import funds
from fieldapp.db import reading
from fieldapp.models.audit import AuditRow
from fieldapp.models.funds import FundLine
from fieldapp.models.records import Record
from tests import factories, reports
from tests.uploading import Photo


@pytest.fixture
def page(at_desk, county, session):
    desk = at_desk("supervisor")
    address = f"/cases/{county.case_id}/funds"

    def opened(**line):
        desk.get(address)
        return desk.post(address, **line) if line else desk.get(address)

    opened.desk, opened.address = desk, address
    return opened


def came(yuan, on="2026-10-01"):
    return {"entry": "received", "on": on, "yuan": yuan, "keeper": "县福利院", "purpose": ""}


def used(yuan, on="2026-11-01", purpose="学费"):
    return {"entry": "used", "on": on, "yuan": yuan, "keeper": "", "purpose": purpose}


def lines(county):
    with reading() as session:
        return list(session.scalars(select(FundLine).where(FundLine.case_id == county.case_id)))


def test_what_came_less_what_was_used_is_left(page):
    assert page(**came("30000")).status_code == 303
    assert page(**used("1250.50")).status_code == 303
    shown = page().text
    assert "<strong>28749.50</strong>" in shown and "县福利院" in shown and "学费" in shown


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (used("30000.01"), "overdrawn"),
        (used("1", on="2026-09-30"), "overdrawn"),  # before anything had come
        (used("1", purpose=" "), "purpose_needed"),
        (used("1.234"), "amount_unreadable"),
        (used("0"), "amount_unreadable"),
        (used("-5"), "amount_unreadable"),
        (used("1", on="2026-12-24"), "day_to_come"),
        ({**came("5"), "keeper": ""}, "keeper_needed"),
    ],
)
def test_a_line_that_cannot_be_true_is_refused_in_words_and_what_was_typed_stays(page, county, line, code):
    page(**came("30000"))
    answer = page(**line)
    assert answer.status_code in (409, 422) and code in answer.text
    assert f'value="{line["yuan"]}"' in answer.text
    assert len(lines(county)) == 1


def test_a_line_is_taken_back_by_another_one_and_both_are_read(page, county):
    page(**came("30000"))
    page(**used("5000"))
    [line_id] = [line.line_id for line in lines(county) if line.entry == "used"]
    page()
    assert page.desk.post(f"{page.address}/{line_id}/cancel", reason="记错人了").status_code == 303
    shown = page().text
    assert "<strong>30000.00</strong>" in shown and "记错人了" in shown and len(lines(county)) == 3
    # A second time it is refused
    assert "already_cancelled" in page.desk.post(f"{page.address}/{line_id}/cancel", reason="再来").text


def test_what_came_and_was_used_cannot_be_taken_back(page, county):
    page(**came("100"))
    page(**used("80"))
    [line_id] = [line.line_id for line in lines(county) if line.entry == "received"]
    assert "overdrawn" in page.desk.post(f"{page.address}/{line_id}/cancel", reason="退回").text


def test_a_use_that_a_follow_up_tells_of_is_written_down_once(page, county, session, clock):
    page(**came("30000"))
    row = {"_id": "a1", "on": "2026-11-05", "purpose": "买冬衣", "amount": "300", "proof": "receipt"}
    unsure = {"_id": "a2", "on": {"unknown": "no_paper"}, "purpose": "看病", "amount": "10", "proof": "receipt"}
    told = reports.body({"fund": {"fund_use": [row, unsure]}}, clock())
    factories.record(session, clock(), county, form="F3", state="approved", answers=told)
    factories.record(session, clock(), county, form="F3", state="submitted", answers=told)
    session.commit()
    [line_id] = re.findall(r"/funds/told/([0-9a-f-]{36})", page().text)
    for _ in range(2):
        assert page.desk.post(f"{page.address}/told/{line_id}").status_code == 303
    shown = page().text
    assert "<strong>29700.00</strong>" in shown and "买冬衣" in shown and "/funds/told/" not in shown


@pytest.fixture
def shown(enrolled, county, session):
    """A follow-up with photos beside two uses and beside the whole, sent by the caseworker's phone and approved."""

    def hand_in(**beside):
        phone = enrolled("caseworker")
        photos = {
            path: Photo(phone) for path in ("fund.fund_use[a1].proof", "fund.fund_use[a2].amount", "fund.checked")
        }
        uses = [
            {"_id": one, "on": "2026-11-05", "purpose": purpose, "amount": "300", "proof": "receipt"}
            for one, purpose in (("a1", "买冬衣"), ("a2", "学费"))
        ]
        body = json.loads(reports.body({"fund": {"checked": "yes", "fund_use": uses}}, phone.clock()))
        body["papers"] = {path: [photo.value] for path, photo in photos.items()}
        item = phone.fill_in(county, form="F3", body=body)
        phone.sync()
        for photo in photos.values():
            photo.send()
        assert phone.result(item)["status"] == "ok", phone.result(item)
        record_id = UUID(str(item.head["record_id"]))
        session.get_one(Record, (county.district, record_id)).state = "approved"
        session.commit()
        return record_id, [f"/reports/{record_id}/files/{photo.file_id}" for photo in photos.values()]

    return hand_in


def photos_at(text, purpose):
    [row] = [row for row in text.split("<tr>") if purpose in row]
    return re.findall(r'href="(/reports/[^"]+/files/[^"]+)"', row)


def test_the_photo_of_the_receipt_stands_beside_its_use_before_and_after_it_is_written_down(page, shown, at_desk):
    _, (coat, school, whole) = shown()
    page(**came("30000"))
    for _ in range(2):
        text = page().text
        assert photos_at(text, "买冬衣") == [coat, whole] and photos_at(text, "学费") == [school, whole]
        for line_id in re.findall(r"/funds/told/([0-9a-f-]{36})", text):
            assert page.desk.post(f"{page.address}/told/{line_id}").status_code == 303
    # And it opens
    assert page.desk.get(coat).mimetype == "image/jpeg"
    # Who sees the money and reviews no report finds the line, and no link that would lead nowhere
    worker = at_desk("caseworker")
    assert "买冬衣" in worker.get(page.address).text and photos_at(worker.page, "买冬衣") == []
    assert worker.get(coat).status_code == 404


def test_the_file_says_what_is_left(page, county):
    page(**came("123.4"))
    assert "123.40" in page.desk.get(f"/cases/{county.case_id}").text


def test_who_may_not_see_money_finds_no_ledger(at_desk, page, county):
    page(**came("30000"))
    assert at_desk("administrator").get(page.address).status_code == 404


def test_reading_and_writing_it_stand_in_the_audit_without_the_sum(page, county):
    page(**came("87654321"))
    page()
    with reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act.in_(["read_funds", "write_fund_line"]))).all()
    assert {row.act for row in rows} == {"read_funds", "write_fund_line"}
    assert all("87654321" not in str(row.about) for row in rows)


def test_of_two_lines_at_once_the_second_sees_the_first(county, session, clock):
    acting = county.acting(session, "supervisor")
    written = {"on": "2026-11-20", "now": clock()}
    first = {"entry": "received", "yuan": "100", "purpose": "", "keeper": "县福利院"}
    assert funds.write(session, acting, county.case_id, **first, **written) is None
    spent = {"entry": "used", "yuan": "60", "purpose": "学费", "keeper": ""}
    assert funds.write(session, acting, county.case_id, **spent, **written) is None
    refused = funds.write(session, acting, county.case_id, **spent, **written)
    assert refused is not None and refused.code == "overdrawn"
