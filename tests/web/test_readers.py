"""What the phone says above each section ("who can see this") is what the server really cuts by."""

import json

import pytest
from sqlalchemy import select

from fieldapp.forms.sensitivity import CLASSES
from fieldapp.models import bodies, bundles, casefiles, scope
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.cases import Fact
from fieldapp.models.records import Record
from tests import factories


@pytest.fixture
def known(session, county, clock):
    """The family with one fact of each class; all of them preloaded."""
    revision_id = factories.new_id()
    for name in CLASSES:
        key = (county.district, county.case_id, county.subject_id, f"any.{name}")
        said = json.dumps({"value": f"答案 {name}", "on": "2026-03-01"}).encode()
        sealed = bodies.seal_for_case(session, county.district, county.case_id, "fact", "sealed_value", key, said)
        session.add(
            Fact(
                district=key[0], case_id=key[1], about_id=key[2], fact=key[3], sensitivity=name, sealed_value=sealed,
                revision_id=revision_id, decided_at=clock(),
            )
        )  # fmt: skip
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    factories.visit(session, clock(), county.case_id, [county.cadre_id], forms="F3V")
    session.commit()


def told(session, county, clock, who):
    bundle = bundles.cases_of(session, county.acting(session, who), [county.case_id], clock())[county.case_id]
    assert bundle["preloaded"]
    return json.dumps(bundle, ensure_ascii=False)


@pytest.mark.parametrize("name", CLASSES)
def test_who_is_said_to_read_a_class_is_told_it_and_nobody_else(known, session, county, clock, name):
    said = scope.readers()[name]
    answer = json.dumps(f"答案 {name}", ensure_ascii=False)[1:-1]
    assert (answer in told(session, county, clock, "second_caseworker")) == (Role.CASEWORKER in said)
    assert (answer in told(session, county, clock, "cadre")) == (Role.VILLAGE in said)


def test_a_phone_is_told_the_class_of_each_fact_so_that_it_can_hide_it_in_the_home(known, session, county, clock):
    acting = county.acting(session, "second_caseworker")
    bundle = bundles.cases_of(session, acting, [county.case_id], clock())[county.case_id]
    held = bundle["facts"][str(county.subject_id)]
    assert {fact: one["sensitivity"] for fact, one in held.items()} == {
        f"any.{name}": name for name in CLASSES if name != "reporter"
    }
    assert all(one.keys() == {"value", "on", "revision_id", "sensitivity"} for one in held.values())


def test_reports_of_others_go_to_the_roles_that_are_said_to_read_them(session, county, clock):
    prosecutor = factories.person(session, clock(), Role.PROCURATORATE, county.district)
    factories.assign(session, clock(), county.case_id, prosecutor)
    for form, name in (("F2", "violence"), ("F1R", "reporter")):
        record_id, _ = factories.record(session, clock(), county, form=form)
        session.commit()
        seen = {
            role
            for role, who in (
                (Role.CASEWORKER, "second_caseworker"), (Role.SUPERVISOR, "supervisor"), (Role.VILLAGE, "cadre"),
                (Role.ADMINISTRATOR, "administrator"),
            )
            if _sees(session, county.acting(session, who), record_id, county, clock)
        }  # fmt: skip
        if _stands_in_the_file(session, acting_for(session, county.district, prosecutor), record_id, county):
            seen.add(Role.PROCURATORATE)
        assert seen == set(scope.readers()[name])


def _stands_in_the_file(session, acting, record_id, county):
    found = casefiles.file_of(session, acting, county.case_id)
    return record_id in {record.record_id for record, _ in found.records}


def _sees(session, acting, record_id, county, clock):
    at_desk = select(Record.record_id).where(Record.record_id == record_id, scope.records_of(acting))
    if acting.has(Role.SUPERVISOR):
        return session.scalar(at_desk) is not None
    bundle = bundles.cases_of(session, acting, [county.case_id], clock()).get(county.case_id, {"records": []})
    return any(record["record_id"] == str(record_id) for record in bundle["records"])
