"""When a visit is over: nobody who still writes in it is taken off the family before she has handed in."""

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from fieldapp.models.cases import Assignment, TeamRole, Visit
from fieldapp.models.records import Record
from tests import factories
from tests.web.test_visit_parts import approve, in_review


@pytest.fixture(autouse=True)
def ready(app):
    with app.app_context():
        yield


@pytest.fixture
def entrusted(session, county, enrolled):
    """The phone of the second visitor, to whom this visit alone is entrusted."""
    here = (Assignment.case_id == county.case_id, Assignment.person_id == county.second_caseworker_id)
    session.scalars(select(Assignment).where(*here)).one().team_role = TeamRole.ENTRUSTED
    session.commit()
    phone = enrolled("second_caseworker")
    phone.sync_all()
    return phone


def begin(phone, county):
    """A copy of a draft that she writes in this visit; what names it."""
    named = {
        "record_id": phone.new_id(), "case_id": str(county.case_id), "visit_id": str(county.visit_id),
        "form": "F0", "form_version": factories.version_of("F0"),
    }  # fmt: skip
    phone.device.hand_in("draft", {"answers": {}, "recorded": {}, "position": {}}, number=1, **named)
    phone.sync_all()
    return named


def is_over(county):
    with reading() as session:
        place = session.scalars(select(Assignment).where(Assignment.team_role == TeamRole.ENTRUSTED)).one()
        visit = session.get_one(Visit, (county.district, county.visit_id))
        assert (visit.state == "done") == (place.ended_at is not None)
        return visit.state == "done"


def test_what_the_other_visitor_has_begun_and_only_copied_keeps_the_visit_open_for_her(
    at_desk, report_id, entrusted, county
):
    named = begin(entrusted, county)
    assert approve(in_review(at_desk, report_id), report_id, text="另一份只是同意书。").status_code == 303
    assert not is_over(county)
    item = entrusted.fill_in(county, **{name: named[name] for name in ("record_id", "form", "form_version")})
    entrusted.sync_all()
    assert entrusted.result(item)["status"] == "ok"
    with reading() as session:
        assert {record.state for record in session.scalars(select(Record))} == {"approved", "submitted"}


def test_when_she_gives_up_what_alone_kept_it_open_the_visit_is_over(at_desk, report_id, entrusted, county):
    named = begin(entrusted, county)
    assert approve(in_review(at_desk, report_id), report_id, text="另一份只是同意书。").status_code == 303
    entrusted.device.hand_in("void", {"reason": "by_author", "text": ""}, **named)
    entrusted.sync_all()
    assert is_over(county)


def test_giving_up_a_draft_ends_no_visit_in_which_nothing_is_approved(entrusted, county):
    named = begin(entrusted, county)
    entrusted.device.hand_in("void", {"reason": "by_author", "text": ""}, **named)
    entrusted.sync_all()
    assert not is_over(county)
