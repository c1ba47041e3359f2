"""What is sealed at rest opens in its own place alone: moved or changed it is noticed, and nothing else is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fieldapp.crypto.rest import RestError
from fieldapp.db import writing
from fieldapp.models import bodies, feed
from tests import factories, told

FILES = {("file", "sealed_key")}  # tests/web/test_uploads.py


@pytest.fixture
def filled(app, enrolled, county, session, clock):
    """(values, keys): every sealed column holds at least two values, of more than one row."""
    phone = enrolled()
    phone.sync_all()
    told.tell(phone, county, clock())
    about = {"case_id": phone.new_id(), "visit_id": str(county.visit_id)}
    phone.fill_in(county, **about)
    draft = {"record_id": phone.new_id(), "form": "F2", "form_version": factories.version_of("F2"), "number": 1}
    named = {"case_id": str(county.case_id), "visit_id": str(county.visit_id)}
    phone.device.hand_in("draft", {"answers": {}, "recorded": {}, "position": {}}, **named, **draft)
    phone.sync_all()
    with writing() as other:
        told.fill(other, county, clock())
    return told.sealed_values(session), told.keys_of(session, session.info["ring"])


def test_a_value_opens_in_its_own_place_and_in_no_other(filled):
    values, keys = filled
    # Given every sealed column there is, with values of several rows
    rows = {}
    for value in values:
        rows.setdefault((value.table, value.column), set()).add(value.key)
    assert rows.keys() == told.sealed_columns() - FILES
    assert [name for name, found in rows.items() if len(found) < 2] == []
    # Then each opens where it lies, and whatever else is put there does not
    homes = [told.opened(value, keys) for value in values]
    for _, sealer, place, _ in homes:
        for other, (_, _, elsewhere, _) in zip(values, homes, strict=True):
            if elsewhere != place:
                with pytest.raises(RestError):
                    sealer.open(place, other.sealed)


@settings(suppress_health_check=list(HealthCheck), max_examples=150)
@given(data=st.data())
def test_one_changed_bit_of_any_stored_value_is_noticed(filled, data):
    values, keys = filled
    value = data.draw(st.sampled_from(values))
    _, sealer, place, _ = told.opened(value, keys)
    bit = data.draw(st.integers(0, len(value.sealed) * 8 - 1))
    changed = bytearray(value.sealed)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RestError):
        sealer.open(place, bytes(changed))


# --- what becomes of the pages and of the phones ----------------------------------------------------------------------


def damage(session, table, column, **key):
    """Change one bit of one stored value."""
    where = " AND ".join(f"{name} = :{name}" for name in key)
    bound = {name: value.hex if hasattr(value, "hex") else value for name, value in key.items()}
    sealed = session.execute(text(f"SELECT {column} FROM {table} WHERE {where}"), bound).scalar_one()
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    session.execute(text(f"UPDATE {table} SET {column} = :changed WHERE {where}"), {**bound, "changed": changed})
    session.commit()


def test_a_damaged_report_says_so_and_the_one_beside_it_opens(at_desk, county, session, clock, forms, report_id):
    other, revision_id = factories.record(session, clock(), county, answers=b'{"answers":{}}')
    session.commit()
    damage(session, "revision", "sealed_body", district=county.district, revision_id=revision_id)
    desk = at_desk("supervisor")
    answer = desk.get(f"/reports/{other}")
    assert answer.status_code == 500 and "已损坏或被改动" in answer.text and "参考号" in answer.text
    assert desk.get(f"/reports/{report_id}").status_code == 200
    assert desk.get("/").status_code == 200


def test_a_damaged_family_keeps_no_other_from_the_phone(enrolled, county, session, clock):
    # Given a phone with two families, of which the server's copy of one is damaged, and both have news
    other = factories.case(session, clock())
    factories.assign(session, clock(), other, county.caseworker_id)
    factories.visit(session, clock(), other, [county.caseworker_id])
    session.commit()
    phone = enrolled()
    phone.sync_all()
    refs = [f"case:{case_id}" for case_id in (county.case_id, other)]
    held = {ref: phone.device.held[ref] for ref in refs}
    damage(session, "case_person", "sealed_details", district=county.district, case_id=other)
    for ref in refs:
        feed.tell(session, county.district, county.caseworker_id, ref)
    feed.number(session)
    session.commit()
    before = dict(phone.device.versions)
    # When it asks again
    phone.sync_all()
    # Then the one is pulled, and of the other the phone keeps the copy it has
    assert phone.device.versions[refs[0]] > before[refs[0]]
    assert phone.device.held[refs[1]] == held[refs[1]]


def test_what_was_erased_by_law_leaves_the_phone_and_keeps_no_other_from_it(enrolled, county, session, clock):
    other = factories.case(session, clock())
    factories.assign(session, clock(), other, county.caseworker_id)
    factories.visit(session, clock(), other, [county.caseworker_id])
    session.commit()
    phone = enrolled()
    phone.sync_all()
    bodies.erase_case_key(session, county.district, other)
    for case_id in (county.case_id, other):
        feed.tell(session, county.district, county.caseworker_id, f"case:{case_id}")
    feed.number(session)
    session.commit()
    phone.sync_all()
    assert f"case:{county.case_id}" in phone.device.held and f"case:{other}" not in phone.device.held
