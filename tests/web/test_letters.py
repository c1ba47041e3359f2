"""Letters and extracts at the desk: who makes them, what they are made from, what becomes of them."""

import io
import json

import pytest
from docx import Document
from sqlalchemy import func, select

from fieldapp.actions import case_events, case_extracts, extracts, letters
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters import blanks, shipped, templates
from fieldapp.casework.letters.kinds import Kind
from fieldapp.errors import Problem
from fieldapp.forms import library
from fieldapp.models import scope
from fieldapp.models.accounts import Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.letters import ExtractShare, Letter, LetterNumber
from fieldapp.models.records import Revision
from tests import consent, factories, papers, reports

DUTY = {"basis": "duty", "basis_text": "社会救助暂行办法", "receiver_name": "示范县民政局", "purpose": "申请低保"}
ENTRUSTED = {"to_name": "邻县妇联", "asked": "近况和需要", "contact": "陈岚", "form": "回访"}


@pytest.fixture
def supervisor(session, county):
    return county.acting(session, "supervisor")


@pytest.fixture
def transfer(session, clock, county, forms):
    """The id of an approved transfer letter (F4)."""
    record_id = papers.approved(session, clock(), county)
    session.commit()
    return record_id


def made(desk, county, record_id, kind="transfer"):
    return desk.post(f"/letters/of/{county.case_id}/make", kind=kind, record=str(record_id))


def only(session, table=Letter):
    """The one row of a table, apart from the session: what it read would keep the desk from writing."""
    return rows_of(session, select(table))[0]


def rows_of(session, wanted):
    found = session.scalars(wanted).all()
    for row in found:
        if hasattr(row, "__table__"):
            session.expunge(row)
    session.rollback()
    return found


def texts_of(docx):
    document = Document(io.BytesIO(docx))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


# --- made -------------------------------------------------------------------------------------------------------------


def test_a_letter_is_made_from_one_revision_keeps_its_hash_and_is_sealed(at_desk, county, session, transfer):
    desk = at_desk("supervisor")
    assert made(desk, county, transfer).status_code == 303
    letter = only(session)
    (head,) = rows_of(session, select(Revision).where(Revision.record_id == transfer))
    assert (letter.revision_id, letter.content_hash) == (head.revision_id, head.content_hash)
    assert b"word/document.xml" not in letter.sealed_docx
    page = desk.get(f"/letters/of/{county.case_id}").text
    assert "线移〔2026〕1号" in page and "这一版已经制作过" in page
    printed = texts_of(desk.get(f"/letters/{letter.letter_id}/docx").data)
    assert "线移〔2026〕1号" in printed and "没有收入" in printed and papers.CARD not in printed
    sheet = desk.get(f"/letters/{letter.letter_id}/print").text
    assert "国家司法救助线索移送函" in sheet and "签发人（签名）" in sheet and "村里证明" in sheet
    acts = rows_of(session, select(AuditRow.act))
    assert {"make_letter", "read_letter", "read_letters"} <= set(acts)
    assert "线移〔2026〕1号" in desk.get(f"/cases/{county.case_id}").text


def test_making_it_again_from_the_same_revision_gives_the_same_letter(at_desk, county, session, transfer):
    desk = at_desk("supervisor")
    assert [made(desk, county, transfer).status_code for _ in range(2)] == [303, 303]
    assert only(session).number == 1


def test_a_letter_of_a_later_revision_takes_the_place_of_one_that_was_not_sent(
    session, clock, county, supervisor, transfer
):
    first = letters.make(session, supervisor, county.case_id, Kind.TRANSFER, transfer, clock())
    body = json.dumps({"answers": papers.LETTER}).encode()
    factories.revision(session, clock(), transfer, body)
    second = letters.make(session, supervisor, county.case_id, Kind.TRANSFER, transfer, clock())
    assert (first.superseded_at, first.number, second.number) == (clock(), 1, 2)
    with pytest.raises(Problem, match="letter_superseded"):
        letters.note_signed(session, supervisor, first.letter_id, clock())


def test_the_numbers_of_a_register_have_no_gap(session, clock, county, supervisor, transfer):
    with pytest.raises(Problem, match="letter_lacks_causal"):
        lacking = {**papers.LETTER, "four": {**papers.FOUR, "causal": None}}
        record_id = papers.approved(session, clock(), county, answers=lacking)
        letters.make(session, supervisor, county.case_id, Kind.TRANSFER, record_id, clock())
    letters.make(session, supervisor, county.case_id, Kind.TRANSFER, transfer, clock())
    session.commit()
    # What is rolled back gives its number back
    other = papers.approved(session, clock(), county)
    session.commit()
    assert letters.make(session, supervisor, county.case_id, Kind.TRANSFER, other, clock()).number == 2
    session.rollback()
    assert letters.make(session, supervisor, county.case_id, Kind.TRANSFER, other, clock()).number == 2
    # Another kind, and another year, count for themselves
    clock.advance(days=60)
    third = papers.approved(session, clock(), county)
    assert letters.make(session, supervisor, county.case_id, Kind.TRANSFER, third, clock()).number == 1
    assert session.scalar(select(func.count()).select_from(LetterNumber)) == 2


@pytest.mark.parametrize(
    ("part", "named"),
    [("harm", "第一项"), ("hardship", "第二项"), ("causal", "第三项"), ("situation", "第四项")],
)
def test_a_letter_that_lacks_a_content_is_refused_by_its_name(at_desk, county, session, clock, forms, part, named):
    answers = {**papers.LETTER, "four": {name: said for name, said in papers.FOUR.items() if name != part}}
    record_id = papers.approved(session, clock(), county, answers=answers)
    session.commit()
    desk = at_desk("supervisor")
    page = desk.get(f"/letters/of/{county.case_id}").text
    assert "还不能制作，缺：" in page and named in page and 'value="transfer"' not in page
    answer = made(desk, county, record_id)
    assert answer.status_code == 422 and f"letter_lacks_{part}" in answer.text and "（F4）" in answer.text
    assert session.scalar(select(func.count()).select_from(Letter)) == 0


def test_materials_may_follow_where_only_the_door_part_was_handed_in(at_desk, county, session, clock, forms):
    four = {
        "harm": "骨折",
        "follows": ["causal"],
        "causal_by": "2026-12-05",
        "hardship": "没有收入",
        "situation": ["A3"],
    }
    door = {**papers.LETTER["tl"], "variant": "follows", "visit_part": "door"}
    record_id = papers.approved(session, clock(), county, answers={**papers.LETTER, "tl": door, "four": four})
    session.commit()
    desk = at_desk("supervisor")
    assert made(desk, county, record_id).status_code == 303
    sheet = desk.get(f"/letters/{only(session).letter_id}/print").text
    assert "先行移送，材料后补：因果关系（2026-12-05前）" in sheet


def test_no_letter_is_made_from_a_report_that_was_not_approved(at_desk, county, session, clock, forms):
    record_id = papers.approved(session, clock(), county, state="in_review")
    session.commit()
    answer = made(at_desk("supervisor"), county, record_id)
    assert answer.status_code == 409 and "letter_not_from_this" in answer.text


def test_a_caseworker_prints_the_record_of_a_visit_and_makes_no_letter(
    at_desk, county, session, clock, forms, transfer
):
    told = reports.body(reports.investigation(county.subject_id), clock())
    visit, _ = factories.record(session, clock(), county, answers=told)
    session.commit()
    desk = at_desk("caseworker")
    assert made(desk, county, transfer).status_code == 404
    assert made(desk, county, visit, "visit").status_code == 303
    sheet = desk.get(f"/letters/{only(session).letter_id}/print").text
    assert "入户走访记录" in sheet and "我想让孩子把书读完" in sheet and "受访人（签名或捺印）" in sheet
    assert "柳树村" in sheet and "李雨、王禾" in sheet
    assert "丈夫去年去世" not in sheet  # of the class violence


def test_a_letter_made_is_an_event_of_the_file_in_its_class(session, clock, county, supervisor, transfer):
    letter = letters.make(session, supervisor, county.case_id, Kind.TRANSFER, transfer, clock())
    case = session.get_one(Case, (county.district, county.case_id))
    told = case_events.of(session, supervisor, case)[0]
    assert (told.kind, told.ref_id, told.sensitivity) == (Happened.LETTER_MADE, letter.letter_id, "violence")


def test_the_procuratorate_reads_the_letter_sent_to_it_and_no_other_paper(
    at_desk, county, session, clock, supervisor, transfer
):
    factories.person(session, clock(), Role.PROCURATORATE, county.district, login="proc")
    letter = letters.make(session, supervisor, county.case_id, Kind.TRANSFER, transfer, clock())
    session.commit()
    told = reports.body(reports.investigation(county.subject_id), clock())
    visit, _ = factories.record(session, clock(), county, answers=told, state="submitted")
    other = letters.make(session, supervisor, county.case_id, Kind.VISIT, visit, clock())
    session.commit()
    desk = at_desk("proc")
    assert desk.get(f"/letters/{letter.letter_id}/print").status_code == 200
    assert desk.get(f"/letters/{other.letter_id}/print").status_code == 404
    page = desk.get(f"/letters/of/{county.case_id}").text
    assert "线移〔2026〕1号" in page and "走访记录" not in page.split("制作", 1)[0]


def test_the_papers_of_a_minor_ask_a_reason_first(at_desk, county, session, clock, forms, monkeypatch, transfer):
    factories.record(session, clock(), county, form="F6", answers=b'{"answers":{}}')
    session.commit()
    answer = at_desk("supervisor").get(f"/letters/of/{county.case_id}")
    assert answer.status_code == 303 and "/reason" in answer.headers["Location"]


# --- what becomes of it -----------------------------------------------------------------------------------------------


def test_it_is_signed_then_sent_then_received(at_desk, county, session, transfer):
    desk = at_desk("supervisor")
    made(desk, county, transfer)
    note = f"/letters/{only(session).letter_id}/note"
    assert desk.post(note, what="sent").status_code == 409
    assert desk.post(note, what="received").status_code == 409
    assert [desk.post(note, what=what, receipt="示检3号").status_code for what in ("signed", "sent", "received")] == [
        303
    ] * 3
    letter = only(session)
    assert letter.signed_by == letter.sent_by == letter.received_by == county.supervisor_id
    page = desk.get(f"/letters/of/{county.case_id}").text
    assert "示检3号" in page and "示检3号".encode() not in letter.sealed_receipt


def test_a_scan_is_kept_sealed_and_does_nothing_when_it_is_opened(at_desk, county, session, transfer):
    desk = at_desk("supervisor")
    made(desk, county, transfer)
    at = f"/letters/{only(session).letter_id}/scans"
    assert desk.post(at, scan=(io.BytesIO(b"<script>"), "a.pdf")).status_code == 422
    assert desk.post(at, scan=(io.BytesIO(b"%PDF-1.7 x"), "a.png")).status_code == 303
    answer = desk.get(f"{at}/1")
    assert answer.data == b"%PDF-1.7 x" and answer.content_type == "application/pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "attachment" in answer.headers["Content-Disposition"]


# --- an entrusted visit -----------------------------------------------------------------------------------------------


def test_an_entrusted_visit_needs_the_safe_way_to_reach_her(at_desk, county, session):
    answer = at_desk("supervisor").post(f"/letters/of/{county.case_id}/entrust", **ENTRUSTED)
    assert answer.status_code == 422 and "letter_lacks_safe_contact" in answer.text and "近况和需要" in answer.text


def test_the_letter_that_entrusts_a_visit_says_whom_how_and_what(at_desk, session):
    desk = at_desk("supervisor")
    family = {"village": factories.VILLAGE, "name-0": "马兰", "sex-0": "female", "birth-0": "1990"}
    opened = desk.post("/cases/new", **family, safe="only_via_other", how="先找社区妇联主席")
    case_id = opened.headers["Location"].rpartition("/")[2]
    assert desk.post(f"/letters/of/{case_id}/entrust", **{**ENTRUSTED, "asked": ""}).status_code == 422
    # The day it is asked for is from today on and half a year ahead at most, as the page lets her choose
    assert 'name="due" min="2026-11-21" max="2027-05-20"' in desk.get(f"/letters/of/{case_id}").text
    for due, code in (
        ("2026-11-20", "visit_dates_reversed"), ("2027-05-21", "visit_not_then"), ("月底", "request_malformed"),
    ):  # fmt: skip
        refused = desk.post(f"/letters/of/{case_id}/entrust", **ENTRUSTED, due=due)
        assert refused.status_code in (400, 409, 422) and code in refused.text, due
    assert desk.post(f"/letters/of/{case_id}/entrust", **ENTRUSTED).status_code == 303
    sheet = desk.get(f"/letters/{only(session).letter_id}/print").text
    for said in ("委访〔2026〕1号", "邻县妇联", "马兰", "只能通过别人", "先找社区妇联主席", "近况和需要"):
        assert said in sheet, said


# --- extracts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def known(session, clock, county, forms):
    """A family of which an approved visit says something."""
    told = reports.body(reports.investigation(county.subject_id), clock())
    factories.record(session, clock(), county, answers=told, state="approved")
    session.commit()


def test_each_receiver_is_offered_what_its_work_needs_and_never_who_told_us(session, clock, county, supervisor, known):
    classes = {}
    for receiver in ("civil", "school", "proc", "health"):
        _, fields = extracts.offered(session, supervisor, county.case_id, receiver, clock())
        classes[receiver] = {one.sensitivity for one in fields}
        told = [one.text + one.label for one in fields if not one.key.endswith(":name")]
        assert not any(name in said for said in told for name in ("刘梅", "刘小树"))  # head of household, guardian
        assert any("刘某2 · " in said for said in told)
    assert classes["school"] == {"household"}
    assert classes["civil"] <= {"household", "money", "health"} and "violence" in classes["proc"]
    assert "money" not in classes["health"]
    assert not any("reporter" in found for found in classes.values())


def test_what_is_shared_is_logged_masked_and_its_copies_counted(at_desk, county, session, known, clock):
    desk = at_desk("supervisor")
    _, fields = extracts.offered(session, county.acting(session, "supervisor"), county.case_id, "civil", clock())
    chosen = [one.key for one in fields if one.key.endswith(":masked") or one.label.endswith("农村还是城镇")]
    session.rollback()
    sent = {"receiver": "civil", "fields": chosen, **DUTY}
    assert desk.post(f"/extracts/of/{county.case_id}", **sent).status_code == 303
    share = only(session, ExtractShare)
    for copies in (1, 2):
        sheet = desk.post(f"/extracts/{share.share_id}/copies").text
        assert f"第 {copies} 份" in sheet and "刘某" in sheet and "刘梅" not in sheet and "示范县民政局" in sheet
    page = desk.get(f"/letters/of/{county.case_id}").text
    assert "已打印 2 份" in page and "申请低保" in page and "社会救助暂行办法" in page
    rows = rows_of(session, select(AuditRow).where(AuditRow.act == "share_extract"))
    assert len(rows) == 1 and "民政局" not in rows[0].about


def test_an_extract_says_to_whom_for_what_and_on_what_ground(at_desk, county, known):
    desk, at = at_desk("supervisor"), f"/extracts/of/{county.case_id}"
    sent = {"receiver": "civil", "fields": ["code_name"], **DUTY}
    for change, code in (
        ({"purpose": " "}, "share_needs_words"),
        ({"basis_text": ""}, "share_needs_words"),
        ({"fields": []}, "share_needs_fields"),
        ({"fields": ["code_name", "nothing"]}, "share_needs_fields"),
        ({"basis": "consent"}, "share_without_consent"),
        ({"receiver": "neighbours"}, "share_receiver_unknown"),
    ):
        answer = desk.post(at, **{**sent, **change})
        assert answer.status_code in (409, 422) and code in answer.text, change


def test_a_field_beyond_what_the_receiver_needs_cannot_be_sent_along(session, clock, county, supervisor, known):
    _, fields = extracts.offered(session, supervisor, county.case_id, "proc", clock())
    harm = next(one.key for one in fields if one.sensitivity == "violence")
    with pytest.raises(Problem, match="share_needs_fields"):
        extracts.share(session, supervisor, county.case_id, receiver="civil", chosen=[harm], now=clock(), **DUTY)


def test_consent_names_the_receiver_and_a_refusal_takes_it_back(session, clock, county, supervisor, known):
    said = {"receiver": "civil", "chosen": ["code_name"], "now": clock(), **DUTY, "basis": "consent"}
    papers.approved(session, clock(), county, "F0", {"cs": {"share_with": ["civil"]}}, state="submitted")
    extracts.share(session, supervisor, county.case_id, **said)
    clock.advance(minutes=1)
    refused = {"cs": {"share_with": ["civil"], "share_refused": ["civil"]}}
    papers.approved(session, clock(), county, "F0", refused, state="submitted")
    with pytest.raises(Problem, match="share_without_consent"):
        extracts.share(session, supervisor, county.case_id, **said)


def test_what_stood_on_a_consent_she_took_back_is_neither_printed_nor_given_as_a_file(
    session, clock, county, supervisor, known
):
    said = {"receiver": "civil", "chosen": ["code_name"], "now": clock()}
    papers.approved(session, clock(), county, "F0", {"cs": {"share_with": ["civil"]}}, state="submitted")
    agreed = extracts.share(session, supervisor, county.case_id, **said, **{**DUTY, "basis": "consent"})
    ordered = extracts.share(session, supervisor, county.case_id, **said, **DUTY)
    case_extracts.as_file(session, supervisor, agreed.share_id, clock())
    consent.taken_back(session, clock(), county)
    for way in (extracts.print_copy, case_extracts.as_file):
        with pytest.raises(Problem, match="consent_withdrawn"):
            way(session, supervisor, agreed.share_id, clock())
        way(session, supervisor, ordered.share_id, clock())  # a duty does not ask her consent
    assert (agreed.copies, ordered.copies) == (1, 2)


# --- templates of the county, blank forms -----------------------------------------------------------------------------


def upload(desk, content, kind="transfer"):
    return desk.post("/letter-templates", kind=kind, file=(io.BytesIO(content), "县模板.docx"))


def own_template():
    document = Document(io.BytesIO(shipped.template_of(Kind.TRANSFER)))
    document.paragraphs[0].runs[0].text = "示范县移送函"
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def test_a_template_of_the_county_is_used_once_it_is_published_and_ours_comes_back(
    at_desk, county, session, clock, transfer
):
    admin, desk = at_desk("administrator"), at_desk("supervisor")
    assert upload(admin, own_template()).status_code == 303
    page = admin.get("/letter-templates").text
    at = page.split("/letter-templates/")[1].split("/")[0]
    preview = texts_of(admin.get(f"/letter-templates/{at}/preview").data)
    assert "示范县移送函" in preview and "马兰" in preview
    titles = []
    for act in (None, "publish", "end"):
        if act:
            assert admin.post(f"/letter-templates/{at}/{act}").status_code == 303
        record_id = papers.approved(session, clock(), county)
        session.commit()
        made(desk, county, record_id)
        newest = rows_of(session, select(Letter).order_by(Letter.number.desc()))[0]
        titles.append(texts_of(desk.get(f"/letters/{newest.letter_id}/docx").data).splitlines()[0])
    assert titles == ["国家司法救助线索移送函", "示范县移送函", "国家司法救助线索移送函"]


def test_a_template_that_is_refused_says_why_and_is_not_kept(at_desk, county):
    desk = at_desk("administrator")
    document = Document(io.BytesIO(own_template()))
    document.add_paragraph("{{ reporter_name }}")
    kept = io.BytesIO()
    document.save(kept)
    answer = upload(desk, kept.getvalue())
    assert answer.status_code == 422 and "不认识的占位符：reporter_name" in answer.text
    assert "没有，用系统自带的模板制作。" in desk.get("/letter-templates").text
    assert upload(desk, b"x").status_code == 422
    begin = desk.get("/letter-templates/shipped/transfer").data
    assert templates.refusals(Kind.TRANSFER, begin) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_form_of_the_library_can_be_printed_blank(language):
    for form, plan in library.plans().items():
        title, sections = blanks.sheet_of(plan, language)
        asked = [question for section in sections for question in section.questions]
        assert title and asked and all(question.label for question in asked), form
        assert all(question.lines or question.choices or question.is_signature for question in asked), form


def test_a_blank_form_has_boxes_lines_and_room_to_sign_in_both_languages(at_desk):
    desk = at_desk("caseworker")
    page = desk.get("/letters/blank/F2?language=zh").text
    assert "☐" in page and "○" in page and 'class="line"' in page and 'class="pen"' in page and "入户调查" in page
    assert "Household" in desk.get("/letters/blank/F2?language=en").text
    assert desk.get("/letters/blank/F99").status_code == 404


def test_who_told_us_is_the_source_of_no_paper_and_of_no_extract(session, clock, county, supervisor, forms):
    record_id = papers.approved(session, clock(), county, "F1R", {"lead": {"reporter_name": "吴桂芳"}})
    case = session.get_one(Case, (county.district, county.case_id))
    assert "reporter" in scope.classes_read(supervisor, case.village_code)
    assert letters.candidates(session, supervisor, case) == []
    for kind in Kind:
        with pytest.raises(Problem, match="not_found"):
            letters.make(session, supervisor, county.case_id, kind, record_id, clock())
    _, fields = extracts.offered(session, supervisor, county.case_id, "proc", clock())
    assert not any("吴桂芳" in one.text for one in fields)
