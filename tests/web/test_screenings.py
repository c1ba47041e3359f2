"""Screening of the six published cases through the acts of a supervisor: what is found, who sees it, who answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pytest
from sqlalchemy import select

from fieldapp.actions import case_events, case_steps, protections, reviews, screening_views, screenings
from fieldapp.actions.told_at_once import HandedIn
from fieldapp.casework.protection import DONE, Report
from fieldapp.casework.screening.stored import RANKS, Said, cut, from_json, to_json
from fieldapp.days import day_of
from fieldapp.db import milliseconds, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Role
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision
from fieldapp.models.screenings import ScreeningAnswer, ScreeningRun
from tests import factories, reports
from tests.unit.casework.published import CASES, DAYS, measures, visit

OF_THE_FILE = UUID("01900000-0000-7000-8000-000000000000")
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def person_id(key):
    """The id that a person of the file of published cases has in these tests."""
    return str(uuid5(OF_THE_FILE, key))


def named(answers):
    """As the form keeps them: with ids in the place of the file's short keys, an id for each row, the visit made."""
    members = [{**row, "person_id": person_id(row["person_id"])} for row in answers["members"]]
    made_there = {"visit": reports.investigation(OF_THE_FILE)["visit"]}
    if answers["hh"].get("split") == "yes":
        made_there["hh"] = {**answers["hh"], "hukou_region": "990101100201", "residence_region": "990101200201"}
    return rows_named({**answers, **made_there, "members": members})


def rows_named(answers, path=""):
    if isinstance(answers, dict):
        return {name: rows_named(value, f"{path}.{name}") for name, value in answers.items()}
    if isinstance(answers, list) and answers and isinstance(answers[0], dict):
        return [{"_id": person_id(f"{path}{at}"), **rows_named(row, f"{path}{at}")} for at, row in enumerate(answers)]
    return answers


def at_noon(case_id):
    return datetime(*DAYS[case_id].timetuple()[:3], 4, tzinfo=UTC)


def body(answers, at):
    recorded = {"now": milliseconds(at), "zone": "Asia/Shanghai", "random": []}
    return json.dumps({"answers": answers, "recorded": recorded}, ensure_ascii=False).encode()


@pytest.fixture
def made(app, county, clock, forms, session):
    """`made(form, answers, at)`: a report handed in; its record id."""

    def make(form, answers, at=NOW):
        with writing() as other:
            record_id, _ = factories.record(other, at, county, form=form, answers=body(answers, at))
        return record_id

    return make


def opened(county, record_id, at=NOW):
    with writing() as session:
        reviews.open_review(session, county.acting(session, "supervisor"), record_id, at)


def approved(county, record_id, at=NOW):
    opened(county, record_id, at)
    with writing() as session:
        record = session.get_one(Record, (county.district, record_id))
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        supervisor = county.acting(session, "supervisor")
        reviews.approve(session, supervisor, record_id, head.revision_id, head.content_hash, text="已核对", now=at)


def seen(county, who="supervisor"):
    with writing() as session:
        case = session.get_one(Case, (county.district, county.case_id))
        return screenings.of(session, county.acting(session, who), case)


def statuses(told, key):
    return {one.code: one.status.value for one in told.screening.categories if one.about == person_id(key)}


@pytest.mark.parametrize("case_id", CASES)
def test_a_published_case_gets_the_expected_categories_through_the_acts(county, made, case_id):
    at = at_noon(case_id)
    # Given the investigation of the case, approved
    approved(county, made("F2", named(visit(case_id)), at), at)
    first = seen(county)
    # When the measures that the case tells of are approved too
    for measure in measures(case_id):
        approved(county, made("F7", measure.answers, at), at)
    then = seen(county)
    # Then it gives what the file expects, before and after
    for key, expected in CASES[case_id]["expected_categories"].items():
        wanted = {code: one["status"] for code, one in expected.items()}
        assert statuses(first, key) == {c: "unknown" if s == "unknown_then_met" else s for c, s in wanted.items()}
        assert statuses(then, key) == {c: "met" if s == "unknown_then_met" else s for c, s in wanted.items()}
    assert sorted(one.code for one in then.screening.flags) == sorted(CASES[case_id]["expected_priority"])


def test_what_was_kept_is_read_back_as_it_was_told(county, made, session):
    approved(county, made("F2", named(visit("S001-1"))))
    told = seen(county).screening
    assert from_json(json.loads(json.dumps(to_json(told)))) == told
    sentences = [one.sentence("zh") for one in told.categories]
    assert all(one.endswith("。") for one in sentences)


def test_nothing_is_kept_anew_while_reports_and_rules_stay_the_same(county, made, look):
    approved(county, made("F2", named(visit("S001-5"))))
    rows = [(row.run_id, row.number) for row in look(ScreeningRun)]
    with writing() as session:
        case = session.get_one(Case, (county.district, county.case_id))
        for _ in range(3):
            screenings.run(session, case, NOW + timedelta(days=400))
    assert [(row.run_id, row.number) for row in look(ScreeningRun)] == rows


def test_other_rules_make_a_new_run(county, made, look, monkeypatch):
    approved(county, made("F2", named(visit("S001-5"))))
    before = len(look(ScreeningRun))
    with writing() as session:
        newest = session.scalars(select(ScreeningRun).order_by(ScreeningRun.number.desc())).first()
        newest.rules_version = "2020-01-01"
    with writing() as session:
        screenings.run(session, session.get_one(Case, (county.district, county.case_id)), NOW)
    assert len(look(ScreeningRun)) == before + 1


def test_a_report_counts_while_it_is_in_review_and_no_more_once_it_is_returned(county, made):
    record_id = made("F2", named(visit("S001-3")))
    assert seen(county) is None
    opened(county, record_id)
    during = seen(county)
    assert during.run.counts_unapproved and len(during.unapproved) == 1 and during.screening.categories
    with writing() as session:
        record = session.get_one(Record, (county.district, record_id))
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        supervisor = county.acting(session, "supervisor")
        reviews.return_record(
            session, supervisor, record_id, head.revision_id, head.content_hash, reason="unclear", text="", now=NOW
        )
    assert not seen(county).screening.categories


def test_who_does_not_decide_sees_only_what_rests_on_approved_reports(county, made):
    first = made("F2", named(visit("S001-3")))
    approved(county, first)
    opened(county, made("F2", {"concl": {"hardship": "none"}}))
    assert seen(county).run.counts_unapproved
    assert not seen(county, "caseworker").run.counts_unapproved


def test_a_damaged_report_is_said_and_the_others_are_screened_all_the_same(county, made, session):
    first = made("F2", named(visit("S001-3")))
    approved(county, first)
    with writing() as other:
        record = other.get_one(Record, (county.district, first))
        head = other.get_one(Revision, (county.district, record.head_revision_id))
        head.sealed_body = head.sealed_body[:-1] + bytes([head.sealed_body[-1] ^ 1])
    approved(county, made("F2", named(visit("S001-7"))))
    told = seen(county)
    assert told.unread == 1 and told.screening.categories


# Who sees it


@pytest.mark.parametrize("who", ["cadre", "administrator"])
def test_who_opens_no_file_gets_nothing(county, made, session, who):
    factories.assign(session, NOW, county.case_id, county.cadre_id)
    session.commit()
    approved(county, made("F2", named(visit("S001-1"))))
    assert seen(county, who) is None


@pytest.mark.parametrize("dropped", [name for name in RANKS if name != "household"])
def test_a_cut_reader_cannot_tell_two_cases_apart_that_differ_in_what_she_may_not_see(dropped):
    # Given two screenings that differ in every result of the class she does not read, or of a higher one
    from tests.unit.casework.test_screening_cases import screened

    whole = screened("S001-1", *measures("S001-1"))
    hidden = RANKS[RANKS.index(dropped) :]
    parts = {
        name: tuple(one for one in getattr(whole, name) if one.sensitivity not in hidden)
        for name in ("categories", "questions", "gates", "flags", "children")
    }
    other = replace(whole, **parts, band=None)
    classes = frozenset(RANKS) - {dropped}
    # Then what she gets is the same, to the byte
    assert to_json(cut(whole, classes)) == to_json(cut(other, classes))
    assert not [one for one in cut(whole, classes).flags if one.sensitivity in hidden]


def test_who_reads_no_class_gets_no_part_of_the_page_at_all():
    from tests.unit.casework.test_screening_cases import screened

    assert cut(screened("S001-1"), frozenset()) is None


def test_the_page_of_a_cut_role_says_nothing_of_a_result_of_violence(county, made, session, monkeypatch):
    # Given two cases that differ only in a violence assessment
    monkeypatch.setitem(scope.READS, Role.CASEWORKER, frozenset({"household", "money", "health", "child"}))
    approved(county, made("F2", named(visit("S001-1"))))
    pages = [shown(county, "caseworker")]
    # When one is approved
    approved(county, made("F5", {"dv": {"screen": "yes", "c_weapon": "yes"}}))
    pages.append(shown(county, "caseworker"))
    # Then neither the results nor the timeline tell it
    first, second = pages
    assert first == second
    with writing() as other:
        case = other.get_one(Case, (county.district, county.case_id))
        assert "screened" not in [one.kind for one in case_events.of(other, county.acting(other, "caseworker"), case)]
        assert "screened" in [one.kind for one in case_events.of(other, county.acting(other, "supervisor"), case)]


def shown(county, who):
    """What the page shows her, without the run's own id and time, which every report of the case changes."""
    with writing() as session:
        case = session.get_one(Case, (county.district, county.case_id))
        view = screening_views.view_of(session, county.acting(session, who), case, "zh", NOW)
        return replace(view, run_id=None, made_at=None)


CHILD = {"child": {"person_id": person_id("child"), "harm_signs": ["unexplained_injury"]}}
UNABLE = {"relation": "self", "sex": "female", "birth_ym": "1980-05", "alive": "alive", "capacity": "limited"}


@pytest.mark.parametrize("how", sorted(DONE))
def test_flags_that_ask_for_a_report_end_when_it_was_made_and_signs_seen_later_ask_for_another(county, made, how):
    # Given a child with signs of harm, and one without full capacity who was harmed
    members = [{**UNABLE, "_id": person_id("her"), "person_id": person_id("her"), "is_victim": "yes"}]
    approved(county, made("F2", {"visit": {"outcome": "done"}, "members": members}))
    approved(county, made("F6", CHILD))
    both = {"report_child", "report_incapacity"}
    assert asked(county) == both
    # When a supervisor says why none is needed, it is still to be seen what asked for one
    say(county, Report.DUE)
    say(county, Report.NOT_NEEDED)
    assert asked(county) == both
    # When it was made, nothing asks for it any more, and nobody had to open the file for that
    say(county, how)
    assert asked(county) == set()
    # And signs that are seen on a later day ask for another
    later = NOW + timedelta(days=1)
    approved(county, made("F6", {"child": {**CHILD["child"], "harm_signs": ["bullying"]}}, later), later)
    assert asked(county) == {"report_child"}
    say(county, how, later)
    assert asked(county) == set()


def test_a_flag_asks_for_another_report_with_what_was_told_since_and_the_day_of_the_one_that_was_made(county, made):
    # Given signs of harm of which a report was made, and the same signs seen on a later visit
    approved(county, made("F6", CHILD))
    say(county, Report.DONE_BY_US)
    later = NOW + timedelta(days=20)
    second = made("F6", CHILD, later)
    told = HandedIn(county.case_id, uuid4(), second, "F6", "submitted", CHILD)
    with writing() as session:
        case_steps.after_hand_in(session, county.district, county.caseworker_id, [told], later)
    approved(county, second, later)
    # Then the flag names the later report alone, and says that and when one was made
    [flag] = [one for one in seen(county).screening.flags if one.code == "report_child"]
    with reading() as session:
        head = session.get_one(Record, (county.district, second)).head_revision_id
    assert [source.revision for fact in flag.facts for source in fact.sources][-1] == str(head)
    assert flag.sentence("zh").endswith(f"：{day_of(NOW)} 已报告过，这是此后新反映的。")
    # And when a supervisor says why none is needed, it is still to be seen
    say(county, Report.NOT_NEEDED, later)
    assert asked(county) == {"report_child"}
    say(county, Report.DUE, later)
    say(county, Report.DONE_BY_US, later)
    assert asked(county) == set()


def asked(county):
    return {one.code for one in seen(county).screening.flags if one.code.startswith("report_")}


def say(county, how, at=NOW):
    with writing() as session:
        acting = county.acting(session, "supervisor")
        assert protections.report(session, acting, county.case_id, how, "核实过", at) is None


def test_of_two_daughters_the_page_says_which_is_meant(county, made):
    approved(county, made("F2", named_people("S001-3", {"p3": "叶大丫", "p4": "叶小丫"})))
    with writing() as session:
        case = session.get_one(Case, (county.district, county.case_id))
        view = screening_views.view_of(session, county.acting(session, "supervisor"), case, "zh", NOW)
    assert {"叶大丫 · 女儿", "叶小丫 · 女儿"} <= {person.who for person in view.people}


def named_people(case_id, names):
    answers = named(visit(case_id))
    told = {person_id(key): name for key, name in names.items()}
    for row in answers["members"]:
        row |= {"name": told[row["person_id"]]} if row["person_id"] in told else {}
    return answers


# Who answers it


def said(county, *answers, run_id=None, who="supervisor"):
    with writing() as session:
        acting = county.acting(session, who)
        run_id = run_id or seen_in(session, county).run.run_id
        return screenings.answer(session, acting, county.case_id, run_id, answers, NOW)


def seen_in(session, county):
    case = session.get_one(Case, (county.district, county.case_id))
    return screenings.of(session, county.acting(session, "supervisor"), case)


def test_what_the_supervisor_says_is_kept_with_what_she_read_and_stands_beside_the_result(county, made, look):
    approved(county, made("F2", named(visit("S001-3"))))
    her = person_id("p1")
    said(county, Said("S3", None, "yes", "丈夫身亡"), Said("A3", her, "agree", ""))
    told = seen(county)
    assert told.said["S3", None].line == "丈夫身亡" and told.said["A3", her].answer == "agree"
    assert {row.run_id for row in look(ScreeningAnswer)} == {told.run.run_id}
    # Saying it again keeps nothing, saying something else keeps both
    said(county, Said("S3", None, "yes", "丈夫身亡"))
    assert len(look(ScreeningAnswer)) == 2
    said(county, Said("S3", None, "not_known", ""))
    assert len(look(ScreeningAnswer)) == 3 and seen(county).said["S3", None].answer == "not_known"
    assert [row.act for row in look(audit.AuditRow)].count("answer_screening") == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Said("A3", "p1", "disagree", ""), "screening_needs_reason"),
        (Said("A3", "p1", "yes", ""), "request_malformed"),
        (Said("G1", None, "yes", ""), "request_malformed"),
        (Said("S1", None, "agree", ""), "request_malformed"),
        (Said("S1", None, "yes", "长" * 751), "text_too_long"),
    ],
)
def test_an_answer_that_says_nothing_is_refused_and_nothing_is_kept(county, made, look, answer, code):
    approved(county, made("F2", named(visit("S001-3"))))
    answer = replace(answer, about=answer.about and person_id(answer.about))
    with pytest.raises(Problem) as refused:
        said(county, Said("S2", None, "no", ""), answer)
    assert refused.value.code == code and look(ScreeningAnswer) == []


def test_an_answer_to_an_older_run_is_refused(county, made):
    approved(county, made("F2", named(visit("S001-3"))))
    older = seen(county).run.run_id
    approved(county, made("F2", {"concl": {"hardship": "none"}}))
    with pytest.raises(Problem, match="screening_changed"):
        said(county, Said("S1", None, "no", ""), run_id=older)


def test_who_made_the_visit_does_not_answer_what_it_points_to(county, made, session):
    factories.grant(session, NOW, county.caseworker_id, Role.SUPERVISOR, county.district)
    session.commit()
    approved(county, made("F2", named(visit("S001-3"))))
    assert not seen(county, "caseworker").may_answer
    with pytest.raises(Problem, match="own_record"):
        said(county, Said("S1", None, "no", ""), who="caseworker")


@pytest.mark.parametrize("who", ["second_caseworker", "cadre", "administrator"])
def test_who_is_no_supervisor_answers_nothing(county, made, who):
    approved(county, made("F2", named(visit("S001-3"))))
    with pytest.raises(Problem, match="not_found"):
        said(county, Said("S1", None, "no", ""), who=who)


# The pages


@pytest.mark.parametrize(("language", "sentence"), [("zh", "A3 符合："), ("en", "A3 met: ")])
def test_report_and_file_show_sentences_with_links_and_take_the_answer(county, made, at_desk, language, sentence):
    record_id = made("F2", named(visit("S001-3")))
    approved(county, record_id)
    desk = at_desk("supervisor")
    desk.post("/language", language=language, next="/cases")
    for address in (f"/reports/{record_id}", f"/cases/{county.case_id}"):
        page = desk.get(address).get_data(as_text=True)
        assert sentence in page and f'href="/reports/{record_id}"' in page
    run_id = str(seen(county).run.run_id)
    form = {"answer:S3:": "yes", "line:S3:": "丈夫身亡", "line:S1:": "没有选", "run_id": run_id}
    answered = desk.post(f"/cases/{county.case_id}/screening", **form, report=str(record_id))
    assert answered.status_code == 303 and answered.headers["Location"].endswith(f"/reports/{record_id}#screening")
    assert seen(county).said.keys() == {("S3", None)}
    assert "丈夫身亡" in desk.get(f"/cases/{county.case_id}").get_data(as_text=True)
