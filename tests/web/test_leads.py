"""A lead taken on a phone opens a family's file; who told us of it waits for that file, and is nobody else's to see."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.actions import kept
from fieldapp.models import bodies, bundles
from fieldapp.models.accounts import RoleGrant
from fieldapp.models.cases import Assignment, Case, CasePerson, Visit
from fieldapp.models.records import DraftCopy, Kept, Record
from sync import push
from sync.push import LEADS_PER_DAY
from tests import factories

LEAD = {"channel": "walk_in", "danger_now": "no", "summary": "来访反映生活困难", "name": "周小满", "birth": "1990-02"}


@pytest.fixture
def worker(enrolled):
    phone = enrolled()
    phone.sync_all()
    return phone


def take_lead(phone, county, *, case_id=None, form="F1", answers=None, **named):
    """A lead with ids of its own; its item. `visit_id` goes with the case."""
    about = {"case_id": case_id or phone.new_id(), "visit_id": named.pop("visit_id", None) or phone.new_id()}
    lead = {"lead": LEAD if answers is None else answers}
    return phone.fill_in(county, form=form, body={"answers": lead}, **about, **named)


def case_of(session, item):
    found = session.scalar(select(Case).where(Case.case_id == UUID(item.head["case_id"])))
    session.commit()  # whoever reads on holds up the next exchange
    return found


def test_the_first_push_of_a_lead_opens_its_file_and_brings_it_back(worker, county, session):
    item = take_lead(worker, county, answers={**LEAD, "residence_region": county.other_village})
    worker.sync_all()
    assert worker.result(item)["status"] == "ok" and worker.result(item)["record_state"] == "submitted"
    case = case_of(session, item)
    assert (case.state, case.village_code, case.opened_by) == ("LEAD", county.other_village, county.caseworker_id)
    person = session.get_one(CasePerson, (county.district, case.case_id, case.subject_id))
    key = (county.district, case.case_id, person.person_id)
    plain = bodies.open_for_case(
        session, county.district, case.case_id, "case_person", "sealed_details", key, person.sealed_details
    )
    assert (json.loads(plain)["name"], json.loads(plain)["birth_ym"]) == ("周小满", "1990-02")
    # It was no visit that stands on a list, and the phone knows the file under its code name now.
    visit = session.get_one(Visit, (county.district, session.scalars(select(Record)).one().visit_id))
    assert (visit.purpose, visit.state, visit.forms) == ("intake", "done", "F1")
    bundle = worker.device.held[f"case:{case.case_id}"]
    assert bundle["code_name"] == case.code_name and bundle["records"][0]["form"] == "F1"


@pytest.mark.parametrize("region", [None, "990102100201", "就在村口", {"unknown": "refused"}, "990101" + "1" * 500])
def test_a_lead_from_elsewhere_lies_in_the_region_of_who_took_it(worker, county, session, region):
    item = take_lead(worker, county, answers={**LEAD, "residence_region": region} if region else {})
    worker.sync_all()
    assert case_of(session, item).village_code == county.district


def test_a_lead_from_the_next_township_lies_in_its_own_village_and_its_author_keeps_what_she_wrote(
    enrolled, county, session, at_desk
):
    grant = session.scalars(select(RoleGrant).where(RoleGrant.person_id == county.caseworker_id)).one()
    grant.region_code = county.village[:9]
    session.commit()
    worker = enrolled()
    worker.sync_all()
    answers = {**LEAD, "residence_region": county.other_village}
    item = take_lead(worker, county, answers=answers)
    about = {"case_id": item.head["case_id"], "visit_id": item.head["visit_id"]}
    contact = take_lead(worker, county, form="F1R", answers={"reporter_relation": "neighbour"}, **about)
    worker.sync_all()
    assert worker.result(item)["status"] == worker.result(contact)["status"] == "ok"
    # Its supervisors have it under its own village, to triage
    case = case_of(session, item)
    assert (case.state, case.village_code) == ("LEAD", county.other_village)
    assert "周小满" in at_desk("supervisor").get(f"/cases/{case.case_id}").text
    # She goes on with her own report, and sees nothing else of the family
    place = session.scalars(select(Assignment.team_role).where(Assignment.case_id == case.case_id)).one()
    session.commit()
    bundle = worker.device.held[f"case:{case.case_id}"]
    assert place == "entrusted" and {record["form"] for record in bundle["records"]} == {"F1", "F1R"}
    assert not bundle.get("facts") and not bundle.get("people") and bundle.get("contact") is None
    about |= {"record_id": item.head["record_id"], "parents": [item.head["revision_id"]]}
    again = take_lead(worker, county, answers={**answers, "name": "周小曼"}, **about)
    worker.sync_all()
    assert worker.result(again)["status"] == "ok"


def test_a_lead_sent_again_or_twice_opens_one_file(worker, county, session):
    item = take_lead(worker, county)
    request = worker.device.request()
    worker.post(request)
    worker.post(request)
    worker.sync_all()
    second = take_lead(worker, county, case_id=item.head["case_id"], visit_id=item.head["visit_id"])
    worker.sync_all()
    assert worker.result(second)["status"] == "ok"
    assert len(session.scalars(select(Case).where(Case.state == "LEAD")).all()) == 1
    assert len(session.scalars(select(Assignment).where(Assignment.case_id == UUID(item.head["case_id"]))).all()) == 1


def test_a_lead_about_a_file_that_is_not_hers_is_out_of_scope(worker, enrolled, county, session, clock):
    other = factories.case(session, clock())
    session.commit()
    mine = take_lead(worker, county, case_id=str(other))
    worker.sync_all()
    assert (worker.result(mine)["status"], worker.result(mine)["reason"]) == ("quarantined", "not_yours")
    # Nor is a visit of another family a way in.
    through = take_lead(worker, county, visit_id=str(county.visit_id))
    worker.sync_all()
    assert worker.result(through)["reason"] == "not_yours" and case_of(session, through) is None


def test_another_district_and_a_role_that_takes_no_leads_open_nothing(enrolled, county, session):
    worker, cadre = enrolled(), enrolled("cadre")
    elsewhere = take_lead(worker, county, district="990102")
    worker.sync_all()
    village = take_lead(cadre, county)
    cadre.sync_all()
    assert worker.result(elsewhere)["reason"] == cadre.result(village)["reason"] == "not_yours"
    assert session.scalar(select(Case).where(Case.state == "LEAD")) is None


def test_who_told_us_waits_for_the_file_and_is_written_once(worker, county, session):
    case_id, visit_id = worker.new_id(), worker.new_id()
    answers = {"reporter_relation": "neighbour"}
    contact = take_lead(worker, county, case_id=case_id, visit_id=visit_id, form="F1R", answers=answers)
    worker.sync()
    assert contact in worker.device.queue and session.scalar(select(Kept)) is None
    session.commit()
    take_lead(worker, county, case_id=case_id, visit_id=visit_id)
    worker.sync_all()
    worker.sync_all()
    assert worker.result(contact)["status"] == "ok"
    named = {"record_id": contact.head["record_id"], "parents": [contact.head["revision_id"]]}
    again = take_lead(worker, county, case_id=case_id, visit_id=visit_id, form="F1R", answers=answers, **named)
    worker.sync_all()
    assert (worker.result(again)["status"], worker.result(again)["reason"]) == ("locked", "handed_in")


def test_who_told_us_is_told_to_nobody_else(worker, enrolled, county, session, clock):
    lead = take_lead(worker, county)
    worker.sync_all()
    case = case_of(session, lead)
    factories.assign(session, clock(), case.case_id, county.second_caseworker_id)
    session.commit()
    second = enrolled("second_caseworker")
    second.sync_all()
    before = second.device.versions.get(f"case:{case.case_id}")
    about = {"case_id": str(case.case_id), "visit_id": lead.head["visit_id"]}
    contact = take_lead(worker, county, form="F1R", answers={"reporter_relation": "neighbour"}, **about)
    worker.sync_all()
    second.sync_all()
    assert worker.result(contact)["status"] == "ok"
    assert second.device.versions.get(f"case:{case.case_id}") == before
    acting = county.acting(session, "second_caseworker")
    bundle = bundles.cases_of(session, acting, [case.case_id], clock())[case.case_id]
    assert [record["form"] for record in bundle["records"]] in ([], ["F1"])


def test_the_copy_of_a_leads_draft_comes_before_its_file(worker, county, session):
    case_id, record_id = worker.new_id(), worker.new_id()
    about = {
        "case_id": case_id,
        "visit_id": worker.new_id(),
        "record_id": record_id,
        "form": "F1",
        "form_version": factories.version_of("F1"),
    }
    body = {"answers": {"lead": LEAD}, "recorded": {}, "position": {}}
    draft = worker.device.hand_in("draft", body, **about, number=1)
    worker.sync_all()
    assert worker.result(draft)["status"] == "ok" and session.scalar(select(DraftCopy)) is not None
    session.commit()
    lead = take_lead(worker, county, case_id=case_id, visit_id=about["visit_id"], record_id=record_id)
    worker.sync_all()
    assert worker.result(lead)["status"] == "ok" and case_of(session, lead).state == "LEAD"
    session.expire_all()
    assert session.scalar(select(DraftCopy)) is None
    session.commit()
    # Given up before anybody heard of it: there is no file, and nothing is in the way.
    void = worker.device.hand_in(
        "void",
        {"reason": "mistake", "text": "点错了"},
        **{**about, "case_id": worker.new_id(), "record_id": worker.new_id(), "visit_id": worker.new_id()},
    )
    worker.sync_all()
    assert worker.result(void)["status"] == "ok" and case_of(session, void) is None


def test_copies_of_more_leads_than_anybody_takes_are_refused_until_one_is_given_up(worker, session, monkeypatch):
    monkeypatch.setattr(push, "LEAD_COPIES_MAX", 2)

    def begin():
        about = {name: worker.new_id() for name in ("case_id", "visit_id", "record_id")}
        return {**about, "form": "F1", "form_version": factories.version_of("F1")}

    def copy(about, number):
        body = {"answers": {"lead": LEAD}, "recorded": {}, "position": {}}
        item = worker.device.hand_in("draft", body, **about, number=number)
        worker.sync_all()
        return worker.result(item)

    first, second, third = begin(), begin(), begin()
    assert [copy(about, 1)["status"] for about in (first, second)] == ["ok", "ok"]
    refused = copy(third, 1)
    assert (refused["status"], refused["reason"]) == ("quarantined", "leads_too_many")
    assert session.scalars(select(Kept)).all() == [] and len(session.scalars(select(DraftCopy)).all()) == 2
    session.commit()
    # What has a copy goes on having one
    assert copy(first, 2)["status"] == "ok"
    worker.device.hand_in("void", {"reason": "mistake", "text": ""}, **second)
    worker.sync_all()
    assert copy(third, 2)["status"] == "ok"


@pytest.mark.parametrize("together", [True, False])
def test_who_told_us_does_not_wait_for_a_lead_that_was_given_up(worker, county, session, together):
    about = {"case_id": worker.new_id(), "visit_id": worker.new_id()}
    lead = {**about, "record_id": worker.new_id(), "form": "F1", "form_version": factories.version_of("F1")}
    worker.device.hand_in("void", {"reason": "mistake", "text": "点错了"}, **lead)
    if not together:
        worker.sync_all()
    contact = take_lead(worker, county, form="F1R", answers={"reporter_relation": "neighbour"}, **about)
    worker.sync_all()
    assert (worker.result(contact)["status"], worker.result(contact)["reason"]) == ("quarantined", "parent_kept")
    assert contact not in worker.device.queue


def test_beyond_the_days_number_a_lead_is_kept_for_a_person_who_takes_it_in(worker, county, session, clock):
    for _ in range(LEADS_PER_DAY):
        take_lead(worker, county)
    one_more = take_lead(worker, county)
    worker.sync_all()
    assert (worker.result(one_more)["status"], worker.result(one_more)["reason"]) == ("quarantined", "leads_too_many")
    about = {"case_id": one_more.head["case_id"], "visit_id": one_more.head["visit_id"]}
    contact = take_lead(worker, county, form="F1R", answers={"reporter_relation": "neighbour"}, **about)
    worker.sync_all()
    assert worker.result(contact)["reason"] == "parent_kept"
    waiting = session.scalars(select(Kept).where(Kept.reason == "leads_too_many")).one()
    kept.take_in(session, county.acting(session, "supervisor"), waiting.kept_id, clock())
    session.commit()
    assert case_of(session, one_more).opened_by == county.caseworker_id
    # The next day she takes leads again.
    clock.advance(days=1, minutes=1)
    tomorrow = take_lead(worker, county)
    worker.sync_all()
    assert worker.result(tomorrow)["status"] == "ok"
