"""Organisations, departments, liaisons, deputies and divisions at the desk."""

import io

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from fieldapp.models.accounts import Organisation, Person, Role, RoleGrant
from fieldapp.models.organisations import Department, Liaison, liaisons_of
from fieldapp.models.regions import Region
from tests import factories


@pytest.fixture
def look(app):
    def into():
        return reading()

    with app.app_context():
        yield into


@pytest.fixture
def speaker(session, county, clock):
    person_id = factories.person(session, clock(), Role.LIAISON, county.district, name="何禾")
    session.commit()
    return person_id


def made(look, table, **named):
    with look() as session:
        return session.scalars(select(table).filter_by(**named)).one()


def test_a_liaison_speaks_for_her_department_until_she_leaves_it(at_desk, county, look, speaker):
    desk = at_desk("administrator")
    base = "/admin/organisations"
    # Given an organisation with a department
    assert desk.post(base, kind="civil", name="民政局", region=county.district).status_code == 303
    house = made(look, Organisation, name="民政局").organisation_id
    assert desk.post(f"{base}/{house}/departments", name="救助股").status_code == 303
    department = made(look, Department, name="救助股").department_id
    liaison = {"person": str(speaker), "region": county.district}
    # When she is named before she belongs to it, she is refused; afterwards she speaks for it
    assert desk.post(f"{base}/departments/{department}/liaisons", **liaison).status_code == 422
    belongs = {"organisation": str(house), "department": str(department)}
    assert desk.post(f"{base}/people/{speaker}", **belongs).status_code == 303
    assert desk.post(f"{base}/departments/{department}/liaisons", **liaison).status_code == 303
    assert "何禾" in desk.get(base).text
    with look() as session:
        (row,) = liaisons_of(session, county.district, department, county.village)
        assert row.person_id == speaker
    # And while she belongs to it neither can be ended
    assert desk.post(f"{base}/departments/{department}/end").status_code == 409
    assert desk.post(f"{base}/{house}/end").status_code == 409
    assert desk.post(f"{base}/people/{speaker}", organisation="", department="").status_code == 303
    assert made(look, Liaison, person_id=speaker).ended_at is not None
    assert desk.post(f"{base}/{house}/end").status_code == 303
    assert made(look, Department, name="救助股").ended_at is not None


def test_whose_house_is_another_reads_everything_afresh_where_it_tells_what_she_reads(
    at_desk, county, look, speaker, session, clock
):
    prosecutor = factories.person(session, clock(), Role.PROCURATORATE, county.district, name="检禾")
    session.commit()
    for person_id, raised in ((speaker, 0), (prosecutor, 1)):
        before = made(look, Person, person_id=person_id).view_version
        for _ in range(2):  # the second time nothing changes
            address = f"/admin/organisations/people/{person_id}"
            assert at_desk("administrator").post(address, organisation=str(county.organisation_id)).status_code == 303
        assert made(look, Person, person_id=person_id).view_version == before + raised


@pytest.mark.parametrize("change", [{"kind": "club"}, {"name": " "}, {"name": "长" * 101}])
def test_an_organisation_needs_a_kind_of_the_field_and_a_name(at_desk, county, change):
    form = {"kind": "civil", "name": "民政局", "region": county.district, **change}
    assert at_desk("administrator").post("/admin/organisations", **form).status_code == 422


def test_a_department_of_another_organisation_is_refused(at_desk, county, look, speaker):
    desk = at_desk("administrator")
    desk.post("/admin/organisations", kind="civil", name="民政局", region=county.district)
    desk.post(f"/admin/organisations/{county.organisation_id}/departments", name="权益部")
    wrong = {
        "organisation": str(made(look, Organisation, name="民政局").organisation_id),
        "department": str(made(look, Department, name="权益部").department_id),
    }
    assert desk.post(f"/admin/organisations/people/{speaker}", **wrong).status_code == 422
    assert made(look, Person, person_id=speaker).department_id is None


def test_a_role_without_a_phone_gets_no_device_code(at_desk, county, speaker):
    assert at_desk("administrator").post(f"/admin/people/{speaker}/device-code").status_code == 409


def test_a_deputy_is_named_after_a_fresh_proof_and_stands_on_the_page(at_desk, county, look, clock):
    desk = at_desk("supervisor")
    form = {
        "principal": str(county.supervisor_id), "deputy": str(county.caseworker_id),
        "first_day": "2026-11-21", "last_day": "2026-11-30",
    }  # fmt: skip
    assert desk.post("/deputies", **form).status_code == 303
    page = desk.get("/deputies").text
    assert "李雨" in page and "2026-11-30" in page
    grant = made(look, RoleGrant, for_person_id=county.supervisor_id)
    clock.advance(minutes=6)
    desk.get("/deputies")
    late = desk.post(f"/deputies/{grant.grant_id}/end")
    assert "/session/proof" in late.headers["Location"]
    assert made(look, RoleGrant, for_person_id=county.supervisor_id).ended_at is None


def test_a_file_of_divisions_is_looked_at_before_it_is_put_in(at_desk, county, look):
    desk = at_desk("administrator")
    text = (
        "code,name,level,parent_code,valid_from\n"
        f"{county.district}100202,新村,village,{county.district}100000,2026-01-01\n"
    )

    def send(act, content):
        return desk.post("/admin/regions", act=act, file=(io.BytesIO(content.encode()), "regions.csv"))

    assert "只检查过" in send("look", text).text
    with look() as session:
        assert session.scalar(select(Region).where(Region.name == "新村")) is None
    wrong = send("import", text + "1,坏,village,,x\n")
    assert wrong.status_code == 422 and "代码与级别不符" in wrong.text and "<td>3</td>" in wrong.text
    assert "已导入" in send("import", text).text
    assert made(look, Region, name="新村").parent_code == f"{county.district}100000"


def test_nobody_is_made_in_a_house_that_is_not_there_or_has_ended(at_desk, county, look):
    desk = at_desk("administrator")
    desk.post("/admin/organisations", kind="civil", name="民政局", region=county.district)
    ended = made(look, Organisation, name="民政局").organisation_id
    assert desk.post(f"/admin/organisations/{ended}/end").status_code == 303
    person = {"login": "new.one", "name": "何禾", "role": "liaison", "region": county.district}
    for house in (ended, factories.new_id()):
        answer = desk.post("/admin/people/new", **person, password="0123456789", organisation=str(house))
        assert answer.status_code == 422 and "organisation_unknown" in answer.text
