"""Who told us lies under a key of its own: no key of district or family opens it, and it alone can be forgotten."""

import json

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.crypto import rest
from fieldapp.crypto.rest import Place, Sealer, UnknownKey
from fieldapp.errors import Problem
from fieldapp.models import bodies, reporters, settings
from fieldapp.models.cases import CaseKey, DistrictKey, ReporterKey
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.records import DraftCopy, Findings, Record, Revision
from fieldapp.models.reviews import Decision, Remark
from tests import factories

NAME = "邻居吴桂芳"
TOLD = json.dumps({"answers": {"lead": {"reporter_name": NAME}}}, ensure_ascii=False).encode()


def body_of(session, county, revision_id, form="F1R"):
    row = session.get_one(Revision, (county.district, revision_id))
    place = (county.district, row.case_id, form, "revision", "sealed_body", (county.district, revision_id))
    return bodies.open_for_record(session, *place, row.sealed_body)


def told(session, county, clock, form="F1R"):
    return factories.record(session, clock(), county, form=form, answers=TOLD)


def problem_of(act):
    with pytest.raises(Problem) as caught:
        act()
    return caught.value.code


def test_neither_the_districts_key_nor_the_familys_opens_who_told_us(session, county, clock, ring):
    _, revision_id = told(session, county, clock)
    sealed = session.get_one(Revision, (county.district, revision_id)).sealed_body
    assert NAME.encode() in body_of(session, county, revision_id)
    # Given every key that lies under the district's, out of its wrapping
    row = session.get_one(CaseKey, (county.district, county.case_id))
    of_district = session.get_one(DistrictKey, (county.district, row.district_key_id))
    context = f"district_key|{county.district}|{of_district.key_id}"
    district_key = rest.DistrictKey(ring.unwrap(of_district.root_key_id, of_district.wrapped_key, context))
    case_key = rest.unwrap_case_key(district_key, row.wrapped_key)
    # Then none of them opens it
    for case_id in (county.case_id, None):
        place = Place("revision", "sealed_body", county.district, case_id, (county.district, revision_id))
        for key in (district_key, case_key):
            with pytest.raises(UnknownKey):
                Sealer(key).open(place, sealed)


def test_each_family_has_a_key_of_its_own_for_it(session, county, clock):
    _, revision_id = told(session, county, clock)
    other = factories.case(session, clock())
    row = session.get_one(Revision, (county.district, revision_id))
    key = (county.district, revision_id)
    bodies.seal_for_reporter(session, county.district, other, "revision", "sealed_body", key, b"x")
    with pytest.raises(UnknownKey):
        bodies.open_for_reporter(session, county.district, other, "revision", "sealed_body", key, row.sealed_body)


def test_forgetting_who_told_us_leaves_the_family_and_what_is_told_later(session, county, clock):
    record_id, revision_id = told(session, county, clock)
    _, other = told(session, county, clock, form="F2")
    # When it is forgotten
    reporters.erase(session, county.district, county.case_id, clock())
    # Then it opens no more, and everything else does
    assert problem_of(lambda: body_of(session, county, revision_id)) == "reporter_erased"
    assert NAME.encode() in body_of(session, county, other, form="F2")
    later = factories.revision(session, clock(), record_id, TOLD)
    assert NAME.encode() in body_of(session, county, later)
    assert problem_of(lambda: body_of(session, county, revision_id)) == "reporter_erased"
    session.commit()
    assert session.get_one(ReporterKey, (county.district, county.case_id)).erased_at == clock()


def test_an_erased_family_tells_nothing_of_who_told_us_and_takes_no_more(session, county, clock):
    _, revision_id = told(session, county, clock)
    bodies.erase_case_key(session, county.district, county.case_id)
    assert session.get(ReporterKey, (county.district, county.case_id)) is None
    assert problem_of(lambda: body_of(session, county, revision_id)) == "family_erased"
    place = (county.district, county.case_id, "F1R", "revision", "sealed_body", (county.district, revision_id))
    assert problem_of(lambda: bodies.seal_for_record(session, *place, TOLD)) == "family_erased"


def test_a_new_root_key_takes_over_these_keys_too(session, county, clock, ring):
    _, revision_id = told(session, county, clock)
    newer = ring.with_new_key()
    session.info["ring"] = newer
    assert bodies.rewrap(session) == 2  # of the district, and of who told us
    session.commit()
    session.info.pop("opened_keys")
    session.expire_all()
    assert session.get_one(ReporterKey, (county.district, county.case_id)).root_key_id == newer.newest
    assert NAME.encode() in body_of(session, county, revision_id)
    # A ring that lacks the new key is refused at the start, also where nothing else names it
    session.get_one(DistrictKey, (county.district, "d1")).root_key_id = ring.newest
    session.flush()
    assert bodies.root_keys_lacking(session, ring) == [newer.newest]


# --- what was stored before there was such a key ----------------------------------------------------------------------


@pytest.fixture
def old_rows(session, county, clock):
    """One row of each kind that holds something of a reporter, all of it under the family's key; (table, column)."""
    district, case_id = county.district, county.case_id
    record_id, revision_id = told(session, county, clock)
    record = session.get_one(Record, (district, record_id))
    about = {"district": district, "case_id": case_id}
    by = {"made_by": county.supervisor_id, "made_at": clock()}
    moved = {"begun_at": clock(), "saved_at": clock()}
    copied = {"number": 1, "vault_id": factories.new_id(), "received_at": clock(), "visit_id": county.visit_id}
    of_form = {"form": "F1R", "form_version": 1, "author_id": county.caseworker_id}
    decided = {"content_hash": bytes(32), "kind": "returned", "decided_by": county.supervisor_id, "decided_at": clock()}
    named = {"record_id": record_id, "revision_id": revision_id}
    remark = {**about, **named, "remark_id": factories.new_id(), "kind": "note", "state": "answered"}
    computed = {**about, "revision_id": revision_id, "rules_version": "1:x", "computed_at": clock(), "count": 1}
    rows = [
        (session.get_one(Revision, (district, revision_id)), "sealed_body"),
        (Findings(**computed), "sealed_findings"),
        (Remark(**remark, **by), "sealed_text"),
        (Decision(**about, **named, decision_id=factories.new_id(), **decided), "sealed_text"),
        (DraftCopy(**about, record_id=factories.new_id(), **of_form, **copied), "sealed_body"),
        (DeskDraft(**about, draft_id=factories.new_id(), record_id=record_id, **of_form, **moved), "sealed_body"),
    ]
    rows.append((rows[2][0], "sealed_reply"))
    for row, column in rows:
        table = row.__table__
        key = tuple(getattr(row, name.key) for name in table.primary_key)
        setattr(row, column, bodies.seal_for_case(session, district, case_id, table.name, column, key, TOLD))
        session.add(row)
        session.flush()
    session.delete(session.get_one(ReporterKey, (district, case_id)))
    session.commit()
    session.info.pop("opened_keys")
    assert record.form == "F1R"
    return rows


def opened(session, county, row, column):
    key = tuple(getattr(row, name.key) for name in row.__table__.primary_key)
    place = (county.district, county.case_id, "F1R", row.__table__.name, column, key)
    return bodies.open_for_record(session, *place, getattr(row, column))


def lies_apart(session, county, row, column):
    return not bodies.is_for_case(session, county.district, county.case_id, getattr(row, column))


def test_what_was_stored_before_is_read_and_then_moved_by_the_worker_once(app, session, county, old_rows):
    assert [opened(session, county, *one) for one in old_rows] == [TOLD] * 7
    assert not any(lies_apart(session, county, *one) for one in old_rows)
    session.commit()
    # When the worker comes round
    assert jobs.seal_reporters_apart() == 7
    # Then all of it lies under the key kept for that, and opens
    session.expire_all()
    session.info.pop("opened_keys")
    assert all(lies_apart(session, county, *one) for one in old_rows)
    assert [opened(session, county, *one) for one in old_rows] == [TOLD] * 7
    assert settings.get(session, settings.REPORTERS_APART) == settings.ALL_APART
    session.commit()
    assert jobs.seal_reporters_apart() == 0


def test_forgetting_reaches_what_was_stored_before_too(session, county, clock, old_rows):
    reporters.erase(session, county.district, county.case_id, clock())
    for row, column in old_rows:
        assert problem_of(lambda: opened(session, county, row, column)) == "reporter_erased"  # noqa: B023


def test_one_damaged_row_does_not_keep_the_others_from_being_moved(app, session, county, old_rows):
    row, column = old_rows[0]
    sealed = getattr(row, column)
    setattr(row, column, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    session.commit()
    assert jobs.seal_reporters_apart() == 6


def test_nothing_of_other_forms_is_moved(app, session, county, clock):
    _, revision_id = told(session, county, clock, form="F2")
    session.commit()
    assert jobs.seal_reporters_apart() == 0
    assert session.scalars(select(ReporterKey)).all() == []
    assert NAME.encode() in body_of(session, county, revision_id, form="F2")
