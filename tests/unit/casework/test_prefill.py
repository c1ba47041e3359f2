"""What the app fills in before a form of the desk opens (the contract: fieldapp/forms/library/README.md)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fieldapp.casework.bands import Last
from fieldapp.casework.prefill import Filed, Known, prefill
from fieldapp.forms import library
from fieldapp.forms.evaluate import open_instance

HER, SON = "01900000-0000-7000-8000-0000000000a1", "01900000-0000-7000-8000-0000000000a2"
VISIT = {
    "dv": {"screen": "yes"},
    "hh": {"split": "yes"},
    "case": {"type": "traffic", "organ": {"unknown": "does_not_know"}},
    "comp": {"items": [{"awarded": "1000.50", "paid": "200"}, {"awarded": "10", "paid": "0", "as_told": "没有履行"}]},
    "concl": {
        "facts": "住院两次。",
        "hardship": "very",
        "causal": "direct",
        "categories": "A1 B2",
        "docs": ["id", "other"],
        "missing": "death_cert",
    },
    "needs": {"wanted": [{"_id": "n1", "need": "schooling"}, {"_id": "n2", "need": {"unknown": "later"}}]},
}
CONSENT = {"cs": {"share_with": ["proc", "civil", "edu"], "share_refused": ["edu"]}}


def filed(answers, state="approved", on="2026-11-01", record="r1"):
    return Filed(record, f"revision of {record}", state, answers, on)


@pytest.fixture
def known():
    return Known(
        number="K7-0421-F4-1",
        today=date(2026, 11, 22),
        case_id="c1",
        code_name="K7-0421",
        subject=HER,
        people=[
            {"person_id": HER, "name": "刘梅", "birth_ym": "1988-03"},
            {"person_id": SON, "name": "刘小树", "birth_ym": "2016-05"},
        ],
        contact={"safe": "only_times", "how": "上午打"},
        records={"F2": [filed(VISIT)], "F0": [filed(CONSENT, record="consent")]},
        office={"name": "示范县妇联", "writer": "李雨"},
        offices={"proc": "检察院", "civil": "民政"},
    )


@pytest.mark.parametrize("form", ["F1", "F4", "F4R", "F7", "F8", "F9"])
def test_every_value_goes_to_a_question_of_its_form_and_fits_it(known, form):
    letter = {"tl": {"no": "x"}, "sent": {"sent_at": "2026-11-10T09:00:00+08:00"}}
    given = prefill(form, replace(known, records={**known.records, "F4": [filed(letter)]}))
    assert given
    instance = open_instance(library.plans()[form], None, now_ms=1_795_222_800_000)
    for path, value in given.items():
        view = instance.view(path)["node"]  # raises PathUnknown for a path the form does not have
        if view["kind"] == "repeat":
            names = {node["name"] for node in library.plans()[form].nodes if node.get("parent") == view["n"]}
            assert all(set(row) <= names for row in value)
        else:
            instance.set(path, value)
            assert not {"type", "not_in_list"} & {p["code"] for p in instance.problems() if p["path"] == path}


def test_a_letter_tells_what_the_approved_visit_found(known):
    given = prefill("F4", known)
    assert (given["tl.visit_part"], given["tl.variant"]) == ("whole", "complete")
    assert given["tl.flags"] == "dv_form minors_present split_residence" and given["tl.minors_known"] == "1"
    assert given["tl.minors"] == [{"person_id": SON, "name": "刘小树", "birth_ym": "2016-05"}]
    assert (given["orig.type"], given["orig.awarded"], given["orig.paid"]) == ("traffic", "1010.5", "200")
    assert "orig.organ" not in given  # what is unknown is nobody's word
    assert given["four.situation"] == ["A1", "B2"] and given["four.harm"] == "住院两次。"
    papers = [(paper["paper"], paper["state"]) for paper in given["enc.papers"]]
    assert papers == [("id", "attached"), ("death_cert", "follows")]
    assert given["sent.consented"] == "proc civil" and given["sent.consent_id"] == "consent"


def test_a_sum_of_which_a_part_is_missing_is_not_given(known):
    told = {**VISIT, "comp": {"items": [{"awarded": "10", "paid": "1"}, {"awarded": "5"}]}}
    given = prefill("F4", replace(known, records={"F2": [filed(told)]}))
    assert given["orig.awarded"] == "15" and "orig.paid" not in given


def test_the_approved_visit_goes_before_a_newer_one_that_is_not(known):
    newer = filed({}, "submitted", record="r2")
    assert prefill("F4", replace(known, records={"F2": [newer, filed(VISIT)]}))["tl.version"] == "revision of r1"
    only = prefill("F4", replace(known, records={"F2": [newer]}))
    assert (only["tl.visit_part"], only["tl.variant"]) == ("door", "follows")
    assert prefill("F4", replace(known, records={"F2": [filed(VISIT, "draft")]})) == {}


def test_without_a_consent_nothing_counts_as_consented(known):
    given = prefill("F4", replace(known, records={"F2": [filed(VISIT)]}))
    assert "sent.consented" not in given and "sent.consent_id" not in given


@pytest.mark.parametrize(
    ("birth", "minor"),
    [
        ("2008-11", False),
        ("2008-12", True),
        ("2008", True),
        ("2007", False),
        ("2026-11", True),
        (None, False),
        ("", False),
    ],
)
def test_a_child_known_by_its_year_alone_is_not_left_out(known, birth, minor):
    people = [known.people[0], {"person_id": SON, "name": "刘小树", "birth_ym": birth}]
    assert prefill("F4", replace(known, people=people))["tl.minors_known"] == str(int(minor))


def test_the_band_that_counts_and_its_day_stand_in_a_measure_and_in_a_closure(known):
    late = datetime(2026, 10, 1, 17, tzinfo=UTC)  # the second of October in China
    given = prefill("F9", replace(known, band=Last("red", late, late)))
    assert (given["cl.last_band"], given["cl.last_band_on"]) == ("red", "2026-10-02")
    assert prefill("F7", replace(known, band=Last("red", late, late)))["ms.last_band"] == "red"
    assert "cl.last_band" not in prefill("F9", known) and "ms.last_band" not in prefill("F7", known)


def test_a_refused_screen_is_no_screen(known):
    told = {"dv": {"screen": {"unknown": "refused"}}}
    assert "ms.dv_screen" not in prefill("F7", replace(known, records={"F2": [filed(told)]}))
    assert prefill("F7", known)["ms.dv_screen"] == "yes"


def test_a_closure_knows_needs_orders_and_an_open_report(known):
    records = {**known.records, "F1": [filed({"mr": {"state": "due"}})]}
    given = prefill("F9", replace(known, records=records, orders=3))
    assert given["cl.orders_active"] == "3" and given["cl.mr_open"] == "yes" and given["cl.had_letter"] == "no"
    assert given["cl.needs_known"] == "1" and given["cl.needs_answered"] == [{"need_id": "n1", "need": "schooling"}]


def test_a_closure_asks_after_what_a_follow_up_found_too(known):
    later = [filed({"aid": {"new_needs": [{"_id": "n3", "need": "money"}]}}, state="draft")]
    found = [filed({"aid": {"new_needs": [{"_id": "n2", "need": "job"}]}})]
    given = prefill("F9", replace(known, records={**known.records, "F3": later + found}))
    assert given["cl.needs_known"] == "2"
    assert [row["need_id"] for row in given["cl.needs_answered"]] == ["n1", "n2"]


def test_a_closure_goes_by_the_file_where_a_report_was_made_since_the_lead(known):
    told = replace(known, records={**known.records, "F1": [filed({"mr": {"state": "due"}})]})
    assert prefill("F9", replace(told, report_open=False))["cl.mr_open"] == "no"
    assert prefill("F9", replace(known, report_open=True))["cl.mr_open"] == "yes"


def test_what_was_paid_this_year_is_added_up(known):
    paid = [filed({"ms": {"amount": amount}}, on=on) for amount, on in (("500", "2026-02-01"), ("99", "2025-12-31"))]
    pending = filed({"ms": {"amount": "7"}}, "submitted", "2026-03-01")
    given = prefill("F7", replace(known, records={"F7": [*paid, pending, filed({"ms": {"amount": "0.50"}})]}))
    assert given["ms.year_total"] == "500.5"


def test_a_meeting_names_the_family_by_its_code_alone(known):
    assert prefill("F8", known) == {
        "mt.no": "K7-0421-F4-1",
        "mt.cases": [{"case_id": "c1", "code_name": "K7-0421"}],
    }


def test_a_letter_begins_with_what_the_visit_judged_and_only_where_it_is_approved(known):
    told = {**VISIT, "hh": {"members_now": 3}, "fin": {"total_income": "12000", "per_capita": "4000"}}
    given = prefill("F4", replace(known, records={"F2": [filed(told)]}))
    assert given["four.hardship"] == (
        "走访认定：非常困难；一起生活 3 人；未成年人 1 人；近一年全家收入 12000 元；人均 4000 元。"
    )
    assert given["four.causal"] == "走访认定：困难由这件事直接造成。"
    door = prefill("F4", replace(known, records={"F2": [filed(told, "submitted")]}))
    assert "four.hardship" not in door and "four.causal" not in door
    unknown = {**told, "concl": {"hardship": {"unknown": "later"}, "causal": "none"}}
    given = prefill("F4", replace(known, records={"F2": [filed(unknown)]}))
    assert "four.hardship" not in given and "four.causal" not in given


def test_a_provider_is_told_no_more_than_she_agreed_to(known):
    assert prefill("F7", known)["ms.share_fields"].endswith("她同意提供给：检察院、民政")
    assert "不要提供" in prefill("F7", replace(known, records={}))["ms.share_fields"]
    refused = {"cs": {"share_with": ["civil"], "share_refused": ["civil"]}}
    assert "不要提供" in prefill("F7", replace(known, records={"F0": [filed(refused)]}))["ms.share_fields"]


def test_a_meeting_asks_after_the_measures_that_are_not_settled(known):
    measures = [
        filed({"ms": {"title": "助学金", "status": "applied"}}, "submitted", record="m1"),
        filed({"ms": {"title": "低保", "status": "done"}}, record="m2"),
        filed({"ms": {"title": "岗位", "status": "planned"}}, "draft", record="m3"),
    ]
    given = prefill("F8", replace(known, records={"F7": measures}))
    assert given["mt.decisions"] == [{"measure_id": "m1", "text": "跟进：助学金"}]
    assert "mt.decisions" not in prefill("F8", known)
