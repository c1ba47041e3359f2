"""Divisions from a file: read, checked cell by cell, put in once; and what a merger does to grants and lists."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select

from fieldapp.actions import regions as acts
from fieldapp.errors import Problem
from fieldapp.models import regions, scope
from fieldapp.models.accounts import Person, Role, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.regions import Level, Region, prefix_of, with_predecessors
from tests import factories

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "regions.csv"
GOOD = {
    "code": "990101100201", "name": "柳树村", "level": "village", "parent_code": "990101100000",
    "valid_from": "2020-01-01", "valid_to": "", "successor_code": "",
}  # fmt: skip


def table(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, acts.COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def put(session, clock, content, *, acting=None, dry_run=False):
    return acts.import_file(session, content, acting=acting, dry_run=dry_run, now=clock())


def stored(session):
    rows = session.scalars(select(Region).order_by(Region.code, Region.valid_from))
    return [(row.code, row.name, row.level, row.parent_code, row.valid_to, row.successor_code) for row in rows]


def test_the_same_file_again_changes_nothing(session, clock):
    content = SAMPLE.read_bytes()
    first, again = put(session, clock, content), put(session, clock, content)
    assert (first.added, first.changed, first.bad) == (9, 0, [])
    assert (again.added, again.changed, again.same) == (0, 0, 9)


def test_looking_at_a_file_changes_nothing_and_says_what_it_would_do(session, clock):
    looked = put(session, clock, SAMPLE.read_bytes(), dry_run=True)
    assert looked.added == 9 and stored(session) == []


def test_an_xlsx_says_the_same_as_a_csv(session, clock):
    book = Workbook()
    for row in csv.reader(io.StringIO(SAMPLE.read_text("utf-8"))):
        # As people type them: a code as a number, a day as a day.
        book.active.append(
            [date.fromisoformat(c) if c[4:5] == "-" else int(c) if c.isdigit() else c or None for c in row]
        )
    content = io.BytesIO()
    book.save(content)
    put(session, clock, SAMPLE.read_bytes())
    assert put(session, clock, content.getvalue()).same == 9


def _typed(cell):
    if cell[4:5] == "-":
        return date.fromisoformat(cell)
    return int(cell) if cell.isdigit() else cell or None


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"code": "990101"}, "code", "code_shape"),
        ({"code": "99010110020x"}, "code", "code_shape"),
        ({"code": "990102100201"}, "code", "other_county"),
        ({"level": "hamlet"}, "level", "level_unknown"),
        ({"name": ""}, "name", "name_needed"),
        ({"name": "村" * 101}, "name", "name_needed"),
        ({"valid_from": ""}, "valid_from", "day_shape"),
        ({"valid_from": "2020/1/1"}, "valid_from", "day_shape"),
        ({"valid_to": "2019-01-01"}, "valid_to", "days_reversed"),
        ({"successor_code": "990101200201"}, "valid_to", "merged_needs_end"),
        ({"valid_to": "2024-01-01", "successor_code": "990101100999"}, "successor_code", "successor_unknown"),
        ({"valid_to": "2024-01-01", "successor_code": "990101100201"}, "successor_code", "successor_circle"),
        ({"parent_code": ""}, "parent_code", "parent_unknown"),
        ({"parent_code": "990101200000"}, "parent_code", "parent_unknown"),
        ({"parent_code": "990101"}, "parent_code", "parent_unknown"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column_and_nothing_is_put_in(session, county, clock, change, column, code):
    before = stored(session)
    other = {**GOOD, "code": "990101100202", "name": "新村"}
    result = put(session, clock, table(other, {**GOOD, **change}), acting=county.acting(session, "administrator"))
    assert (3, column, code) in {(bad.row, bad.column, bad.code) for bad in result.bad}
    assert stored(session) == before


def test_a_code_twice_from_the_same_day_is_refused(session, county, clock):
    result = put(session, clock, table(GOOD, GOOD))
    assert [(bad.row, bad.code) for bad in result.bad] == [(3, "twice")]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04nothing", b"code;name\n1;2", "代码,name\n".encode("gbk"), b"code,name\n"]
)
def test_what_is_no_table_of_divisions_is_refused(session, clock, content):
    with pytest.raises(Problem) as refused:
        put(session, clock, content)
    assert refused.value.code == "regions_unreadable"


def test_an_administrator_of_a_township_imports_nothing(session, county, clock):
    person = factories.person(session, clock(), Role.ADMINISTRATOR, factories.TOWNSHIP)
    with pytest.raises(Problem) as refused:
        put(session, clock, table(GOOD), acting=acting_for(session, county.district, person))
    assert refused.value.code == "not_found"


def merged(village, successor):
    return {
        **GOOD,
        "code": village,
        "parent_code": f"{village[:9]}000",
        "valid_to": "2026-01-31",
        "successor_code": successor,
    }


def test_a_merger_gives_the_families_to_who_works_in_the_successor_and_her_phone_pulls_afresh(session, county, clock):
    # Given a cadre of the other village, assigned to a family of the first
    cadre = factories.person(session, clock(), Role.VILLAGE, county.other_village)
    factories.assign(session, clock(), county.case_id, cadre)
    seen = select(Case.case_id).where(scope.cases_of(acting_for(session, county.district, cadre)))
    assert session.scalars(seen).all() == []
    version = session.get_one(Person, (county.district, cadre)).view_version
    # When the first village is merged into hers
    put(
        session,
        clock,
        table(merged(county.village, county.other_village)),
        acting=county.acting(session, "administrator"),
    )
    # Then she sees the family, under the code it was opened with; and so does still who worked there before
    acting = acting_for(session, county.district, cadre)
    assert acting.regions(Role.VILLAGE) == (county.other_village, county.village)
    assert session.scalars(select(Case.case_id).where(scope.cases_of(acting))).all() == [county.case_id]
    assert session.get_one(Person, (county.district, cadre)).view_version == version + 1
    names = regions.names_for_files(session, county.district, clock().date())
    assert names[county.village] == "柳树村 → 石桥村"
    assert county.village not in regions.names_of(session, county.district, clock().date())
    assert "import_regions" in set(session.scalars(select(AuditRow.act)))


def test_a_successor_that_is_merged_itself_leads_on_to_the_last(session, county, clock):
    third = {**GOOD, "code": "990101200202", "name": "第三村", "parent_code": "990101200000"}
    put(session, clock, table(third, merged(county.village, county.other_village)))
    put(session, clock, table(merged(county.other_village, "990101200202")))
    assert {row[0]: row[5] for row in stored(session) if row[5]} == {
        county.village: "990101200202", county.other_village: "990101200202",
    }  # fmt: skip
    # And the older file again changes nothing of it
    assert put(session, clock, table(merged(county.village, county.other_village))).same == 1


villages = st.integers(1, 6).map(lambda number: f"9901011002{number:02d}")


@given(st.lists(st.tuples(villages, villages), max_size=6))
def test_whatever_was_merged_a_grant_covers_exactly_what_leads_into_its_division(mergers):
    follows = {}
    for village, successor in mergers:
        at = successor
        while at is not None and at != village:
            at = follows.get(at)
        if at is None and village not in follows:
            follows[village] = successor

    def end(code):
        while code in follows:
            code = follows[code]
        return code

    rows = [
        acts._Row(n, code, "村", Level.VILLAGE, "990101100000", date(2020, 1, 1), date(2021, 1, 1), successor)
        for n, (code, successor) in enumerate(follows.items(), 2)
    ]
    assert acts._final_successors(rows, {}) == {code: end(code) for code in follows}


@given(st.sampled_from(list(Level)), st.integers(0, 10**12 - 1))
def test_a_code_is_taken_exactly_where_its_level_can_have_it(level, number):
    digits = regions.PREFIX[level]
    code = f"{number:012d}"[:digits].ljust(12 if digits > 6 else 6, "0")
    assert acts._is_code(code, level) and prefix_of(code, level) == code[:digits]
    assert not acts._is_code(code + "0", level) and not acts._is_code(code[:-1], level)


def test_a_prefix_of_nothing_covers_nothing_more(session, county):
    assert with_predecessors(session, "") == ("",)
