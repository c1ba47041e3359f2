"""What is made to hurt the compiler is refused by name, after few counted steps."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook

from fieldapp.forms import limits, parcel
from fieldapp.forms.limits import Budget
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.refusals import FormRefused
from fieldapp.forms.xform import compile_xform
from tests.unit.forms import mutate

FA = 'xmlns:fa="urn:fieldapp:form:1"'
NAMESPACES = (
    'xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
    f'xmlns:jr="http://openrosa.org/javarosa" {FA}'
)


def form(binds: str = "", questions: str = "<a/>", body: str = "", more: str = "", head: str = "") -> str:
    return (
        f"{head}<h:html {NAMESPACES}><h:head><h:title>T</h:title><model><instance><data id='T1' version='1'>"
        f"{questions}</data></instance>{more}{binds}</model></h:head><h:body>{body}</h:body></h:html>"
    )


def codes(compile_it: Callable[[Budget], Plan]) -> list[str]:
    """Codes of the refusals, after few steps."""
    budget = Budget()
    with pytest.raises(FormRefused) as caught:
        compile_it(budget)
    assert budget.spent <= limits.STEPS_MAX + 1
    assert all(refusal.zh and refusal.en for refusal in caught.value.refusals)
    return [refusal.code for refusal in caught.value.refusals]


def of_xform(xml: str | bytes) -> list[str]:
    return codes(lambda budget: compile_xform(xml, budget=budget))


def test_an_external_entity_is_not_fetched() -> None:
    head = '<!DOCTYPE h [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert of_xform(form(questions="<a>&x;</a>", head=head)) == ["doctype"]


def test_a_billion_laughs_are_not_expanded() -> None:
    laughs = [f"&l{i};" * 10 for i in range(9)]
    entities = "".join(f'<!ENTITY l{i} "{laugh}">' for i, laugh in enumerate(laughs, 1))
    head = f'<!DOCTYPE h [<!ENTITY l0 "ha">{entities}]>'
    assert of_xform(form(questions="<a>&l9;</a>", head=head)) == ["doctype"]


def test_a_quadratic_blowup_is_not_expanded() -> None:
    head = f'<!DOCTYPE h [<!ENTITY a "{"a" * 100_000}">]>'
    assert of_xform(form(questions=f"<a>{'&a;' * 10_000}</a>", head=head)) == ["doctype"]


def test_entities_in_another_encoding_are_seen_too() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE h [<!ENTITY x "y">]><a>&x;</a>'
    assert of_xform(text.encode("utf-16")) == ["doctype"]


@pytest.mark.parametrize(
    "xml", ["", "x", "<a>", "\ud800", b"\xff\xfe\x00", b"<?xml version='1.0' encoding='none'?><a/>", "<a>\0</a>"]
)
def test_what_is_no_xml_is_said_to_be_none(xml: str | bytes) -> None:
    assert of_xform(xml) == ["xml"]


def test_deep_nesting_is_refused() -> None:
    assert of_xform(form(questions="<g>" * 5000 + "</g>" * 5000)) == ["limit"]


def test_too_many_elements_attributes_and_questions_are_refused() -> None:
    assert of_xform(form(more="<bind/>" * 160_000)) == ["limit"]
    attributes = " ".join(f"b{i}=''" for i in range(100))
    assert of_xform(form(questions=f"<a {attributes}/>")) == ["limit"]
    assert of_xform(form(questions="".join(f"<q{i}/>" for i in range(2_500)))) == ["limit"]
    assert of_xform("<a>" + "x" * limits.XML_CHARACTERS_MAX) == ["limit"]


def test_repeats_in_repeats_have_an_end() -> None:
    deep = 12
    questions = "".join(f"<r{i}>" for i in range(deep)) + "<a/>" + "".join(f"</r{i}>" for i in reversed(range(deep)))
    paths = ["/data/" + "/".join(f"r{j}" for j in range(i + 1)) for i in range(deep)]
    body = "".join(f"<repeat nodeset='{path}'>" for path in paths) + "</repeat>" * deep
    assert "limit" in of_xform(form(questions=questions, body=body))


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("parentheses", "(" * 3_000 + "1" + ")" * 3_000),
        ("signs", "-" * 5_000 + "1"),
        ("a long sum", "1" + "+1" * 3_000),
        ("filters in filters", "/data/a" + "[1" * 500 + "]" * 500),
        ("calls in calls", "not(" * 1_500 + "1" + ")" * 1_500),
        ("an endless name", "a" * 100_000),
        ("blanks", "1" + " " * 7_000 + "+"),
    ],
)
def test_an_expression_that_goes_too_deep_or_too_far_is_refused(name: str, expression: str) -> None:
    assert set(of_xform(form(binds=f"<bind nodeset='/data/a' calculate='{expression}'/>"))) == {"expression"}


@pytest.mark.parametrize("pattern", ["a{99}" * 400, "a|" * 3_000 + "a", "((((a{99}){99}){99}){99})"])
def test_a_slow_or_swollen_regex_is_refused(pattern: str) -> None:
    bind = f"""<bind nodeset="/data/a" constraint="regex(., '{pattern}')"/>"""
    assert set(of_xform(form(binds=bind))) == {"regex"}


def test_a_regex_that_is_slow_elsewhere_runs_in_counted_steps_here() -> None:
    from fieldapp.forms.regex import compile_regex, matches

    program = compile_regex("(a|aa)+(b|a*)*c")
    assert not matches(program, "a" * 5_000) and matches(program, "a" * 5_000 + "c")


def test_a_chain_of_calculations_as_long_as_a_form_is_compiled_and_computed() -> None:
    from fieldapp.forms.evaluate import open_instance

    count = 1_900
    questions = "".join(f"<q{i}/>" for i in range(count))
    binds = "".join(f"<bind nodeset='/data/q{i}' calculate='/data/q{i + 1} + 1'/>" for i in range(count - 1))
    binds += f"<bind nodeset='/data/q{count - 1}' calculate='1'/>"
    budget = Budget()
    plan = compile_xform(form(questions=questions, binds=binds), budget=budget)
    assert open_instance(plan, now_ms=0).get("q0") == str(count) and budget.spent < 200_000
    circle = binds.replace("calculate='1'", "calculate='/data/q0'")
    assert of_xform(form(questions=questions, binds=circle)) == ["cycle"]


@pytest.mark.parametrize(("marks", "is_taken"), [(100, True), (4_000, False)])
def test_marks_in_marks_are_read_without_running_away(marks: int, is_taken: bool) -> None:
    label = "**a _b " * marks + "_ **" * marks
    xml = form(
        binds="<bind nodeset='/data/a' fa:sensitivity='household'/>",
        body=f"<input ref='/data/a'><label>{label}</label></input>",
    )
    if is_taken:
        compile_xform(xml)
    else:
        assert of_xform(xml) == ["limit"]


# --- tables and workbooks ---------------------------------------------------------------------------------------------


def of_table(source: str) -> list[str]:
    return codes(lambda budget: compile_xlsform(source, "md", budget=budget))


def test_huge_cells_rows_and_files_are_refused() -> None:
    assert of_table(mutate.RICH.replace("谁", "谁" * 40_000)) == ["limit"]
    rows = "\n".join(f"| | yn | c{i} | 甲 | A |" for i in range(25_000))
    assert of_table(mutate.RICH.replace("| settings |", f"{rows}\n| settings |")) == ["limit"]
    assert of_table("x" * (limits.SOURCE_BYTES_MAX + 1)) == ["limit"]


def test_groups_in_groups_have_an_end_before_pyxform_sees_them() -> None:
    rows = "\n".join(f"| | begin_group | g{i} | 组 | G |" for i in range(1_000))
    assert of_table(mutate.RICH.replace("| choices |", f"{rows}\n| choices |")) == ["limit"]


def test_text_that_is_no_unicode_is_refused() -> None:
    assert codes(lambda budget: compile_xlsform(b"\xff\xfe| survey |", "md", budget=budget)) == ["xlsform"]
    assert codes(lambda budget: compile_xlsform("| survey |\n| | \ud800 |", "md", budget=budget)) == ["xlsform"]


def workbook(parts: dict[str, bytes] | None = None, far: str | None = None) -> bytes:
    """The rich form as .xlsx; `parts` replace or add files of the zip, `far` is a cell that is filled too."""
    book = Workbook()
    sheets: dict[str, list[list[str]]] = {}
    name = ""
    for line in mutate.RICH.split("\n"):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells[0]:
            name = cells[0]
        else:
            sheets.setdefault(name, []).append(cells[1:])
    for sheet, rows in sheets.items():
        made = book.create_sheet(sheet)
        for row in rows:
            made.append(row)
    del book["Sheet"]
    if far:
        book["survey"][far] = "x"
    plain = io.BytesIO()
    book.save(plain)
    if not parts:
        return plain.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if info.filename not in parts:
                target.writestr(info, source.read(info))
        for part, content in parts.items():
            target.writestr(part, content)
    return changed.getvalue()


def of_workbook(content: bytes) -> list[str]:
    return codes(lambda budget: compile_xlsform(content, "xlsx", budget=budget))


def test_a_workbook_gives_the_same_plan_as_its_table_in_text() -> None:
    from_text = compile_xlsform(mutate.RICH, "md", mutate.ATTACHMENTS)
    assert compile_xlsform(workbook(), "xlsx", mutate.ATTACHMENTS).hash == from_text.hash


def test_a_zip_bomb_is_counted_while_it_is_unpacked() -> None:
    bomb = bytes(limits.WORKBOOK_BYTES_MAX + 1)
    assert of_workbook(workbook({"xl/media/image1.png": bomb})) == ["limit"]
    assert of_workbook(workbook({f"xl/worksheets/sheet{i}.xml": b"<a/>" for i in range(10, 400)})) == ["limit"]


def test_a_zip_that_lies_about_its_sizes_is_refused() -> None:
    content = bytearray(workbook({"xl/media/image1.png": bytes(5_000_000)}))
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"xl/media/image1.png"))
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size its directory claims
    assert of_workbook(bytes(content)) == ["workbook"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_so_that_it_cannot_be_counted_is_refused_unread(packing: int, monkeypatch: Any) -> None:
    content = forged("xl/media/image1.png", packing)
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda *_: pytest.fail("unpacked"))
    assert of_workbook(content) == ["workbook"]
    assert of_parcel(forged("form.md", packing)) == ["parcel_zip"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_that_lies_about_its_sizes_is_never_held_in_memory(packing: int) -> None:
    content = forged("form.md", packing)
    tracemalloc.start()
    try:
        assert of_parcel(content) == ["parcel_zip"]
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_the_files_of_an_archive_are_counted_together_while_they_are_read(monkeypatch: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a.csv", "b.csv", "c.csv"):
            archive.writestr(name, b"x" * 1000)
    monkeypatch.setattr(parcel, "UNPACKED_BYTES_MAX", 3000)
    assert of_parcel(buffer.getvalue()) == ["parcel_no_form"]
    monkeypatch.setattr(parcel, "UNPACKED_BYTES_MAX", 2999)
    assert of_parcel(buffer.getvalue()) == ["parcel_too_large"]


def forged(name: str, packing: int) -> bytes:
    """An archive of one file of 32 MB whose directory claims 100 bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        archive.writestr(name, bytes(32_000_000))
    content = bytearray(buffer.getvalue())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(content)


def of_parcel(content: bytes) -> list[str]:
    with pytest.raises(FormRefused) as caught:
        parcel.read([("all.zip", content)])
    return [refusal.code for refusal in caught.value.refusals]


def test_entities_in_a_workbook_are_refused() -> None:
    sheet = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><worksheet/>'
    assert of_workbook(workbook({"xl/worksheets/sheet1.xml": sheet})) == ["doctype"]
    utf_16 = sheet.decode().encode("utf-16")
    assert of_workbook(workbook({"xl/sharedStrings.xml": utf_16})) == ["workbook"]


@pytest.mark.parametrize("far", ["A1048576", "XFD3"])
def test_a_cell_far_away_is_refused_before_the_cells_between_are_made(far: str) -> None:
    assert of_workbook(workbook(far=far)) == ["limit"]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + bytes(100), b"not a zip at all" * 100])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    assert of_workbook(content) == ["workbook"]


def test_macros_are_refused() -> None:
    assert of_workbook(workbook({"xl/vbaProject.bin": b"x"})) == ["unsupported"]


# --- attachments ------------------------------------------------------------------------------------------------------

CSV_FORM = mutate.RICH


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xff\xff\xff",
        b"name,label\n" + b"a,b\n" * 70_000,
        b"name,label\n" + b"a" * 5_000 + b",x\n",
        ",".join(f"c{i}" for i in range(60)).encode() + b"\n",
        b"name,name\na,b\n",
        b"name,la bel!\na,b\n",
        b'name,label\n"a,b\n',
        b"name,label\n\0,b\n",
    ],
)
def test_a_list_that_cannot_be_read_is_refused_by_its_name(content: bytes) -> None:
    attachments = {**mutate.ATTACHMENTS, "county.csv": content}
    found = codes(lambda budget: compile_xlsform(CSV_FORM, "md", attachments, budget=budget))
    assert "list_file" in found


def test_a_picture_that_is_none_is_refused() -> None:
    attachments = {**mutate.ATTACHMENTS, "map.png": b"<svg onload='x'/>"}
    assert "media" in codes(lambda budget: compile_xlsform(CSV_FORM, "md", attachments, budget=budget))


def test_too_many_attachments_are_refused() -> None:
    attachments = {f"{i}.png": mutate.PNG for i in range(limits.ATTACHMENTS_MAX + 1)}
    assert codes(lambda budget: compile_xlsform(CSV_FORM, "md", attachments, budget=budget)) == ["limit"]
