"""Values at rest open only in the place they were sealed for, and never after their family was erased."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import rest
from fieldapp.crypto.rest import Damaged, UnknownKey
from fieldapp.errors import Problem
from fieldapp.models import bodies
from fieldapp.models.cases import CaseKey, DistrictKey
from tests import factories

BODY = "她说：先不要告诉家里人".encode()


def place_of(county, revision):
    return (county.district, county.case_id, "revision", "sealed_body", (county.district, revision))


def test_a_body_comes_back_in_its_own_place(session, county):
    place = place_of(county, factories.new_id())
    sealed = bodies.seal_for_case(session, *place, BODY)
    assert BODY not in sealed and bodies.open_for_case(session, *place, sealed) == BODY


def test_a_body_moved_to_another_row_column_table_or_family_does_not_open(session, county, clock):
    # Given one sealed body, and a second family
    district, case_id, table, column, row_key = place_of(county, factories.new_id())
    sealed = bodies.seal_for_case(session, district, case_id, table, column, row_key, BODY)
    other_case = factories.case(session, clock())
    # Then nowhere else does it open
    moved = [
        (district, case_id, table, column, (district, factories.new_id())),
        (district, case_id, table, "sealed_text", row_key),
        (district, case_id, "draft_copy", column, row_key),
        (district, case_id, table, column, (*row_key, 1)),
    ]
    for place in moved:
        with pytest.raises(Damaged):
            bodies.open_for_case(session, *place, sealed)
    with pytest.raises(UnknownKey):
        bodies.open_for_case(session, district, other_case, table, column, row_key, sealed)
    with pytest.raises(UnknownKey):
        bodies.open_for_district(session, district, table, column, row_key, sealed)


def test_an_erased_family_opens_no_more_and_takes_no_more(session, county):
    place = place_of(county, factories.new_id())
    sealed = bodies.seal_for_case(session, *place, BODY)
    bodies.erase_case_key(session, county.district, county.case_id)
    for refused in (
        lambda: bodies.open_for_case(session, *place, sealed),
        lambda: bodies.seal_for_case(session, *place, BODY),
    ):
        with pytest.raises(Problem) as problem:
            refused()
        assert problem.value.code == "family_erased"


def test_a_family_gets_its_key_once(session, county):
    with pytest.raises(ValueError, match="has a key"):
        bodies.make_case_key(session, county.district, county.case_id)


def test_what_belongs_to_no_family_is_sealed_under_the_district(session, county):
    row_key = (county.district, factories.new_id())
    sealed = bodies.seal_for_district(session, county.district, "kept_package", "sealed_package", row_key, BODY)
    opened = bodies.open_for_district(session, county.district, "kept_package", "sealed_package", row_key, sealed)
    assert opened == BODY
    with pytest.raises(UnknownKey):  # another county: another key
        bodies.open_for_district(session, factories.OTHER_DISTRICT, "kept_package", "sealed_package", row_key, sealed)


def test_an_older_district_key_still_opens(session, county, clock, ring):
    place = (county.district, "urgent", "sealed_body", (county.district, factories.new_id()))
    sealed = bodies.seal_for_district(session, *place, BODY)
    # When a newer key is made
    clock.advance(days=400)
    root_key_id, wrapped = ring.wrap(rest.new_district_key(), f"district_key|{county.district}|d2")
    newer = DistrictKey(
        district=county.district, key_id="d2", wrapped_key=wrapped, root_key_id=root_key_id, created_at=clock()
    )
    session.add(newer)
    session.commit()
    session.info.pop("opened_keys")
    # Then new things take it, and old things open
    resealed = bodies.seal_for_district(session, *place, BODY)
    assert resealed[1:9] != sealed[1:9]
    assert (
        bodies.open_for_district(session, *place, sealed) == bodies.open_for_district(session, *place, resealed) == BODY
    )


def test_a_district_key_that_was_rolled_back_seals_nothing_more(session):
    # Given a district whose first key is made inside a savepoint that is undone
    row_key = (factories.OTHER_DISTRICT, factories.new_id())
    savepoint = session.begin_nested()
    bodies.seal_for_district(session, factories.OTHER_DISTRICT, "kept_package", "sealed_package", row_key, BODY)
    savepoint.rollback()
    # When something is sealed in the same transaction, and read in another
    place = (factories.OTHER_DISTRICT, "kept_package", "sealed_package", row_key)
    sealed = bodies.seal_for_district(session, *place, BODY)
    session.commit()
    session.info.pop("opened_keys")
    # Then it opens
    assert bodies.open_for_district(session, *place, sealed) == BODY


def test_a_key_of_one_family_put_into_anothers_row_opens_nothing(session, county, clock):
    place = place_of(county, factories.new_id())
    sealed = bodies.seal_for_case(session, *place, BODY)
    other_case = factories.case(session, clock())
    stolen = session.get_one(CaseKey, (county.district, county.case_id)).wrapped_key
    session.get_one(CaseKey, (county.district, other_case)).wrapped_key = stolen
    session.flush()
    session.info.pop("opened_keys")
    with pytest.raises(Damaged):
        bodies.open_for_case(session, county.district, other_case, *place[2:], sealed)


@given(data=st.data(), plaintext=st.binary(max_size=300))
def test_one_changed_bit_is_noticed_wherever_it_is(data, plaintext):
    sealer = rest.Sealer(rest.new_case_key())
    place = rest.Place("revision", "sealed_body", "990101", None, ("row",))
    sealed = sealer.seal(place, plaintext)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(rest.RestError):
        sealer.open(place, bytes(changed))


PARTS = st.one_of(st.text(max_size=6), st.integers(0, 99), st.binary(max_size=6), st.uuids())
PLACES = st.builds(
    rest.Place,
    st.text(max_size=4),
    st.text(max_size=4),
    st.text(max_size=4),
    st.none() | st.uuids(),
    st.lists(PARTS, min_size=1, max_size=3).map(tuple),
)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (("ab", "c", ("k",)), ("a", "bc", ("k",))),
        (("a", "b", ("1",)), ("a", "b", (1,))),
        (("a", "b", ("1",)), ("a", "b", (b"1",))),
        (("a", "b", ("x", "yz")), ("a", "b", ("xy", "z"))),
        (("a", "b", ("x", "")), ("a", "b", ("x",))),
    ],
)
def test_places_that_read_alike_when_joined_are_told_apart(here, there):
    sealer = rest.Sealer(rest.new_case_key())
    place, other = (rest.Place(table, column, "990101", None, key) for table, column, key in (here, there))
    with pytest.raises(Damaged):
        sealer.open(other, sealer.seal(place, b"x"))


@given(here=PLACES, there=PLACES)
def test_two_places_never_share_a_seal(here, there):
    sealer = rest.Sealer(rest.new_case_key())
    sealed = sealer.seal(here, b"x")
    if here == there:
        assert sealer.open(there, sealed) == b"x"
    else:
        with pytest.raises(Damaged):
            sealer.open(there, sealed)
