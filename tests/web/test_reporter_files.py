"""Papers of who told us: when that is forgotten they go, and what comes after is not kept."""

from uuid import UUID

import pytest

from fieldapp import jobs
from fieldapp.actions import erasures, file_keys
from fieldapp.db import reading, writing
from fieldapp.models import bodies
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import ReporterKey
from fieldapp.models.files import File
from tests import factories, told
from tests.uploading import Photo

NAME = "lead.reporter_name"


@pytest.fixture
def mine(enrolled):
    phone = enrolled("caseworker")
    phone.sync_all()
    return phone


@pytest.fixture
def lead(mine, county):
    """A family that she opened by a lead: its head, for what follows."""
    about = {"case_id": mine.new_id(), "visit_id": mine.new_id()}
    answers = {"lead": {**told.LEAD, "residence_region": county.village}}
    mine.fill_in(county, form="F1", body={"answers": answers}, **about)
    mine.sync_all()
    return about


@pytest.fixture
def tell(mine, county, lead):
    """Hands in who told us, with these papers."""

    def hand_in(*photos, **changed):
        papers = {NAME: [photo.value for photo in photos]}
        item = mine.fill_in(county, form="F1R", body={"answers": told.TOLD, "papers": papers}, **lead, **changed)
        mine.sync_all()
        assert mine.result(item)["status"] == "ok", mine.result(item)

    return hand_in


@pytest.fixture
def forget(app, county, lead, clock):
    """Forgets who told us of her family."""

    def erase():
        officer = Acting(county.district, county.administrator_id, "", ((Role.DATA_PROTECTION, county.district),))
        with app.app_context(), writing() as session:
            erasures.forget_reporter(session, officer, UUID(lead["case_id"]), clock())

    return erase


def state_of(app, photo):
    with app.app_context(), reading() as session:
        file = session.get(File, (photo.phone.device.district, photo.file_id))
        return None if file is None else (file.state, file.sealed_key is not None)


def key_of(app, photo, case_id):
    """Under which key the key of this file lies."""
    district, place = photo.phone.device.district, ("file", "sealed_key")
    with app.app_context(), reading() as session:
        file = session.get_one(File, (district, photo.file_id))
        sealed = (*place, (district, file.file_id), file.sealed_key)
        try:
            return bodies.open_for_reporter(session, district, case_id, *sealed) and "reporter"
        except bodies.Unreadable:
            return bodies.open_for_district(session, district, *sealed) and "district"


def test_a_paper_that_comes_after_its_reporter_was_forgotten_is_not_kept(app, mine, county, lead, tell, forget):
    # Given a sheet that names two papers, one of them on its way
    begun, later = Photo(mine), Photo(mine)
    tell(begun, later)
    begun.announce()
    # When it is forgotten before they came
    forget()
    for offset in range(0, len(begun.sealed), 32_768):
        answer = begun.patch(offset)
    # Then neither is taken, and no key is made for them
    assert answer.json["reason"] == "gone" and not app.extensions["files"].has(begun.said.hash)
    assert state_of(app, begun) == ("gone", False)
    assert later.announce().json["reason"] == begun.announce().json["reason"] == "gone"
    assert state_of(app, later) is None
    with app.app_context(), reading() as session:
        assert session.get_one(ReporterKey, (county.district, UUID(lead["case_id"]))).wrapped_key is None
    # What is told after that is another statement, with papers of its own
    another = Photo(mine)
    tell(another)
    another.send()
    assert state_of(app, another) == ("complete", True)


def test_the_papers_of_a_forgotten_reporter_go_and_those_of_the_next_one_stay(app, mine, tell, forget, clock):
    gone, begun, stays = Photo(mine), Photo(mine), Photo(mine)
    tell(gone, begun)
    gone.send()
    begun.announce()
    begun.patch(0)
    forget()
    tell(stays)
    stays.send()
    store = app.extensions["files"]
    with app.app_context():
        jobs.sweep_files(store, clock())
    assert [store.has(photo.said.hash) for photo in (gone, begun, stays)] == [False, False, True]
    assert [state_of(app, photo) for photo in (gone, begun)] == [("gone", False)] * 2
    assert state_of(app, stays) == ("complete", True) and begun.file_id not in store.part_ids()


def test_the_papers_of_a_draft_of_who_told_us_go_with_it_and_no_others(app, mine, county, lead, forget, clock):
    # Given the copy of a sheet that is still written on, one of another form, and a paper for each
    sheets = {
        form: {"record_id": mine.new_id(), "form": form, "form_version": factories.version_of(form), "number": 1}
        for form in ("F1R", "F1")
    }
    body = {"answers": told.TOLD, "recorded": {}, "position": {}}
    photos = {form: Photo(mine, record_id=UUID(named["record_id"])) for form, named in sheets.items()}
    for form, named in sheets.items():
        mine.device.hand_in("draft", body, **lead, **named)
        photos[form].send()
    mine.sync_all()
    # When who told us is forgotten
    forget()
    with app.app_context():
        jobs.sweep_files(app.extensions["files"], clock())
    # Then only the paper of that sheet goes
    assert state_of(app, photos["F1R"]) == ("gone", False)
    assert state_of(app, photos["F1"]) == ("complete", True)


def test_a_paper_of_a_sheet_that_is_written_on_lies_apart_already_and_is_the_reports_when_it_comes(
    app, mine, lead, tell
):
    # Given a paper that comes after the copy of its sheet
    named = {"record_id": mine.new_id(), "form": "F1R", "form_version": 1, "number": 1}
    mine.device.hand_in("draft", {"answers": told.TOLD, "recorded": {}, "position": {}}, **lead, **named)
    mine.sync_all()
    photo = Photo(mine, record_id=UUID(named["record_id"]))
    photo.send()
    assert key_of(app, photo, UUID(lead["case_id"])) == "reporter"
    # When the sheet is handed in
    tell(photo, record_id=named["record_id"])
    # Then it opens as a paper of that report
    with app.app_context(), reading() as session:
        file = session.get_one(File, (mine.device.district, photo.file_id))
        assert file.case_id == UUID(lead["case_id"]) and len(file_keys.open_key(session, file)) == 32


def test_a_paper_that_another_family_names_is_no_bodys_and_holds_no_report_up(app, mine, county, lead):
    named = {"record_id": mine.new_id(), "form": "F1R", "form_version": 1, "number": 1}
    mine.device.hand_in("draft", {"answers": told.TOLD, "recorded": {}, "position": {}}, **lead, **named)
    mine.sync_all()
    photo = Photo(mine, record_id=UUID(named["record_id"]))
    photo.send()
    item = mine.fill_in(county, body={"papers": {"hh.head": [photo.value]}})
    mine.sync_all()
    assert mine.result(item)["status"] == "ok"
    with app.app_context(), reading() as session:
        assert session.get_one(File, (mine.device.district, photo.file_id)).case_id is None
