"""Publishing a form at the desk: upload, what was understood, refusals, comparison, publish, withdraw."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from openpyxl import Workbook
from pyxform.xls2xform import convert
from sqlalchemy import select

from fieldapp.actions import form_views, plans, publishing
from fieldapp.db import reading
from fieldapp.errors import Problem
from fieldapp.forms import library, parcel
from fieldapp.forms.plan import load_plan
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.forms import CandidateFile, FormCandidate, FormFile, FormVersion
from tests import factories

SETTINGS = """
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | K1 | 水井登记 / Wells | {version} | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""
SURVEY = """
| survey |
| | type | name | label::中文 (zh) | label::English (en) | relevant | constraint |bind::fa:sensitivity |bind::fa:moment|
| | begin_group | well | 水井 | The well | | | household | |
| | select_one yn | has | 有水井吗？ | Is there a well? | | | | |
| | integer | depth | 有多深（米）？ | How deep, in metres? | ${has} = 'yes' | . > 0 and . < 500 | | |
| | text | line | 补充 | Anything else | | | | desk |
| | end_group | | | | | | | |
"""
CHOICES = """
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) |
| | yn | yes | 有 | yes |
| | yn | no | 没有 | no |
"""


def wells(version=1, survey=SURVEY, choices=CHOICES):
    """A small form as a table of text."""
    return (survey + choices + SETTINGS.format(version=version)).strip().encode()


def unclassified():
    return wells(survey=SURVEY.replace("household", ""))


@pytest.fixture
def look(app):
    def into():
        return reading()

    with app.app_context():
        yield into


@pytest.fixture
def desk(at_desk):
    return at_desk("administrator")


def upload(desk, *files):
    """Choose these files and send them; the address of what they became."""
    chosen = [(io.BytesIO(content), name) for name, content in files]
    answer = desk.post("/forms", files=chosen)
    return answer.headers.get("Location", "") if answer.status_code == 303 else answer


def hidden(desk, name):
    return desk.page.split(f'name="{name}" value="')[1].split('"')[0]


def publish(desk, address, *, roles=("caseworker",), **changed):
    desk.get(address)
    read = {"plan_hash": hidden(desk, "plan_hash"), "over": hidden(desk, "over"), **changed}
    return desk.post(f"{address}/publish", roles=list(roles), **read)


def packed(files):
    """A zip of these files, {name: bytes}."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def workbook(parts):
    return packed({"xl/workbook.xml": b"<workbook/>", "[Content_Types].xml": b"<Types/>", **parts})


# === upload, and what was understood ==================================================================================


def test_an_upload_is_kept_and_shows_what_was_understood(desk, look):
    address = upload(desk, ("水井.md", wells()))
    page = desk.get(address).text
    for said in ("水井登记", "Is there a well?", "${has} = &#39;yes&#39;", "${depth} &gt; 0", "K1", "家庭", "在门前"):
        assert said in page
    assert "发布第 1 版" in page
    with look() as session:
        kept = session.scalars(select(FormCandidate)).one()
        assert (kept.state, kept.form, kept.version) == ("ready", "K1", 1)
        assert session.scalars(select(CandidateFile.content)).one() == wells()
        assert session.get(FormVersion, ("K1", 1)) is None, "nothing changes for anybody until it is published"
        row = session.scalars(select(AuditRow).where(AuditRow.act == "form_upload")).one()
        assert json.loads(row.about) == {"candidate": str(kept.candidate_id), "form": "K1", "version": 1, "refusals": 0}


def test_a_refused_upload_is_kept_with_every_reason_and_its_place(desk, look):
    address = upload(desk, ("水井.md", unclassified()))
    page = desk.get(address).text
    assert "没有敏感级别" in page and "survey" in page and "发布第" not in page
    listed = desk.get(f"{address}/refusals.csv")
    lines = listed.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "工作表或文件,行,列,代码,哪里不对" and lines[1].startswith("survey,3,")
    assert listed.headers["Content-Disposition"] == "attachment; filename=refusals.csv"
    with look() as session:
        kept = session.scalars(select(FormCandidate)).one()
        assert kept.state == "refused" and kept.plan is None
    files = desk.get(f"{address}/files/0")
    assert files.data == unclassified() and files.headers["Content-Type"] == "application/octet-stream"


def test_the_reasons_are_told_in_the_language_of_the_reader(desk):
    address = upload(desk, ("wells.md", unclassified()))
    desk.post("/language", language="en", next="/")
    assert "has no sensitivity" in desk.get(address).text
    assert "has no sensitivity" in desk.get(f"{address}/refusals.csv").data.decode("utf-8-sig")


def test_a_form_comes_in_an_archive_with_what_belongs_to_it(desk, look):
    address = upload(
        desk, ("all.zip", packed({"k/form.md": wells(), "k/list.csv": b"name,label\n1,a\n", "__MACOSX/x": b"x"}))
    )
    page = desk.get(address).text
    assert "发布第 1 版" in page and "list.csv" in page, "a file that no question uses is named"
    assert publish(desk, address).status_code == 303
    with look() as session:
        version = session.get(FormVersion, ("K1", 1))
        source = session.get(FormFile, version.source_file)
        assert source.kind == "source" and source.content == wells()


def test_every_form_of_the_library_can_be_uploaded_and_read(desk):
    for form_id in library.plans():
        source = Path(library.__file__).parent / f"{form_id}.md"
        page = desk.get(upload(desk, (source.name, source.read_bytes()))).text
        assert "系统读到的内容" in page and form_id in page


def test_words_of_a_form_are_shown_as_text(desk):
    evil = "<script>alert(1)</script><b>x</b>"
    address = upload(desk, ("<img src=x>.md", wells(survey=SURVEY.replace("有水井吗？", evil))))
    page = desk.get(address).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "<img src=x>" not in page
    tried = desk.get(f"{address}/preview").text
    assert "<script>alert" not in tried and "\\u003cscript\\u003ealert" in tried


PLACES = "name,label::中文 (zh),label::English (en)\n" + "".join(f"v{n},村{n},Village {n}\n" for n in range(400))
FROM_FILE = SURVEY.replace(
    "| | end_group |",
    "| | select_one_from_file places.csv | place | 哪个村？ | Which village? | | | | |\n| | end_group |",
)


def as_workbook(table):
    """The same form as a spreadsheet program saves it."""
    book = Workbook()
    book.remove(book.active)
    for line in table.decode().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0]:
            sheet = book.create_sheet(cells[0])
        elif line.strip():
            sheet.append([cell or None for cell in cells[1:]])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def as_csv(table):
    rows = [line.strip().strip("|").split("|") for line in table.decode().splitlines() if line.strip()]
    return "\n".join(",".join(f'"{cell.strip()}"' for cell in row) for row in rows).encode()


def as_xform(table):
    return convert(table.decode(), file_type=".md", validate=False).xform.encode()


@pytest.mark.parametrize(
    ("ending", "write"), [("md", bytes), ("xlsx", as_workbook), ("csv", as_csv), ("xml", as_xform)]
)
def test_a_form_may_come_as_workbook_table_or_xform(desk, look, ending, write):
    address = upload(desk, (f"wells.{ending}", write(wells())))
    assert "发布第 1 版" in desk.get(address).text
    assert publish(desk, address).status_code == 303
    with look() as session:
        plan = json.loads(session.get(FormVersion, ("K1", 1)).plan)
        assert [node["name"] for node in plan["nodes"][1:]] == ["well", "has", "depth", "line"]


def test_a_long_list_is_kept_beside_the_plan_under_its_hash(desk, look):
    address = upload(desk, ("wells.md", wells(survey=FROM_FILE)), ("places.csv", PLACES.encode()))
    page = desk.get(address).text
    assert "400 项" in page and "单独的文件" in page
    tried = desk.get(f"{address}/preview").text
    assert '"v399"' in tried, "the list can be tried at once"
    assert publish(desk, address).status_code == 303
    with look() as session:
        plan = plans.plan_of(session, "K1", 1)
        (kept,) = session.scalars(select(FormFile).where(FormFile.kind == "list"))
        assert hashlib.sha256(kept.content).hexdigest() == kept.hash and kept.size == len(kept.content)
        assert len(plan.files[kept.hash]["rows"]) == 400, "the server evaluates with the same list"


def test_a_list_that_is_missing_is_refused_by_its_name(desk):
    page = desk.get(upload(desk, ("wells.md", wells(survey=FROM_FILE)))).text
    assert "places.csv" in page and "attachment" in page


# === bad input: each a clear refusal, nothing lost ====================================================================


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("form.exe", b"MZ", "parcel_kind"),
        ("form", b"x", "parcel_kind"),
        ("form.xlsm", b"PK", "parcel_macros"),
        ("form.xls", b"\xd0\xcf\x11\xe0", "parcel_old_workbook"),
        ("form.xlsx", b"not a workbook", "workbook"),
        ("form.xlsx", b"\xd0\xcf\x11\xe0 locked", "parcel_locked"),
        ("form.xlsx", workbook({"xl/vbaProject.bin": b"x"}), "unsupported"),
        ("form.xlsx", workbook({"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "doctype"),
        ("form.xlsx", workbook({"xl/styles.xml": "<!DOCTYPE x><x/>".encode("utf-16")}), "workbook"),
        ("form.xlsx", workbook({}), "xlsform"),
        ("form.md", b"", "parcel_empty"),
        ("form.md", b"\xff\xfe\x00", "parcel_text"),
        ("form.md", b"hello", "xlsform"),
        ("list.csv", b"name,label\n1,a\n", "parcel_no_form"),
        ("form.xml", b"<a>", "xml"),
        ("form.xml", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "doctype"),
        ("all.zip", b"PK\x03\x04 broken", "parcel_zip"),
        ("all.zip", packed({"a.md": wells(), "b.md": wells()}), "parcel_two_forms"),
        ("all.zip", packed({"a/list.csv": b"x", "b/list.csv": b"y", "f.md": wells()}), "parcel_twice"),
        ("all.zip", packed({f"{n}.csv": b"x" for n in range(101)}), "parcel_too_many"),
        ("all.zip", packed({"inner.zip": packed({"form.md": wells()})}), "parcel_kind"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name_and_kept(desk, look, name, content, code):
    address = upload(desk, (name, content))
    assert code in desk.get(address).text
    with look() as session:
        assert session.scalars(select(CandidateFile.content)).all() == [content]
        told = json.loads(session.scalars(select(FormCandidate.told)).one())
        assert code in [one["code"] for one in told["refusals"]]
        assert all(one["zh"] and one["en"] for one in told["refusals"])


def test_a_bomb_is_never_inflated(monkeypatch):
    # Given an archive that claims far more than it weighs
    bomb = packed({f"{n}.csv": b"\0" * 1024 * 1024 for n in range(40)})
    assert len(bomb) < 100_000
    # When it is judged, no byte of it is read
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("inflated"))
    assert [one.code for one in publishing.judge([("all.zip", bomb)]).refusals] == ["parcel_too_large"]


def test_a_workbook_that_grows_without_end_is_refused():
    grown = workbook({f"xl/{n}.xml": b"\0" * 1024 * 1024 for n in range(50)})
    assert [one.code for one in publishing.judge([("form.xlsx", grown)]).refusals] == ["limit"]


def test_an_archive_that_lies_about_its_size_is_refused(desk):
    told = bytearray(packed({"form.md": wells() * 50}))
    at = told.rindex(b"PK\x01\x02")
    told[at + 24 : at + 28] = (100).to_bytes(4, "little")  # the size its directory claims
    assert [one.code for one in publishing.judge([("all.zip", bytes(told))]).refusals] == ["parcel_zip"]


def test_names_of_an_archive_made_on_a_chinese_windows_are_read(desk):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("xx.md"), wells())
    name = "表".encode("gb18030")
    content = made.getvalue().replace(b"xx.md", name + b".md")
    assert publishing.judge([("all.zip", content)]).name == "表.md"


def test_a_table_saved_as_gbk_is_read(desk):
    judged = publishing.judge([("form.md", wells().decode().encode("gb18030"))])
    assert judged.plan is not None and judged.plan.json["title"]["zh"] == "水井登记"


@pytest.mark.parametrize("limit", [("bp.max_body_bytes", 500), ("parcel.UPLOAD_BYTES_MAX", 999)])
def test_too_much_at_once_is_said(desk, look, monkeypatch, limit):
    monkeypatch.setattr(f"fieldapp.web.forms.{limit[0]}", limit[1])
    answer = upload(desk, ("form.md", b"x" * 1000))
    assert answer.status_code == 413 and "一次最多 16 MB" in answer.text
    with look() as session:
        assert session.scalars(select(FormCandidate)).all() == []


def test_no_file_is_said_on_the_page(desk):
    answer = upload(desk, ("", b""))
    assert answer.status_code == 422 and "没有选择文件" in answer.text and "上传表单" in answer.text


def test_a_reader_that_breaks_on_a_file_loses_nothing(desk, look, monkeypatch):
    def broken(_):
        raise RecursionError

    monkeypatch.setattr(parcel, "compiled", broken)
    assert "unreadable" in desk.get(upload(desk, ("form.md", wells()))).text
    with look() as session:
        assert session.scalars(select(CandidateFile.content)).one() == wells()


def test_a_list_of_refusals_holds_no_formula(desk):
    address = upload(desk, ("=cmd.exe", b"x"))
    listed = desk.get(f"{address}/refusals.csv").data.decode("utf-8-sig")
    assert "'=cmd.exe" in listed


# === compare, publish, withdraw =======================================================================================


def test_what_is_published_reaches_the_phones_of_whom_it_is_for(desk, look, county):
    answer = publish(desk, upload(desk, ("wells.md", wells())), roles=["caseworker"])
    assert answer.status_code == 303 and answer.headers["Location"] == "/forms/versions/K1/1"
    with look() as session:
        published = session.get(FormVersion, ("K1", 1))
        assert published.published_by == county.administrator_id and published.roles == "caseworker"
        assert session.scalars(select(AuditRow.act).where(AuditRow.act == "form_publish")).one()
    page = desk.get("/forms").text
    assert "水井登记" in page and "第 1 版" in page


def test_the_upload_is_compared_with_what_is_published(desk):
    publish(desk, upload(desk, ("wells.md", wells())))
    survey = (
        SURVEY.replace("${has} = 'yes'", "${has} != 'no'")
        .replace("Anything else", "Something else")
        .replace("| | end_group |", "| | text | owner | 谁家的？ | Whose is it? | | | health | |\n| | end_group |")
    )
    choices = CHOICES + "| | yn | dry | 干了 | dry |\n"
    page = desk.get(upload(desk, ("wells.md", wells(2, survey, choices)))).text
    told = page[page.index("compare-title") :]
    assert "well.owner" in told and "谁家的？" in told
    assert "<del>${has} = &#39;yes&#39;</del> <ins>${has} != &#39;no&#39;</ins>" in told
    assert "<ins>Something else</ins>" in told and "dry" in told
    assert "发布第 2 版" in page


@pytest.mark.parametrize(("version", "survey"), [(1, SURVEY.replace("补充", "其他")), (2, SURVEY)])
def test_a_published_version_never_changes_and_the_next_one_is_higher(desk, look, version, survey):
    publish(desk, upload(desk, ("wells.md", wells(2))))
    address = upload(desk, ("wells.md", wells(version, survey)))
    page = desk.get(address).text
    assert "发布第" not in page
    with look() as session:
        kept = form_views.candidate_view(session, acting_of(session), uuid_of(address)).candidate
    answer = desk.post(f"{address}/publish", plan_hash=kept.plan_hash, over="2", roles="caseworker")
    assert answer.status_code == 409 and "版本号没有提高" in answer.text
    with look() as session:
        assert [row.version for row in session.scalars(select(FormVersion).where(FormVersion.form == "K1"))] == [2]


def acting_of(session):
    person = session.scalars(select(factories.Person).where(factories.Person.name == "周木")).one()
    return factories.acting_for(session, person.district, person.person_id)


def uuid_of(address):
    return UUID(address.rsplit("/", 1)[1])


def test_of_two_administrators_at_once_one_publishes_and_the_other_is_told(desk, at_desk, session, county, clock, look):
    factories.person(session, clock(), Role.ADMINISTRATOR, county.district, name="吴远", login="other")
    session.commit()
    other = at_desk("other")
    mine, theirs = (upload(one, ("wells.md", wells(n))) for one, n in ((desk, 1), (other, 2)))
    # Given both read their page before either acts
    other.get(theirs)
    read = {"plan_hash": hidden(other, "plan_hash"), "over": hidden(other, "over")}
    assert publish(desk, mine).status_code == 303
    # When the slower one publishes what she read
    answer = other.post(f"{theirs}/publish", roles="caseworker", **read)
    # Then nothing is published, she is told, and her upload stays
    assert answer.status_code == 409 and "已有人先发布了" in answer.text and "发布第 2 版" in answer.text
    with look() as session:
        assert session.get(FormVersion, ("K1", 2)) is None


def test_the_same_upload_is_published_once(desk, at_desk):
    address = upload(desk, ("wells.md", wells()))
    desk.get(address)
    read = {"plan_hash": hidden(desk, "plan_hash"), "over": ""}
    assert desk.post(f"{address}/publish", roles="caseworker", **read).status_code == 303
    assert desk.post(f"{address}/publish", roles="caseworker", **read).status_code == 409


def test_a_form_for_nobody_is_not_published(desk):
    answer = publish(desk, upload(desk, ("wells.md", wells())), roles=[])
    assert answer.status_code == 422 and "请选择谁来填写" in answer.text


def test_a_village_cadre_gets_no_form_that_asks_about_harm(desk):
    address = upload(desk, ("wells.md", wells(survey=SURVEY.replace("household", "violence"))))
    answer = publish(desk, address, roles=["village"])
    assert answer.status_code == 422 and "不能交给村居干部" in answer.text


def test_a_refused_upload_cannot_be_published_or_tried(desk):
    address = upload(desk, ("wells.md", unclassified()))
    desk.get(address)
    assert desk.post(f"{address}/publish", plan_hash="", over="", roles="caseworker").status_code == 409
    assert desk.get(f"{address}/preview").status_code == 409


def test_a_withdrawn_version_begins_nothing_and_says_why(desk, look, county):
    publish(desk, upload(desk, ("wells.md", wells())))
    publish(desk, upload(desk, ("wells.md", wells(2))))
    page = desk.get("/forms/versions/K1/2").text
    assert "将重新使用第 1 版" in page
    assert desk.post("/forms/versions/K1/2/withdraw", reason="  ").status_code == 422
    assert desk.post("/forms/versions/K1/2/withdraw", reason="x" * 501).status_code == 422
    assert desk.post("/forms/versions/K1/2/withdraw", reason="<b>题目有误</b>").status_code == 303
    page = desk.get("/forms/versions/K1/2").text
    assert "&lt;b&gt;题目有误&lt;/b&gt;" in page and "题目有误</b>" not in page
    assert desk.post("/forms/versions/K1/2/withdraw", reason="again").status_code == 409
    with look() as session:
        row = session.get(FormVersion, ("K1", 2))
        assert row.withdrawn_by == county.administrator_id
        assert plans.plan_of(session, "K1", 2) is not None, "drafts go on with it"
        act = session.scalars(select(AuditRow).where(AuditRow.act == "form_withdraw")).one()
        assert json.loads(act.about) == {"form": "K1", "version": 2}, "a reason is a person's words: not in the chain"
    assert "第 1 版" in desk.get("/forms").text


def test_what_is_begun_is_counted_by_version(desk, session, county, clock):
    factories.record(session, clock(), county, state="returned", form="K1")
    session.commit()
    publish(desk, upload(desk, ("wells.md", wells())))
    assert "第 1 版: 1" in desk.get("/forms/versions/K1/1").text
    assert "第 1 版: 1" in desk.get(upload(desk, ("wells.md", wells(2)))).text


# === who may ==========================================================================================================


def test_forms_are_not_there_for_others(at_desk):
    publish(at_desk("administrator"), upload(at_desk("administrator"), ("wells.md", wells())))
    desk = at_desk("supervisor")
    for address in ("/forms", "/forms/versions/K1/1", "/forms/versions/K1/1/preview"):
        assert desk.get(address).status_code == 404
    assert upload(desk, ("wells.md", wells())).status_code == 404
    assert 'href="/forms"' not in desk.get("/").text


def test_an_administrator_of_one_township_has_no_say(at_desk, session, county, clock):
    factories.person(session, clock(), Role.ADMINISTRATOR, factories.TOWNSHIP, name="钱路", login="town")
    session.commit()
    desk = at_desk("town")
    assert desk.get("/forms").status_code == 404
    assert upload(desk, ("wells.md", wells())).status_code == 404
    desk.get("/admin/people")
    assert 'href="/forms"' not in desk.page


def test_an_upload_of_another_county_is_not_found(desk, app, config, session, clock):
    factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    address = upload(desk, ("wells.md", wells()))
    acting = Acting(
        factories.OTHER_DISTRICT, factories.new_id(), "x", ((Role.ADMINISTRATOR, factories.OTHER_DISTRICT),)
    )
    with reading() as other, pytest.raises(Problem, match="not_found"):
        form_views.candidate_view(other, acting, uuid_of(address))


def test_an_upload_needs_the_token_and_its_own_origin(desk):
    sent = {"files": (io.BytesIO(wells()), "wells.md")}
    assert desk.post("/forms", headers={"Origin": "http://elsewhere.example"}, **sent).status_code == 403
    sent = {"files": (io.BytesIO(wells()), "wells.md"), "csrf_token": "x"}
    assert desk.post("/forms", **sent).status_code == 400


# === pictures =========================================================================================================

ILLUSTRATED = SURVEY.replace("|bind::fa:moment|", "|bind::fa:moment| media::image |").replace(
    "well? | | | | |", "well? | | | | | map.png |"
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


def illustrated(picture=PICTURE):
    return packed({"wells.md": wells(survey=ILLUSTRATED), "map.png": picture})


def test_a_picture_of_a_form_is_shown_at_the_desk_to_whoever_signs_in(desk, at_desk):
    page = desk.get(f"{upload(desk, ('all.zip', illustrated()))}/preview").text
    address = page.split('"map.png": "')[1].split('"')[0]
    for login in ("administrator", "supervisor"):
        shown = at_desk(login).get(address)
        assert (shown.data, shown.content_type) == (PICTURE, "image/png")
    assert at_desk("supervisor").get(address.replace(".png", ".mp4")).status_code == 404
    hashed = hashlib.sha256(wells(survey=ILLUSTRATED)).hexdigest()
    assert at_desk("administrator").get(f"/forms/media/{hashed}.png").status_code == 404, "a source is no picture"


def test_a_picture_too_large_for_phones_is_said_at_the_upload(desk):
    page = desk.get(upload(desk, ("all.zip", illustrated(PICTURE + bytes(1_000_000))))).text
    assert "map.png 太大，不会发到手机上" in page
    assert "不会发到手机上" not in desk.get(upload(desk, ("all.zip", illustrated()))).text


# === on the phones ====================================================================================================


def test_phones_get_a_published_form_and_learn_of_its_withdrawal(desk, enrolled, clock):
    worker, cadre = enrolled("caseworker"), enrolled("cadre")
    worker.sync_all()
    # When a form is published for caseworkers
    publish(desk, upload(desk, ("wells.md", wells())), roles=["caseworker"])
    clock.advance(minutes=11)
    for phone in (worker, cadre):
        phone.sync_all()
    # Then theirs is the plan, byte for byte what was published, and nobody else's
    assert worker.device.held["plan:K1@1"]["form_id"] == "K1"
    assert "withdrawn" not in worker.device.held["plan:K1@1"]
    assert "plan:K1@1" not in cadre.device.held
    # When it is withdrawn, the plan stays for drafts, and is marked
    desk.sign_in("administrator")
    desk.post("/forms/versions/K1/1/withdraw", reason="题目有误")
    clock.advance(minutes=11)
    worker.sync_all()
    marked = worker.device.held["plan:K1@1"]
    assert marked.pop("withdrawn") is True and load_plan(marked).form_id == "K1"
    # And a phone that is told once hears no more of it
    clock.advance(minutes=11)
    assert worker.sync()["page"]["changes"] == []


def test_an_older_version_takes_over_on_a_phone_that_never_had_it(desk, enrolled, clock):
    for version in (1, 2):
        publish(desk, upload(desk, ("wells.md", wells(version))))
    worker = enrolled("caseworker")
    worker.sync_all()
    assert "plan:K1@2" in worker.device.held and "plan:K1@1" not in worker.device.held
    desk.post("/forms/versions/K1/2/withdraw", reason="题目有误")
    clock.advance(minutes=11)
    worker.sync_all()
    assert worker.device.held["plan:K1@2"]["withdrawn"] is True and "plan:K1@1" in worker.device.held


def test_a_record_of_a_published_form_is_taken_also_after_its_withdrawal(desk, enrolled, county, clock, look):
    publish(desk, upload(desk, ("wells.md", wells())))
    worker = enrolled("caseworker")
    worker.sync_all()
    desk.post("/forms/versions/K1/1/withdraw", reason="题目有误")
    body = {"answers": {"well": {"has": "yes", "depth": 12}}}
    item = worker.fill_in(county, form="K1", form_version=1, body=body)
    worker.sync_all()
    assert worker.result(item)["status"] == "ok"
