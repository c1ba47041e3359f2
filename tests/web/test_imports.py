"""A list of families at the desk: read first, then taken in, each family once; refused rows come back to be mended."""

import io
from uuid import UUID

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from fieldapp import jobs
from fieldapp.actions import case_events, erasures
from fieldapp.casework import import_tables
from fieldapp.casework.import_rows import Kind, columns_of
from fieldapp.db import reading, writing
from fieldapp.models import casefiles
from fieldapp.models.cases import Case, CaseKey, CasePerson
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


def test_an_erased_family_is_on_no_list_that_lies_here(supervisor, county, clock):
    # Given a list that brought her, one that only names her, and one that does not
    hers = upload(supervisor, table(*family("1", VILLAGE, "演示甲"), *family("2", VILLAGE, "演示丙"))).location
    taken_in(supervisor, hers)
    named = upload(supervisor, table(*family("7", factories.OTHER_VILLAGE, "演示甲", "演示丁"))).location
    others = upload(supervisor, table(*family("3", VILLAGE, "演示戊"))).location

    def open_lists():
        with reading() as session:
            ids = session.scalars(select(Import.import_id).where(Import.sealed_file.is_not(None)))
            return {f"/lists/{import_id}" for import_id in ids}

    assert open_lists() == {hers, named, others}
    with writing() as session:
        rows = session.scalars(select(ImportedFamily).order_by(ImportedFamily.case_id)).all()
        files = [session.get_one(Case, (row.district, row.case_id)) for row in rows]
        people = {casefiles.people_of(session, case)[0]["name"]: case.case_id for case in files}
        erasures.clear_family(session, county.district, people["演示甲"], clock())
    assert open_lists() == {others}
    # And again, when a restore that brought the list back replays it, and the name opens no more
    with writing() as session:
        brought = session.get_one(ImportedFamily, (county.district, people["演示甲"]))
        session.get_one(Import, (county.district, brought.import_id)).sealed_file = b"brought back"
        erasures.clear_family(session, county.district, people["演示甲"], clock())
        assert session.get_one(Import, (county.district, brought.import_id)).sealed_file is None


@pytest.mark.parametrize("damaged", ["list", "person"])
def test_a_damaged_list_or_name_keeps_no_family_from_being_erased(supervisor, county, clock, damaged):
    # Given two lists that open, of which the first brought her, and one whose bytes are damaged
    brought = upload(supervisor, table(*family("1", VILLAGE, "演示甲"))).location
    taken_in(supervisor, brought)
    others = upload(supervisor, table(*family("3", VILLAGE, "演示戊"))).location
    broken = upload(supervisor, table(*family("4", VILLAGE, "演示己"))).location
    with writing() as session:
        [row] = session.scalars(select(ImportedFamily))
        case = session.get_one(Case, (row.district, row.case_id))
        if damaged == "list":
            session.get_one(Import, (row.district, UUID(broken.rsplit("/")[-1]))).sealed_file = b"damaged"
        else:
            person = session.get_one(CasePerson, (row.district, row.case_id, case.subject_id))
            person.sealed_details = b"damaged"
    with writing() as session:
        erasures.clear_family(session, county.district, case.case_id, clock())
    with reading() as session:
        left = {
            f"/lists/{one}" for one in session.scalars(select(Import.import_id).where(Import.sealed_file.is_not(None)))
        }
        # A name that does not open is looked for on no other list; a list that does not open loses its bytes
        assert left == ({others} if damaged == "list" else {others, broken})
        assert session.get(CaseKey, (county.district, case.case_id)) is None


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


def test_who_stands_on_one_list_twice_is_taken_once_unless_somebody_looked(supervisor):
    before = counted(Case)
    content = table(*family("1", VILLAGE, "演示甲"), *family("2", VILLAGE, "演示甲"), *family("3", VILLAGE, "演示丙"))
    address = upload(supervisor, content).location
    assert "（本表户号 1）" in supervisor.get(address).text
    taken_in(supervisor, address)
    assert counted(Case) == before + 2
    taken_in(supervisor, address, also_similar="yes")
    assert counted(Case) == before + 3


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
