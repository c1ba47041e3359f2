"""The page of statistics: what it counts, for whom, what lies behind a figure, and what a file taken along says."""

import csv
import json
import re
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from fieldapp.actions import statistics_lines
from fieldapp.db import milliseconds, writing
from fieldapp.models import audit, bodies
from fieldapp.models.accounts import Role
from fieldapp.models.cases import Case
from fieldapp.models.records import Record
from fieldapp.models.rights_requests import RequestKind, RightsRequest
from tests import factories

HER = {"_id": "01900000-0000-7000-8000-000000000001", "relation": "self", "sex": "female", "birth_ym": "1985-02"}
SON = {"_id": "01900000-0000-7000-8000-000000000002", "relation": "son", "sex": "male", "birth_ym": "2015"}


@pytest.fixture
def filled(app, county, clock, forms):
    """Six cases near by and two in another township; of the six two by hotline, one of them with relief."""
    at = clock()

    def report(session, case_id, form, answers):
        told = {"answers": answers, "recorded": {"now": milliseconds(at), "zone": "Asia/Shanghai", "random": []}}
        body = json.dumps(told).encode()
        factories.record(session, at, county, case_id=case_id, form=form, state="approved", answers=body)

    with writing() as session:
        near = [county.case_id] + [factories.case(session, at, opened_by=county.supervisor_id) for _ in range(5)]
        far = [factories.case(session, at, village=county.other_village) for _ in range(2)]
        for at_number, case_id in enumerate([*near, *far]):
            report(session, case_id, "F1", {"lead": {"channel": "hotline_12338" if at_number < 2 else "grid"}})
        people = [{**HER, "assisted": "yes"}, {**SON, "assisted": "yes"}]
        report(session, near[0], "F2", {"case": {"type": "tort_traffic"}, "members": people})
        relief = {"result": "granted", "amount": "20000", "decided_on": at.date().isoformat(), "organs": [{}, {}]}
        report(session, near[0], "F4R", {"relief": relief})
        report(session, near[1], "F7", {"ms": {"type": "dibao", "by": "civil", "status": "done", "amount": "1200.50"}})
    return near


def shown(page):
    """{title: the cells of its row} of every row of the page's tables."""
    rows = re.findall(r'<tr><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', page, re.S)
    return {title: " ".join(re.sub(r"<[^>]+>", " ", cells).split()) for title, cells in rows}


def test_the_page_shows_the_figures_of_her_cases_with_their_formulas(at_desk, filled, look):
    rows = shown(at_desk("supervisor").get("/statistics").get_data(as_text=True))
    assert rows["受理案件"].startswith("8 件") and "期内建档的案件数" in rows["受理案件"]
    assert rows["涉及人数"].startswith("9 人")
    assert rows["司法救助金"].startswith("20000 元") and rows["其他帮扶款"].startswith("1200.50 元")
    assert rows["联合救助"].startswith("1 件") and rows["移送线索占比"].startswith("0.0 % 0 ÷ 1")
    assert rows["12338热线"] == "2" and rows["网格/街道上报"] == "6"
    assert rows["妇女"] == "1" and rows["男童"] == "1"
    assert "read_statistics" in [row.act for row in look(audit.AuditRow)]


@pytest.mark.parametrize("page", ["/statistics", "/statistics/cases?of=received"])
def test_who_sends_reports_does_not_wait_while_a_county_is_counted(at_desk, filled, monkeypatch, page):
    of, wrote = statistics_lines.of, []

    def count_while_somebody_writes(*asked):
        lines = of(*asked)
        with writing() as another:
            wrote.append(another.scalar(select(func.count()).select_from(Case)))
        return lines

    monkeypatch.setattr(statistics_lines, "of", count_while_somebody_writes)
    assert at_desk("supervisor").get(page).status_code == 200
    assert wrote == [8]


def test_the_page_is_in_english_too(at_desk, filled):
    desk = at_desk("supervisor")
    desk.post("/language", language="en", next="/cases")
    rows = shown(desk.get("/statistics").get_data(as_text=True))
    assert rows["Cases received"].startswith("8 cases files opened in the period")


def test_only_what_lies_in_the_period_and_the_township_is_counted(at_desk, filled, county, clock):
    desk = at_desk("supervisor")
    here = shown(desk.get(f"/statistics?region={county.village[:9]}").get_data(as_text=True))
    assert here["受理案件"].startswith("6 件")
    before = (clock() - timedelta(days=30)).date().isoformat()
    assert shown(desk.get(f"/statistics?since=2020-01-01&until={before}").get_data(as_text=True))["受理案件"] == (
        "0 件 期内建档的案件数"
    )
    assert desk.get("/statistics?since=2026-02-01&until=2026-01-01").status_code == 400
    assert desk.get("/statistics?since=1990-01-01").status_code == 400


def test_what_lies_outside_her_regions_is_not_counted(at_desk, filled, county, session, clock):
    township = county.other_village[:9]
    factories.person(session, clock(), Role.SUPERVISOR, township, name="某人", login="small")
    session.commit()
    assert shown(at_desk("small").get("/statistics").get_data(as_text=True))["受理案件"].startswith("2 件")


def test_a_file_that_only_the_law_keeps_and_an_erased_family_say_nothing_more(at_desk, filled, county, clock):
    with writing() as session:
        bodies.erase_case_key(session, county.district, filled[0])
        request_id = factories.new_id()
        asked = bodies.seal_for_case(
            session, county.district, filled[1], "rights_request", "sealed_asked", (county.district, request_id), b"{}"
        )
        restricted = {"kind": RequestKind.ERASURE, "state": "restricted", "asked_as": "self", "way": "visit"}
        session.add(
            RightsRequest(
                district=county.district, request_id=request_id, case_id=filled[1], **restricted, stops="",
                sealed_asked=asked, received_on=clock().date(), taken_by=county.supervisor_id, taken_at=clock(),
            )
        )  # fmt: skip
    rows = shown(at_desk("supervisor").get("/statistics").get_data(as_text=True))
    assert rows["受理案件"].startswith("7 件") and rows["司法救助金"].startswith("0 元")
    assert rows["其他帮扶款"].startswith("0 元")


def test_behind_a_figure_lie_the_files_that_it_counts(at_desk, filled, county, session):
    desk = at_desk("supervisor")
    names = {str(case.case_id): case.code_name for case in session.query(Case)}
    session.rollback()
    page = desk.get("/statistics/cases?of=channel&row=hotline_12338").get_data(as_text=True)
    assert set(re.findall(r'href="/cases/([0-9a-f-]+)"', page)) == {str(case_id) for case_id in filled[:2]}
    assert names[str(filled[1])] in page
    assert desk.get("/statistics/cases?of=channel&row=other").status_code == 404
    assert desk.get("/statistics/cases?of=nothing").status_code == 404


def exported(desk, kind, **form):
    return desk.post("/statistics/export", kind=kind, **{"reason": "meeting", **form})


def test_a_file_hides_small_counts_and_says_who_took_it_when_and_why(at_desk, filled, look):
    answer = exported(at_desk("supervisor"), "csv")
    assert answer.status_code == 200 and 'filename="statistics-' in answer.headers["Content-Disposition"]
    rows = [row for row in csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))) if row]
    told = {row[0]: row[1:] for row in rows}
    assert told["取走人"] == ["陈岚"] and told["用途"] == ["会商"]
    assert told["受理案件"][0] == "8" and told["司法救助金"][0] == "<5，不显示"
    # Two of eight by hotline: the other row is hidden too, or it would be the difference
    assert told["12338热线"] == ["<5，不显示"] and told["网格/街道上报"] == ["<5，不显示"]
    [row] = [row for row in look(audit.AuditRow) if row.act == "export_statistics"]
    assert json.loads(row.about)["reason"] == "meeting" and json.loads(row.about)["file"] == "csv"


def test_the_same_as_a_workbook_with_its_mark_on_a_sheet_and_on_every_printed_page(at_desk, filled):
    book = load_workbook(BytesIO(exported(at_desk("supervisor"), "xlsx").get_data()))
    about, figures = book.worksheets
    assert [cell.value for cell in about["B"]][:1] == ["陈岚"]
    assert "陈岚" in figures.oddFooter.center.text and "会商" in figures.oddFooter.center.text
    assert {"受理案件", "8"} <= {str(cell.value) for row in figures.iter_rows() for cell in row}


def test_a_file_without_a_purpose_is_refused(at_desk, filled, look):
    desk = at_desk("supervisor")
    assert exported(desk, "csv", reason="").status_code == 422
    assert exported(desk, "pdf").status_code == 400
    assert "export_statistics" not in [row.act for row in look(audit.AuditRow)]


@pytest.mark.parametrize("who", ["caseworker", "administrator"])
def test_who_is_no_supervisor_finds_no_statistics(at_desk, filled, who):
    desk = at_desk(who)
    assert {desk.get("/statistics").status_code, exported(desk, "csv").status_code} == {404}


def test_no_text_of_a_cell_is_taken_for_a_formula(at_desk, filled, county, session):
    session.get_one(Case, (county.district, county.case_id)).programme = "=1+1"
    session.commit()
    rows = list(csv.reader(StringIO(exported(at_desk("supervisor"), "csv", programme="=1+1").get_data(as_text=True))))
    assert [row[1][-4:] for row in rows if row and row[0] == "范围"] == ["=1+1"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_what_nobody_approved_is_not_counted(at_desk, filled, county, session):
    for record in session.query(Record):
        record.state = "submitted"
    session.commit()
    rows = shown(at_desk("supervisor").get("/statistics").get_data(as_text=True))
    assert rows["受理案件"].startswith("8 件") and rows["司法救助金"].startswith("0 元") and rows["没填"] == "8"
