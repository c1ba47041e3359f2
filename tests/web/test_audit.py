"""The auditor's page: who did or read what, the chain's state, rows to take along, and who may see any of it."""

import csv
import io
import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from fieldapp import jobs
from fieldapp.actions import audits, chains, teams
from fieldapp.db import reading, writing
from fieldapp.models import audit, audit_pages, server_keys, settings
from fieldapp.models.accounts import Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from tests import factories


@pytest.fixture
def auditor(session, county, clock):
    """An auditor of the whole county, and one of a township."""
    server_keys.make_server_keys(session, clock())
    made = factories.person(session, clock(), Role.AUDITOR, county.district, login="auditor", name="何知")
    factories.person(session, clock(), Role.AUDITOR, f"{county.district}100", login="part", name="吴镇")
    session.commit()
    return made


@pytest.fixture
def busy(session, county, clock, auditor):
    """Three acts of the last days: upon a family, upon a person, by a phone."""

    def done(seconds_ago, who, act, about, **more):
        at = clock() - timedelta(seconds=seconds_ago)
        audit.write(session, district=county.district, actor_id=who, act=act, about=about, at=at, **more)

    done(3, county.caseworker_id, "read_case", {"case": str(county.case_id)})
    done(2, county.administrator_id, "change_role", {"person": str(county.cadre_id), "role": "village"})
    vault_id = factories.new_id()
    done(1, county.caseworker_id, "pull", {}, vault_id=vault_id)
    done(40 * 86_400, county.cadre_id, "sign_out", {})
    code = session.get_one(Case, (county.district, county.case_id)).code_name
    session.commit()
    return code, str(vault_id)


def acts_on(page):
    return [line.split('"row">')[1].split("<")[0] for line in page.splitlines() if '<th scope="row">' in line]


def acts_written(county):
    with reading() as session:
        rows = session.execute(select(AuditRow.act, AuditRow.about).where(AuditRow.act.like("%audit%"))).all()
        return [(act, json.loads(about)) for act, about in rows]


def test_the_auditor_comes_to_the_audit_and_sees_what_was_done_in_the_last_month(at_desk, busy):
    desk = at_desk("auditor")
    assert desk.get("/").headers["Location"] == "/audit"
    desk.get("/audit")
    assert acts_on(desk.page) == ["登录", "手机下载档案资料", "变更角色", "查看档案"]
    assert "李雨" in desk.page and busy[0] in desk.page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("name=李雨", ["手机下载档案资料", "查看档案"]),
        ("name=caseworker", ["手机下载档案资料", "查看档案"]),
        ("name=赵石", ["变更角色"]),  # upon him
        ("name=nobody", []),
        ("act=change_role", ["变更角色"]),
        ("code={code}", ["查看档案"]),
        ("code=ZZ-0000", []),
        ("vault={vault}", ["手机下载档案资料"]),
        ("first=2026-10-01&last=2026-10-31", ["退出登录"]),
        ("first=2026-10-01&last=2026-10-11", []),
        ("vault={vault}", ["手机下载档案资料"]),
        ("vault=%25", []),
        ("vault=-", []),
        ("vault={person}", []),  # an id, of no phone
    ],
)
def test_the_audit_is_filtered(at_desk, busy, county, asked, found):
    desk = at_desk("auditor")
    desk.get("/audit?" + asked.format(code=busy[0], vault=busy[1][-8:], person=str(county.cadre_id)[-8:]))
    assert acts_on(desk.page) == found


@pytest.mark.parametrize(
    "asked", ["first=x", "last=2026-13-01", "first=2026-11-02&last=2026-11-01", "after=x", "first=0001-01-01"]
)
def test_days_that_are_none_are_refused(at_desk, busy, asked):
    assert at_desk("auditor").get(f"/audit?{asked}").status_code == 400


def test_reports_of_a_family_are_found_by_its_code(at_desk, busy, county, session, clock):
    record_id, _ = factories.record(session, clock(), county, answers=b"{}")
    about = {"record": str(record_id)}
    audit.write(
        session, district=county.district, actor_id=county.supervisor_id, act="read_report", about=about, at=clock()
    )
    session.commit()
    desk = at_desk("auditor")
    desk.get(f"/audit?code={busy[0].lower()}")
    assert acts_on(desk.page) == ["查看报告", "查看档案"]


def test_a_long_audit_comes_in_pages(at_desk, busy, county, session, clock):
    for _ in range(120):
        clock.advance(seconds=1)
        audit.write(session, district=county.district, actor_id=None, act="end_hold", about={}, at=clock())
    session.commit()
    desk = at_desk("auditor")
    seen = []
    address = "/audit?act=end_hold"
    while address:
        desk.get(address)
        seen.append(len(acts_on(desk.page)))
        more = re.search('class="button" href="(/audit[^"]*)"', desk.page)
        address = more and more[1].replace("&amp;", "&")
    assert seen == [100, 20]


def test_nobody_else_and_no_auditor_of_a_township_reads_it(at_desk, busy):
    for login in ("part", "supervisor", "administrator", "caseworker"):
        desk = at_desk(login)
        assert desk.get("/audit").status_code == 404, login
        assert desk.post("/audit/export", reason="yearly").status_code == 404, login


def test_rows_about_a_phone_are_found_by_its_whole_id_and_its_end(at_desk, busy, county, session, clock):
    about = {"vault": busy[1], "person": str(county.caseworker_id)}
    audit.write(session, district=county.district, actor_id=None, act="order_wipe", about=about, at=clock())
    session.commit()
    desk = at_desk("auditor")
    for asked in (busy[1], busy[1].upper(), busy[1].replace("-", ""), busy[1][-14:]):
        desk.get(f"/audit?vault={asked}")
        assert len(acts_on(desk.page)) == 2, asked


def test_looking_for_somebody_is_written_down_by_id_and_once(at_desk, busy, county, app):
    desk = at_desk("auditor")
    desk.get("/audit")
    desk.get("/audit?name=李雨")
    with app.app_context():
        ((act, about),) = acts_written(county)
    assert act == "search_audit" and about["people"] == [str(county.caseworker_id)] and "李雨" not in str(about)


def test_looking_for_somebody_is_written_down_wherever_the_page_begins(at_desk, busy, county, app):
    desk = at_desk("auditor")
    desk.get(f"/audit?name=李雨&after={UUID(int=2**128 - 1)}")
    assert acts_on(desk.page) == ["手机下载档案资料", "查看档案"]
    with app.app_context():
        assert [act for act, _ in acts_written(county)] == ["search_audit"]


def test_what_was_typed_for_a_phone_is_not_written_down(at_desk, busy, county, app):
    at_desk("auditor").get("/audit?vault=李雨")
    with app.app_context():
        ((_, about),) = acts_written(county)
    assert "phone" not in about


def test_a_search_and_an_export_let_others_write_meanwhile(at_desk, busy, monkeypatch):
    # Given somebody who writes while what was looked for is not yet shown
    page_of, written = audit_pages.page_of, []

    def watched(*asked):
        page = page_of(*asked)
        with writing() as other:
            settings.put(other, "meanwhile", "1")
        written.append(asked)
        return page

    monkeypatch.setattr(audit_pages, "page_of", watched)
    # When the auditor searches and takes rows along, then nobody waits
    desk = at_desk("auditor")
    assert desk.get(f"/audit?code={busy[0]}").status_code == 200
    assert desk.post("/audit/export", reason="yearly").status_code == 200 and len(written) == 2


@pytest.mark.parametrize("asked", ["name=李雨", "code=AB-0001", "vault=ab"])
def test_a_search_for_one_spans_a_quarter_and_a_look_at_everything_more(at_desk, busy, asked):
    desk = at_desk("auditor")
    assert desk.get(f"/audit?first=2026-09-01&last=2026-11-30&{asked}").status_code == 200
    refused = desk.get(f"/audit?first=2026-08-01&last=2026-11-30&{asked}")
    assert refused.status_code == 422 and "audit_too_wide" in refused.text
    assert desk.get("/audit?first=2026-01-01&last=2026-11-30").status_code == 200


def test_what_is_of_a_family_she_is_related_to_is_not_found_by_its_code(at_desk, busy, county, session, auditor, clock):
    administrator = county.acting(session, "administrator")
    teams.note_related(session, administrator, county.case_id, auditor, clock())
    session.commit()
    desk = at_desk("auditor")
    desk.get(f"/audit?code={busy[0]}")
    assert acts_on(desk.page) == []
    assert busy[0] not in desk.get("/audit").text


def test_rows_are_taken_along_masked_for_a_reason_and_after_a_fresh_proof(at_desk, busy, county, app, clock):
    # Given rows that say who, upon whom and of which family
    desk = at_desk("auditor")
    desk.get("/audit")
    # When they are taken along
    answer = desk.post("/audit/export", reason="yearly", first="2026-11-01", last="2026-11-30")
    table = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    # Then no name and no whole id goes with them
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    assert [row["act"] for row in table] == ["sign_in", "pull", "change_role", "read_case"]
    assert table[2]["by"] == "周**" and table[2]["person"] == "赵**" and table[3]["case"] == busy[0]
    told = answer.get_data(as_text=True)
    for name in ("李雨", "周木", "赵石", "何知", str(county.case_id), str(county.cadre_id), busy[1]):
        assert name not in told
    with app.app_context():
        act, about = acts_written(county)[-1]
    assert act == "export_audit" and about["reason"] == "yearly" and about["rows"] == 4
    # And not without a reason, nor where her proof is old
    assert desk.post("/audit/export", reason="").status_code == 400
    clock.advance(minutes=6)
    desk.get("/audit")
    assert "/session/proof" in desk.post("/audit/export", reason="yearly").headers["Location"]


def test_too_many_rows_are_not_taken_along(at_desk, busy, monkeypatch):
    monkeypatch.setattr(audits, "EXPORT_ROWS_MAX", 2)
    answer = at_desk("auditor").post("/audit/export", reason="yearly")
    assert answer.status_code == 422 and "audit_too_long" in answer.text


def test_no_cell_begins_a_formula(at_desk, busy, county, session, clock):
    for act in ("=1+1", "@x", "-1"):
        audit.write(session, district=county.district, actor_id=None, act=act, about={}, at=clock())
    session.commit()
    told = at_desk("auditor").post("/audit/export", reason="yearly").get_data(as_text=True)
    assert {row["act"] for row in csv.DictReader(io.StringIO(told.removeprefix("\ufeff")))} >= {"'=1+1", "'@x", "'-1"}


# --- how the chain stands ---------------------------------------------------------------------------------------------


def check(clock):
    jobs.extend_chains(clock())
    return jobs.check_chains(clock())


def test_the_page_says_up_to_where_the_chain_was_checked_and_what_broke(app, at_desk, busy, clock, county):
    desk = at_desk("auditor")
    assert "尚未核对" in desk.get("/audit").text
    with app.app_context():
        assert check(clock) == 1
    assert "未发现断裂" in desk.get("/audit").text
    # When a row that was checked already is changed
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE audit SET about = '{}' WHERE chain_seq = 2"))
    # Then the walk of the next day finds it
    clock.advance(days=1)
    with app.app_context():
        assert check(clock) == 1
    desk = at_desk("auditor")
    assert "第 2 行断裂：有一行被改动" in desk.get("/audit").text


def test_the_walk_goes_on_where_it_stood_and_stands_still_at_a_break(app, busy, clock, county, monkeypatch):
    monkeypatch.setattr(chains, "CHECK_ROWS_MAX", 2)
    with app.app_context():
        jobs.extend_chains(clock())
        assert jobs.check_chains(clock()) == 1
        with reading() as session:
            assert chains.check_of(session, county.district).place.seq == 2
        assert jobs.check_chains(clock()) == 1
        with writing() as session:
            assert chains.check_of(session, county.district).place.seq == 4
            audit.write(session, district=county.district, actor_id=None, act="x", about={}, at=clock())
        jobs.extend_chains(clock())
        with writing() as session:
            session.execute(text("UPDATE audit SET act = 'y' WHERE act = 'x'"))
        assert jobs.check_chains(clock()) == 1 and jobs.check_chains(clock()) == 0
        with reading() as session:
            assert chains.check_of(session, county.district).found == chains.Break(5, "a row was changed")


def test_two_rows_that_changed_places_are_noticed(app, busy, clock, county):
    with app.app_context():
        check(clock)
        with writing() as session:
            for numbers in (
                "chain_seq = -3 WHERE chain_seq = 3",
                "chain_seq = 3 WHERE chain_seq = 2",
                "chain_seq = 2 WHERE chain_seq = -3",
            ):
                session.execute(text(f"UPDATE audit SET {numbers}"))
        with reading() as session:
            assert chains.verify(session, county.district) == chains.Break(2, "a row was changed")


def test_a_number_given_twice_and_an_emptied_chain_are_noticed(app, busy, clock, county):
    with app.app_context():
        check(clock)
        with writing() as session:
            session.execute(text("UPDATE audit SET chain_seq = 2 WHERE chain_seq = 3"))
        with reading() as session:
            assert chains.verify(session, county.district).what in ("a number was given twice", "a row was changed")
        with writing() as session:
            session.execute(text("DELETE FROM audit"))
            session.execute(text("DELETE FROM audit_head"))
        with reading() as session:
            assert county.district in chains.districts(session)
            assert chains.verify(session, county.district) == chains.Break(0, "there is no row at all")
