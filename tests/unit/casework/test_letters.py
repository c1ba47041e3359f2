"""What goes on paper, what never does, and what a letter is refused for."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from docx import Document

from fieldapp.casework import report
from fieldapp.casework.letters import contexts, kinds, placeholders, shipped, templates
from fieldapp.casework.letters.contexts import Told, context_of, missing_of
from fieldapp.casework.letters.kinds import Kind
from fieldapp.db import milliseconds
from fieldapp.forms import evaluate, library
from tests import factories, reports
from tests.papers import FOUR, LETTER

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def told(form, answers):
    plan = library.plans()[form]
    instance = evaluate.open_instance(
        plan, answers, now_ms=milliseconds(NOW), zone="Asia/Shanghai", language="zh", recorded={}
    )
    return Told(report.sections_of(instance, "zh"))


def without(part, **more):
    return told("F4", {**LETTER, "four": {**{k: v for k, v in FOUR.items() if k != part}, **more}})


def texts_of(docx):
    document = Document(io.BytesIO(docx))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


# --- what stands in them ----------------------------------------------------------------------------------------------


def test_a_transfer_letter_says_its_four_contents_the_case_the_gap_and_how_to_reach_her():
    context = context_of(Kind.TRANSFER, told("F4", LETTER), {"number": "线移〔2026〕1号"})
    printed = texts_of(templates.filled(shipped.template_of(Kind.TRANSFER), context))
    for said in (
        "丈夫去世",
        "没有收入",
        "直接造成",
        "（无人照料）",
        "示范县法院",
        "工作日上午",
        "马小舟",
        "线移〔2026〕1号",
    ):
        assert said in printed
    assert "未到位 659999.5 元" in printed
    assert LETTER["orig"]["doc_no"] in printed  # the number of a document is no account


def test_its_papers_are_numbered_and_what_follows_has_its_day():
    papers = context_of(Kind.TRANSFER, told("F4", LETTER), {})["papers"]
    assert [(one["no"], one["name"], one["by"]) for one in papers] == [
        ("1", "户口簿", ""),
        ("2", "村里证明", "2026-12-01"),
    ]


def test_a_letter_whose_judgement_follows_says_which_parts_and_by_when():
    answers = {
        **LETTER, "tl": {**LETTER["tl"], "variant": "follows", "visit_part": "door"},
        "four": {"harm": "骨折", "follows": ["causal"], "causal_by": "2026-12-05", "hardship": "没有收入",
                 "situation": ["A3"]},
    }  # fmt: skip
    letter = told("F4", answers)
    assert missing_of(letter) == []
    context = context_of(Kind.TRANSFER, letter, {})
    assert context["causal"] == "后补，2026-12-05前"
    assert context["follows"] == "先行移送，材料后补：因果关系（2026-12-05前）；村里证明（2026-12-01前）"


@pytest.mark.parametrize("kind", Kind)
def test_every_name_a_template_may_use_is_filled_in_and_nothing_else(kind):
    form = next(iter(sorted(kinds.PAPERS[kind].forms)), None)
    context = contexts.entrusted({}) if form is None else context_of(kind, told(form, {}), {})
    known = placeholders.placeholders(kind)
    assert context.keys() == known.keys()
    assert {name for name, value in context.items() if isinstance(value, list)} == {
        name for name, one in known.items() if one.is_list
    }


def test_the_rows_of_a_list_have_the_columns_a_template_may_use():
    meeting = {"mt": {
        "participants": [{"_id": "a", "org": "civil", "name": "周木"}],
        "decisions": [{"_id": "d", "text": "临时救助", "owner": "civil", "due": "2026-12-05"}],
    }}  # fmt: skip
    receipt = {
        "relief": {"has_missing": "yes", "missing": [{"_id": "m", "paper": "income_proof", "due": "2026-12-10"}]}
    }
    closing = {"cl": {"needs_answered": [{"_id": "n", "need": "medical", "result": "met"}]}}
    filled = {
        Kind.TRANSFER: LETTER, Kind.MINUTES: meeting, Kind.RECEIPT: receipt, Kind.CLOSURE: closing,
        Kind.VISIT: reports.investigation(factories.new_id()),
    }  # fmt: skip
    for kind, answers in filled.items():
        form = sorted(kinds.PAPERS[kind].forms)[0]
        context = context_of(kind, told(form, answers), {})
        for name, one in placeholders.placeholders(kind).items():
            if one.is_list:
                assert context[name], f"{kind}: {name} is empty"
                assert all(row.keys() == {column.name for column in one.columns} for row in context[name])


# --- what is missing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["harm", "hardship", "causal", "situation"])
def test_a_letter_without_one_of_its_four_contents_is_refused_by_its_name(part):
    assert [one.code for one in missing_of(without(part))] == [f"letter_lacks_{part}"]


def test_what_is_said_to_follow_without_a_day_is_missing():
    answers = {**LETTER, "tl": {**LETTER["tl"], "variant": "follows"}, "four": {"harm": "骨折", "follows": ["causal"]}}
    assert [one.code for one in missing_of(told("F4", answers))][:2] == ["letter_lacks_hardship", "letter_lacks_causal"]


def test_harm_cannot_follow():
    assert "letter_lacks_harm" in [one.code for one in missing_of(without("harm", follows=["hardship"]))]


def test_a_letter_that_does_not_say_how_to_reach_her_is_refused():
    nobody = {name: value for name, value in LETTER["tl"].items() if name not in ("contact_safe", "safe_how")}
    assert [one.code for one in missing_of(told("F4", {**LETTER, "tl": nobody}))] == ["letter_lacks_safe_contact"]
    never = {**nobody, "contact_safe": "no_contact"}
    assert missing_of(told("F4", {**LETTER, "tl": never})) == []


# --- what never stands on paper ---------------------------------------------------------------------------------------


def test_no_account_or_identity_number_is_printed():
    harm = context_of(Kind.TRANSFER, told("F4", LETTER), {})["harm"]
    assert harm == "丈夫去世，本人骨折。卡号（号码不印出），证号（号码不印出）。"
    assert contexts.without_long_numbers("电话19900000001，2026年11月") == "电话19900000001，2026年11月"


def test_a_record_of_a_visit_holds_what_she_said_and_neither_violence_nor_judgement():
    answers = reports.investigation(factories.new_id())
    answers["concl"] = {**answers["concl"], "facts": "他打了她"}
    said = {line["question"]: line["answer"] for line in context_of(Kind.VISIT, told("F2", answers), {})["lines"]}
    assert "我想让孩子把书读完。" in said.values() and "刘小树" in said.values()
    assert "（本人不清楚）" in said.values()  # a blank with a reason stands with it
    cut = [one for one in _all(told("F2", answers)) if one.sensitivity in ("violence", "child") or one.how == "judge"]
    assert len(cut) > 10 and not {one.label for one in cut} & said.keys()
    assert "他打了她" not in said.values()


def _all(of):
    return [one for section in of.sections for one in section.all_answers() if one.text]


def test_no_paper_is_made_from_who_told_us_or_from_the_sheets_of_violence_and_of_a_child():
    assert not {"F1R", "F5", "F6", "F1"} & {form for paper in kinds.PAPERS.values() for form in paper.forms}


def test_only_an_approved_report_is_carried_outside_and_a_visit_waits_for_a_pen_earlier():
    assert kinds.may_be_made(Kind.TRANSFER, "F4", "approved") and not kinds.may_be_made(
        Kind.TRANSFER, "F4", "in_review"
    )
    assert kinds.may_be_made(Kind.VISIT, "F2", "submitted") and not kinds.may_be_made(Kind.VISIT, "F2", "draft")
    assert not kinds.may_be_made(Kind.TRANSFER, "F2", "approved")


# --- a template of the county's own -----------------------------------------------------------------------------------


def own(*lines, of=Kind.VISIT):
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    for name in placeholders.REQUIRED[of]:
        is_list = placeholders.placeholders(of)[name].is_list
        document.add_paragraph(f"{{%p for row in {name} %}}" if is_list else f"{{{{ {name} }}}}")
        if is_list:
            document.add_paragraph("{%p endfor %}")
    return saved(document)


def saved(document):
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def changed(docx, **parts):
    """The same file with parts added or put in the place of those of this name."""
    with zipfile.ZipFile(io.BytesIO(docx)) as packed:
        held = {info.filename: packed.read(info) for info in packed.infolist()}
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**held, **parts}.items():
            packed.writestr(name, content)
    return kept.getvalue()


def part_of(docx, name):
    with zipfile.ZipFile(io.BytesIO(docx)) as packed:
        return packed.read(name).decode()


@pytest.mark.parametrize("kind", Kind)
def test_the_template_that_comes_with_the_program_is_one_a_county_could_upload(kind):
    assert templates.refusals(kind, shipped.template_of(kind)) == []
    printed = texts_of(templates.filled(shipped.template_of(kind), placeholders.invented(kind)))
    assert "{{" not in printed and "{%" not in printed


def test_a_plain_template_of_a_county_is_taken_and_filled_in():
    docx = own(
        "{{ title }}，{% if place %}在{{ place }}{% endif %}",
        "{%p for x in lines %}",
        "{{ x.answer }}",
        "{%p endfor %}",
    )
    assert templates.refusals(Kind.VISIT, docx) == []
    values = {**placeholders.invented(Kind.VISIT), "title": "<w:p>&\x00记录", "place": ""}
    printed = texts_of(templates.filled(docx, values))
    assert "<w:p>&记录，" in printed and "在" not in printed.splitlines()[0]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{{ reporter_name }}", "不认识的占位符：reporter_name"),
        ("{{ lines.answer }}", "不认识的占位符：lines.answer"),
        ("{{ lines }}", "不认识的占位符：lines"),
        ("{% for x in place %}{% endfor %}", "不认识的占位符：place"),
        ("{% for x in lines %}{{ x.violence }}{% endfor %}", "不认识的占位符：x.violence"),
        ("{{ place.__class__ }}", "不认识的占位符：place.__class__"),
        ("{{ place|upper }}", "第 1 段：模板里只能用占位符、if 和 for（这里是 Filter）"),
        ("{{ cycler() }}", "（这里是 Call）"),
        ("{{ 'a' * 99999999 }}", "（这里是 Mul）"),
        ("{{ place['x'] }}", "（这里是 Getitem）"),
        ("{% set x = 1 %}", "（这里是 Assign）"),
        ("{% include 'x' %}", "（这里是 Include）"),
        ("{% for x in lines %}{% for y in lines %}{% endfor %}{% endfor %}", "（这里是 For）"),
        ("{{ place", "花括号没有写对"),
    ],
)
def test_what_a_template_may_not_do_is_named(line, named):
    said = [one.zh for one in templates.refusals(Kind.VISIT, own(line))]
    assert any(named in one for one in said), said


def test_a_template_that_leaves_out_what_a_letter_must_say_is_refused_by_its_name():
    said = [one.zh for one in templates.refusals(Kind.TRANSFER, own("{{ number }}", of=Kind.VISIT))]
    assert "缺少必须有的内容：三、因果关系（causal）" in said


def test_a_header_is_read_as_closely_as_the_text():
    document = Document(io.BytesIO(own("x")))
    document.sections[0].header.paragraphs[0].text = "{{ reporter_name }}"
    assert "不认识的占位符：reporter_name" in [one.zh for one in templates.refusals(Kind.VISIT, saved(document))]


def test_macros_objects_and_links_to_elsewhere_are_refused():
    docx = own("x")
    assert "宏" in templates.refusals(Kind.VISIT, changed(docx, **{"word/vbaProject.bin": b"x"}))[0].zh
    rels = part_of(docx, "word/_rels/document.xml.rels")
    outside = (
        '<Relationship Id="r99" Type="http://x/image" Target="http://elsewhere.example/a.png" TargetMode="External"/>'
    )
    named = templates.refusals(
        Kind.VISIT, changed(docx, **{"word/_rels/document.xml.rels": rels.replace("</Rel", outside + "</Rel", 1)})
    )
    assert "elsewhere.example" in named[0].zh
    attached = outside.replace("http://x/image", "http://x/attachedTemplate").replace(' TargetMode="External"', "")
    named = templates.refusals(
        Kind.VISIT, changed(docx, **{"word/_rels/document.xml.rels": rels.replace("</Rel", attached + "</Rel", 1)})
    )
    assert "附加模板" in named[0].zh


def test_a_macro_document_is_refused_whatever_its_name_says():
    docx = own("x")
    kind = part_of(docx, "[Content_Types].xml").replace(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    assert "docm" in templates.refusals(Kind.VISIT, changed(docx, **{"[Content_Types].xml": kind}))[0].zh


def test_a_field_that_fetches_and_a_document_type_are_refused():
    docx = own("x")
    text = part_of(docx, "word/document.xml")
    field = '<w:p><w:r><w:instrText>INCLUDE</w:instrText></w:r><w:r><w:instrText>TEXT "a"</w:instrText></w:r></w:p>'
    fetching = changed(docx, **{"word/document.xml": text.replace("<w:p>", field + "<w:p>", 1)})
    assert "INCLUDETEXT" in templates.refusals(Kind.VISIT, fetching)[0].zh
    entity = text.replace("<w:document", '<!DOCTYPE x [<!ENTITY a "b">]><w:document', 1)
    assert "读不了" in templates.refusals(Kind.VISIT, changed(docx, **{"word/document.xml": entity}))[0].zh


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    bomb = changed(own("x"), **{"word/media/a.png": bytes(templates.UNPACKED_BYTES_MAX + 1)})
    assert len(bomb) < templates.UPLOAD_BYTES_MAX
    assert "解压" in templates.refusals(Kind.VISIT, bomb)[0].zh
    several = changed(own("x"), **{f"word/media/{n}.png": bytes(templates.UNPACKED_BYTES_MAX // 3) for n in range(4)})
    assert "解压" in templates.refusals(Kind.VISIT, several)[0].zh
    assert "1 MB" in templates.refusals(Kind.VISIT, bytes(templates.UPLOAD_BYTES_MAX + 1))[0].zh
    many = changed(own("x"), **{f"word/media/{n}.png": b"" for n in range(templates.PARTS_MAX)})
    assert "解压" in templates.refusals(Kind.VISIT, many)[0].zh


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7", bytes(100)])
def test_what_is_no_docx_is_said_to_be_none(content):
    assert ".docx" in templates.refusals(Kind.VISIT, content)[0].zh
