"""The small administration: people, roles, passwords, device codes, phones."""

import re

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from fieldapp.models import server_keys
from fieldapp.models.accounts import Account, Person, RoleGrant
from fieldapp.models.audit import AuditRow
from fieldapp.models.credentials import DeskSession
from fieldapp.models.vaults import DeviceCode, Vault
from tests import factories


@pytest.fixture
def look(app):
    def into():
        return reading()

    with app.app_context():
        yield into


def running(session, person_id):
    grants = session.scalars(select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.ended_at.is_(None)))
    return [(grant.role, grant.region_code) for grant in grants]


def add(desk, **more):
    form = {"login": "New.One", "name": "新人", "role": "caseworker", "region": "990101", "password": "first password"}
    return desk.post("/admin/people/new", **{**form, **more})


def test_a_new_person_signs_in_and_chooses_her_own_password(at_desk, look):
    answer = add(at_desk("administrator"), role="supervisor")
    assert answer.status_code == 303
    with look() as session:
        account = session.get(Account, "new.one")
        assert account.must_change and "first password" not in account.password_hash
        assert running(session, account.person_id) == [("supervisor", "990101")]
        assert "create_person" in set(session.scalars(select(AuditRow.act)))


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"login": "cadre"}, 409, "这个账号已有人使用"),
        ({"login": "a b"}, 422, "账号只能用字母、数字和 . - _"),
        ({"name": ""}, 422, "请填写姓名"),
        ({"password": "short"}, 422, "密码需要 10 至 128 个字符"),
    ],
)
def test_what_was_typed_stays_when_something_is_wrong(at_desk, change, status, sentence):
    desk = at_desk("administrator")
    assert add(desk, **change).status_code == status
    assert sentence in desk.page and 'value="first password"' not in desk.page
    if "name" not in change:
        assert 'value="新人"' in desk.page


@pytest.mark.parametrize("region", ["990102", "99", "", "990101999999"])
def test_a_role_is_given_only_in_regions_of_the_administrator(at_desk, look, region):
    assert add(at_desk("administrator"), region=region).status_code in (400, 404)
    with look() as session:
        assert session.get(Account, "new.one") is None


def test_a_role_in_a_township_reaches_its_villages(at_desk, county, look):
    desk = at_desk("administrator")
    assert desk.post(
        f"/admin/people/{county.caseworker_id}/role", role="supervisor", region="990101100000"
    ).status_code == 303  # fmt: skip
    with look() as session:
        assert running(session, county.caseworker_id) == [("supervisor", "990101100")]
        assert session.get(Person, (county.district, county.caseworker_id)).view_version == 2
    desk.get(f"/admin/people/{county.caseworker_id}")
    assert "东乡" in desk.page
    caseworker = at_desk("caseworker")
    assert str(county.case_id) in caseworker.get("/cases").text


def test_nobody_ends_her_own_administration(at_desk, county, look):
    desk = at_desk("administrator")
    assert desk.post(f"/admin/people/{county.administrator_id}/deactivate").status_code == 409
    assert desk.post(
        f"/admin/people/{county.administrator_id}/role", role="caseworker", region=county.district
    ).status_code == 409  # fmt: skip


def test_a_device_code_is_shown_once_with_its_picture(at_desk, county, session, clock, look):
    fingerprint = server_keys.make_server_keys(session, clock())
    session.commit()
    desk = at_desk("administrator")
    answer = desk.post(f"/admin/people/{county.caseworker_id}/device-code")
    code = "".join(re.findall(r"<span>(\w{4})</span>", answer.text))
    assert answer.status_code == 200 and re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{24}", code)
    assert code.endswith(fingerprint) and "<svg" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert code not in desk.get(f"/admin/people/{county.caseworker_id}").text

    clock.advance(minutes=1)
    assert desk.post(f"/admin/people/{county.caseworker_id}/device-code").status_code == 200
    with look() as fresh:
        rows = fresh.scalars(select(DeviceCode).order_by(DeviceCode.issued_at)).all()
        assert rows[0].expires_at == clock(), "an older code ends with the new one"
        assert not any(code[:12].encode() in row.code_hash for row in rows)
        assert rows[0].issued_by == county.administrator_id


def test_deactivating_ends_sessions_codes_and_phones(at_desk, county, session, clock, look):
    server_keys.make_server_keys(session, clock())
    factories.vault(session, clock(), county, county.supervisor_id, issued_by=county.administrator_id)
    session.commit()
    supervisor, desk = at_desk("supervisor"), at_desk("administrator")
    desk.post(f"/admin/people/{county.supervisor_id}/device-code")
    assert desk.post(f"/admin/people/{county.supervisor_id}/deactivate").status_code == 303
    assert supervisor.get("/").status_code == 303
    with look() as fresh:
        hers = select(DeskSession.ended_at).where(DeskSession.person_id == county.supervisor_id)
        assert None not in fresh.scalars(hers).all()
        assert fresh.scalars(select(Vault.state)).all() == ["revoked"]
        assert all(code.expires_at <= clock() for code in fresh.scalars(select(DeviceCode)))
        assert running(fresh, county.supervisor_id) == []
    assert desk.post(f"/admin/people/{county.supervisor_id}/device-code").status_code == 409


def test_a_revoked_phone_says_so(at_desk, county, session, clock, look):
    vault_id = factories.vault(session, clock(), county, county.caseworker_id, issued_by=county.administrator_id)
    session.commit()
    desk = at_desk("administrator")
    assert desk.post(f"/admin/phones/{vault_id}/revoke").status_code == 303
    desk.get(f"/admin/people/{county.caseworker_id}")
    assert "已注销" in desk.page
    assert desk.post(f"/admin/phones/{factories.new_id()}/revoke").status_code == 404


def test_a_person_of_another_county_answers_like_an_unknown_one(at_desk, session, clock, county):
    elsewhere = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    desk = at_desk("administrator")
    hidden, unknown = (desk.get(f"/admin/people/{i}") for i in (elsewhere.cadre_id, factories.new_id()))
    assert hidden.status_code == unknown.status_code == 404 and hidden.data == unknown.data
    for act in ("role", "password", "device-code", "deactivate"):
        form = {"role": "caseworker", "region": county.district, "password": "another password"}
        assert desk.post(f"/admin/people/{elsewhere.cadre_id}/{act}", **form).status_code == 404


@pytest.mark.parametrize("path", ["/admin/people", "/admin/people/new"])
def test_a_supervisor_administers_nobody(at_desk, path):
    assert at_desk("supervisor").get(path).status_code == 404


def test_the_desk_is_red_while_nothing_is_backed_up(at_desk):
    assert 'class="bad"' in at_desk("administrator").get("/admin/health").text
    assert "还没有设置备份" in at_desk("supervisor").get("/").text
