"""A list of families at the desk: read first, then taken in, each family once; refused rows come back to be mended."""

import io

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from fieldapp import jobs
from fieldapp.actions import case_events
from fieldapp.casework import import_tables
from fieldapp.casework.import_rows import Kind, columns_of
from fieldapp.db import reading
from fieldapp.models.cases import Case, CasePerson
from fieldapp.models.imports import Import, ImportedFamily
from tests import factories

VILLAGE = factories.VILLAGE


def table(*rows, kind=Kind.CASES):
    book = Workbook()
    columns = columns_of(kind)
    book.active.append([column.title.zh for column in columns])
    for row in rows:
        for at, column in enumerate(columns, start=1):
            cell = book.active.cell(book.active.max_row + (at == 1), at)
            if row.get(column.code):
                cell.value, cell.data_type = row[column.code], "s"  # as text, whatever it begins with
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def family(label, village, *names, **first):
    said = [{"household": label, "village": village, "name": names[0], **first}]
    return said + [{"household": label, "name": name, "relation": "女儿"} for name in names[1:]]


def counted(model):
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def supervisor(at_desk, county, session):  # with the session comes the context that `reading` needs
    return at_desk("supervisor")


def upload(desk, content, kind="cases"):
    desk.get("/lists")
    return desk.post("/lists", kind=kind, file=(io.BytesIO(content), "list.xlsx"))


def taken_in(desk, address, **said):
    desk.get(address)
    assert desk.post(f"{address}/take", **said).status_code == 303
    return desk.get(address).text


def test_reading_a_list_opens_no_file_and_taking_it_in_opens_each_once(supervisor):
    content = table(*family("1", VILLAGE, "演示甲", "演示乙", birth="1990-05"), *family("2", VILLAGE, "演示丙"))
    before = counted(Case)
    address = upload(supervisor, content).location
    assert counted(Case) == before
    # When they are taken in, and taken in again, and the same list comes a second time
    for _ in range(2):
        taken_in(supervisor, address)
    again = upload(supervisor, content).location
    assert "演示甲" not in taken_in(supervisor, again)
    # Then each is there once, with everybody in it
    assert counted(Case) == before + 2
    with reading() as session:
        states = set(session.scalars(select(Case.state).join(ImportedFamily, ImportedFamily.case_id == Case.case_id)))
        people = session.scalar(
            select(func.count()).select_from(CasePerson).join(
                ImportedFamily, ImportedFamily.case_id == CasePerson.case_id
            )
        )  # fmt: skip
    assert (states, people) == ({"ASSIGNED"}, 3)


def test_leads_of_a_list_wait_to_be_triaged_with_what_the_list_says(supervisor, county):
    row = family("1", VILLAGE, "演示甲", channel="村委会", danger="否", line="缺生活费")
    taken_in(supervisor, upload(supervisor, table(*row, kind=Kind.LEADS), "leads").location)
    with reading() as session:
        [case] = session.scalars(select(Case).join(ImportedFamily, ImportedFamily.case_id == Case.case_id))
        events = case_events.of(session, county.acting(session, "supervisor"), case)
    assert case.state == "LEAD"
    assert [(event.kind, event.details["line"]) for event in events] == [("lead_received", "缺生活费")]


def test_refused_rows_come_back_as_they_were_typed_with_what_to_mend(supervisor):
    wrong = family("2", VILLAGE, "=演示丙", birth="五月")
    address = upload(supervisor, table(*family("1", VILLAGE, "演示甲"), *wrong)).location
    page = supervisor.get(address).text
    assert "请写成 1990-05" in page and "=演示丙" not in page
    book = load_workbook(io.BytesIO(supervisor.get(f"{address}/refused.xlsx").data))
    [_, row] = book.active.iter_rows()
    assert "1990-05" in row[0].value and row[3].value == "=演示丙" and row[3].data_type == "s"
    # And mended in that very table it is taken
    row[5].value = "1990-05"
    mended = io.BytesIO()
    book.save(mended)
    assert "=演示丙" in supervisor.get(upload(supervisor, mended.getvalue()).location).text


def test_who_is_perhaps_here_already_is_taken_only_when_somebody_looked(supervisor):
    first = upload(supervisor, table(*family("1", VILLAGE, "演示甲", birth="1990-05"))).location
    taken_in(supervisor, first)
    before = counted(Case)
    other = upload(supervisor, table(*family("77", VILLAGE, "演示甲", birth="1990-05"))).location
    assert "同名" in taken_in(supervisor, other) and counted(Case) == before
    taken_in(supervisor, other, also_similar="yes")
    assert counted(Case) == before + 1


def test_a_village_of_another_county_is_refused(supervisor):
    page = supervisor.get(
        upload(supervisor, table(*family("1", factories.OTHER_DISTRICT + "001001", "演示甲"))).location
    ).text
    assert "不在您的辖区" in page


@pytest.mark.parametrize("content", [b"", b"not a table", b"PK\x03\x04 broken"])
def test_what_is_no_table_is_said_and_nothing_is_kept(supervisor, content):
    answer = upload(supervisor, content)
    assert answer.status_code == 422 and "import_unreadable" in answer.text and counted(Import) == 0


def test_a_list_that_is_too_long_is_refused_whole(supervisor, monkeypatch):
    monkeypatch.setattr(import_tables, "ROWS_MAX", 3)
    answer = upload(supervisor, table(*(row for n in range(4) for row in family(str(n), VILLAGE, "演示甲"))))
    assert answer.status_code == 413 and counted(Import) == 0


def test_the_table_itself_is_gone_after_a_month_and_what_came_of_it_stays(supervisor, clock):
    address = upload(supervisor, table(*family("1", VILLAGE, "演示甲"))).location
    taken_in(supervisor, address)
    assert jobs.forget_lists(clock()) == 0
    clock.advance(days=31)
    assert jobs.forget_lists(clock()) == 1
    with reading() as session:
        assert session.scalars(select(Import.sealed_file)).one() is None
        assert session.scalars(select(Import.taken)).one() == 1


def test_the_empty_table_takes_its_own_headings_back(supervisor):
    for kind in Kind:
        supervisor.get("/lists")
        rows = import_tables.rows_of(supervisor.get(f"/lists/blank/{kind.value}.xlsx").data)
        assert rows[0] == [column.title.zh for column in columns_of(kind)]


def test_a_list_is_nobody_elses(supervisor, at_desk):
    address = upload(supervisor, table(*family("1", VILLAGE, "演示甲"))).location
    assert at_desk("administrator").get(address).status_code == 404
