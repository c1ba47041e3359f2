"""The steps on the way to support as a de-facto unsupported child: noted with day and source, heard by their clocks."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import agendas, defacto, measures, screening_views, screenings
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from tests import factories, plans_of_help, reports

FIRST, SECOND = Happened.DEFACTO_FIRST_DONE, Happened.DEFACTO_SECOND_DONE
SOURCE = "镇民政办来函（2026）3号"


@pytest.fixture
def file(session, county, forms):
    return session.get_one(Case, (county.district, county.case_id))


@pytest.fixture
def record_id(session, county, clock, file):
    """Support that was applied for ten days ago, for the boy of the family."""
    applied = (clock() - timedelta(days=10)).date().isoformat()
    rows = [{"_id": plans_of_help.NEED, "person_id": str(reports.SON_ID)}]
    told = {"status": "applied", "applied_on": applied, "beneficiaries": rows}
    return plans_of_help.measure(session, clock(), county, "orphan_equiv_support", **told)


def say(session, county, record_id, clock, step, *, on, source=SOURCE, who="caseworker"):
    acting = county.acting(session, who)
    return defacto.note(session, acting, county.case_id, record_id, step, on=on, source=source, now=clock())


def running(session, county, file, clock):
    _, clocks = agendas.of_file(session, county.acting(session, "supervisor"), file, clock())
    return {one.limit.code for one in clocks if one.limit.code.startswith("defacto") and one.ended_at is None}


def ago(clock, days):
    return (clock() - timedelta(days=days)).date()


def test_each_step_ends_its_clock_and_begins_the_next(session, county, clock, file, record_id):
    assert running(session, county, file, clock) == {"defacto_first"}
    say(session, county, record_id, clock, FIRST, on=ago(clock, 6))
    assert running(session, county, file, clock) == {"defacto_second"}
    say(session, county, record_id, clock, SECOND, on=clock().date(), who="supervisor")
    assert running(session, county, file, clock) == {"defacto_third"}
    acting = county.acting(session, "supervisor")
    measures.move(session, acting, county.case_id, record_id, "approved", on=clock().date(), text="", now=clock())
    assert running(session, county, file, clock) == set()
    assert [row for row in session.scalars(select(AuditRow.act)) if row == "note_defacto"] == ["note_defacto"] * 2


@pytest.mark.parametrize("status", ["approved", "declined"])
def test_what_is_decided_or_wanted_no_more_ends_every_clock_of_it(session, county, clock, file, record_id, status):
    acting = county.acting(session, "supervisor")
    on, text = clock().date(), "奶奶不办了"
    measures.move(session, acting, county.case_id, record_id, status, on=on, text=text, now=clock())
    assert running(session, county, file, clock) == set()


@pytest.mark.parametrize(
    ("kind", "before", "status"),
    [
        ("legal_aid", [], "declined"),
        ("legal_aid", ["approved"], "declined"),
        ("legal_aid", ["approved"], "ended"),
        ("protection_order", [], "declined"),
    ],
)
def test_help_that_she_wants_no_more_leaves_no_clock_of_the_law_running(
    session, county, clock, file, kind, before, status
):
    acting = county.acting(session, "supervisor")
    told = {"status": "applied", "applied_on": ago(clock, 2).isoformat()}
    record_id = plans_of_help.measure(session, clock(), county, kind, **told)

    def ours():
        _, clocks = agendas.of_file(session, acting, file, clock())
        return [one for one in clocks if one.about == str(record_id) and one.ended_at is None]

    assert ours()
    for step in (*before, status):
        measures.move(session, acting, county.case_id, record_id, step, on=None, text="本人不要了", now=clock())
    assert ours() == []


@pytest.mark.parametrize("is_made_anew", [False, True])
def test_an_application_told_after_the_plan_was_approved_counts_from_its_own_day(
    session, county, clock, file, is_made_anew
):
    acting = county.acting(session, "supervisor")
    record_id = plans_of_help.measure(session, clock(), county, "orphan_equiv_support")
    on = ago(clock, 3)
    if is_made_anew:
        clock.advance(hours=1)
        for status in ("refused", "planned"):
            day = on if status == "refused" else None
            measures.move(session, acting, county.case_id, record_id, status, on=day, text="父亲在家", now=clock())
    measures.move(session, acting, county.case_id, record_id, "applied", on=on, text="", now=clock())
    _, clocks = agendas.of_file(session, acting, file, clock())
    [begun] = [one for one in clocks if one.limit.code == "defacto_first"]
    assert (day_of(begun.begun_at), begun.ended_at) == (on, None)
    say(session, county, record_id, clock, FIRST, on=ago(clock, 2))
    assert running(session, county, file, clock) == {"defacto_second"}


def test_a_step_on_the_very_day_of_the_application_is_heard(session, county, clock, file, record_id):
    say(session, county, record_id, clock, FIRST, on=ago(clock, 10))
    assert running(session, county, file, clock) == {"defacto_second"}


@pytest.mark.parametrize(
    ("step", "days", "source", "code"),
    [
        (SECOND, 1, SOURCE, "measure_no_such_step"),  # not its turn
        ("help_begun", 1, SOURCE, "measure_no_such_step"),
        (FIRST, 11, SOURCE, "defacto_step_wrong"),  # before the application
        (FIRST, 1, "  ", "defacto_step_wrong"),
        (FIRST, -1, SOURCE, "day_to_come"),
        (FIRST, 1, "因" * 751, "text_too_long"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(session, county, clock, file, record_id, step, days, source, code):
    with pytest.raises(Problem, match=code):
        say(session, county, record_id, clock, step, on=ago(clock, days), source=source)


def test_no_step_goes_before_the_one_before_it_and_none_is_noted_twice(session, county, clock, file, record_id):
    say(session, county, record_id, clock, FIRST, on=ago(clock, 5))
    with pytest.raises(Problem, match="measure_no_such_step"):
        say(session, county, record_id, clock, FIRST, on=ago(clock, 4))
    with pytest.raises(Problem, match="defacto_step_wrong"):
        say(session, county, record_id, clock, SECOND, on=ago(clock, 6))


@pytest.mark.parametrize("who", ["cadre", "administrator"])
def test_who_works_on_no_help_notes_no_step(session, county, clock, file, record_id, who):
    with pytest.raises(Problem, match="not_found"):
        say(session, county, record_id, clock, FIRST, on=ago(clock, 1), who=who)


def test_an_application_made_anew_begins_with_the_first_step_anew(session, county, clock, file, record_id):
    acting = county.acting(session, "supervisor")
    say(session, county, record_id, clock, FIRST, on=ago(clock, 5))
    for status, text in (("refused", "父亲已经回来"), ("applied", "")):
        clock.advance(hours=1)
        measures.move(session, acting, county.case_id, record_id, status, on=None, text=text, now=clock())
    clock.advance(hours=1)
    assert running(session, county, file, clock) == {"defacto_first"}
    say(session, county, record_id, clock, FIRST, on=clock().date())
    assert running(session, county, file, clock) == {"defacto_second"}


def test_the_sentence_of_the_screening_and_the_timeline_say_how_far_it_has_come(
    session, county, clock, file, record_id, at_desk
):
    told = reports.body(reports.investigation(county.subject_id), clock())
    factories.record(session, clock(), county, answers=told, state="approved")
    screenings.run(session, file, clock())
    session.commit()
    desk, address = at_desk("caseworker"), f"/cases/{county.case_id}"
    # Given the page of the file, which offers the step whose turn it is
    page = desk.get(address).text
    assert f'name="step" value="{FIRST}"' in page and f'value="{SECOND}"' not in page
    # When the first step is noted there
    on = ago(clock, 6).isoformat()
    sent = {"step": FIRST.value, "on": on, "source": SOURCE}
    assert desk.post(f"{address}/measures/{record_id}/defacto", **sent).status_code == 303
    # Then screening says so behind the boy's sentence and no other's, and the timeline with its source
    page = desk.get(address).text
    assert f"认定办理：第一步已办（{on}，{SOURCE}）" in page
    assert "事实无人抚养儿童：第一步已办" in page and page.count(SOURCE) == 2
    assert f'name="step" value="{SECOND}"' in page
    english = screening_views.kept_view_of(session, county.acting(session, "supervisor"), file, "en")
    [sentence] = [line.sentence for _, line in english.children if "recognition" in line.sentence]
    assert sentence.endswith(f"; recognition: first step done on {on} (source: {SOURCE})")


def test_who_may_not_learn_of_measures_reads_of_no_step(session, county, clock, file, record_id):
    say(session, county, record_id, clock, FIRST, on=ago(clock, 6))
    assert defacto.progress_of(session, county.acting(session, "cadre"), file, "zh") == {}
    assert defacto.noted_in(session, county.acting(session, "administrator"), file) == {}


def test_a_decision_told_with_its_day_alone_ends_a_clock_that_began_on_that_day(session, county, clock, file):
    acting = county.acting(session, "supervisor")
    record_id = plans_of_help.measure(session, clock(), county, "orphan_equiv_support")
    measures.move(session, acting, county.case_id, record_id, "applied", on=None, text="", now=clock())
    assert running(session, county, file, clock) == {"defacto_first"}
    clock.advance(hours=1)
    on = clock().date()
    measures.move(session, acting, county.case_id, record_id, "refused", on=on, text="父亲已经回来", now=clock())
    assert running(session, county, file, clock) == set()
