"""What a report calls for: noted when it comes, told to the phones of the family, done when it is written."""

import pytest
from sqlalchemy import select

from fieldapp.models.cases import Todo

CHILDREN = ["01900000-0000-7000-8000-0000000000c1", "01900000-0000-7000-8000-0000000000c2"]


@pytest.fixture
def worker(enrolled, county):
    phone = enrolled()
    phone.sync_all()
    members = [{"_id": child, "person_id": child, "name": "孩子", "is_minor_here": "1"} for child in CHILDREN]
    phone.fill_in(county, body={"answers": {"todo": "F5 F6", "members": members}})
    phone.sync_all()
    return phone


def open_ones(session):
    kinds = sorted(session.scalars(select(Todo.kind).where(Todo.done_at.is_(None))))
    session.commit()
    return kinds


def told(phone, county):
    phone.device.cursor = None  # as a new phone would ask
    phone.sync_all()
    return phone.device.held[f"case:{county.case_id}"]


def write(phone, county, form, answers, intent="submit"):
    item = phone.fill_in(county, form=form, body={"answers": answers}, intent=intent)
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"


def test_a_talk_that_was_called_for_is_done_when_it_is_handed_in(worker, county, session):
    assert told(worker, county)["todos"] == ["F5", "F6"]
    write(worker, county, "F5", {"visit": {"alone": "yes"}}, intent="door")
    assert open_ones(session) == ["F5", "F6"]
    write(worker, county, "F5", {"visit": {"alone": "yes"}})
    assert open_ones(session) == ["F6"] and told(worker, county)["todos"] == ["F6"]


def test_sheets_are_done_when_each_child_has_one_and_say_whose_they_are(worker, county, session):
    write(worker, county, "F6", {"child": {"person_id": CHILDREN[0]}})
    assert "F6" in open_ones(session)
    write(worker, county, "F6", {"child": {"person_id": CHILDREN[1]}})
    assert open_ones(session) == ["F5"]
    records = told(worker, county)["records"]
    assert sorted(one["about"] for one in records if one["form"] == "F6") == CHILDREN
    assert {one["about"] for one in records if one["form"] != "F6"} == {None}
