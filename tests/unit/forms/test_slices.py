"""Long lists cut for phones: nothing of a worker's regions is missing, and all pieces together are the list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.forms import slices

LEVELS = st.sampled_from([2, 4, 6, 9, 12])
CODES = st.builds(
    lambda parts, digits, filled: "".join(parts)[:digits].ljust(12 if filled else digits, "0"),
    st.tuples(
        *(st.sampled_from(one) for one in (["99", "98"], ["01", "02"], ["01", "02"], ["100", "200"], ["001", "002"]))
    ),
    LEVELS,
    st.booleans(),
)
REGIONS = st.one_of(CODES, st.sampled_from(["", "村", "x1"]))
LISTS = st.lists(REGIONS, max_size=40).map(
    lambda codes: {"columns": ["value", "region"], "rows": [[str(at), code] for at, code in enumerate(codes)]}
)


def put_together(pieces):
    found = {}
    for piece in pieces:
        places = [place for first, count in piece.at for place in range(first, first + count)]
        assert len(places) == len(piece.rows)
        found.update(zip(places, piece.rows, strict=True))
    return [found[place] for place in sorted(found)]


@given(LISTS)
def test_all_pieces_together_are_the_list_in_its_order(parsed):
    pieces = slices.cut(parsed)
    assert put_together(pieces.values()) == parsed["rows"]
    assert sum(len(piece.rows) for piece in pieces.values()) == len(parsed["rows"]), "no row comes twice"


@given(LISTS, st.lists(CODES, min_size=1, max_size=3))
def test_nothing_below_or_above_her_regions_is_missing(parsed, regions):
    pieces = slices.cut(parsed)
    held = {row[0] for name in slices.wanted(pieces, regions) for row in pieces[name].rows}
    for value, region in parsed["rows"]:
        row = slices.stem(region)
        for hers in map(slices.stem, regions):
            if row.startswith(hers) or hers.startswith(row) or not region.isascii():
                assert value in held
            if len(row) in (2, 4, 6) and row[:2] == hers[:2] and region.isdecimal():
                assert value in held, "cities and counties of her province"


def test_villages_of_another_county_stay_away():
    rows = [["a", "990101100001"], ["b", "990102100001"], ["c", "990102000000"], ["d", "980101000000"]]
    pieces = slices.cut({"columns": ["value", "region"], "rows": rows})
    assert slices.wanted(pieces, ["990101100"]) == ["990101", "99"]


def test_a_list_without_regions_goes_to_everybody_in_pieces():
    rows = [[str(at)] for at in range(slices.PIECE_ROWS * 2 + 1)]
    pieces = slices.cut({"columns": ["value"], "rows": rows})
    assert list(pieces) == ["0", "0.1", "0.2"] == slices.wanted(pieces, ["990101"])
    assert pieces["0.1"].at == [(slices.PIECE_ROWS, slices.PIECE_ROWS)]


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        ("浙江", "zj"),
        ("重庆", "cq"),  # a phrase the dictionary knows: no "zq"
        ("杨柳1组", "yl1z"),
        ("Lane 3", ""),
    ],
)
def test_a_name_has_the_first_letters_of_its_pinyin(words, letters):
    assert slices.initials(words) == letters


def test_a_sign_with_several_readings_keeps_them_all():
    assert {"ljc", "yjc"} <= set(slices.initials("乐家村").split())
