"""Who gives a measure, and which needs are open, as the figures count them off the reports."""

import pytest

from fieldapp.actions import measures, statistics
from fieldapp.casework.statistics_lines import Period
from fieldapp.days import day_of
from fieldapp.db import reading
from fieldapp.models.cases import Case
from tests import plans_of_help


@pytest.fixture
def counted(app, county, clock, forms):
    """Figures (value, of) and rows of a table, as a supervisor of the county reads them this month."""

    def read():
        today = day_of(clock())
        asked = statistics.Asked(Period(today.replace(month=1, day=1), today))
        with app.app_context(), reading() as session:
            report = statistics.read(session, county.acting(session, "supervisor"), asked, clock()).report
        figures = {one.code: (one.value, one.of) for one in report.figures}
        return figures, {one.code: {row.code: row.count for row in one.rows} for one in report.tables}

    return read


def test_a_measure_is_counted_under_who_gives_it_and_not_under_what_was_looked_up(session, county, clock, counted):
    plans_of_help.measure(session, clock(), county, providers=["civil"], by="court")
    plans_of_help.measure(session, clock(), county, providers=["civil"])
    plans_of_help.measure(session, clock(), county, providers=["rural", "town", "village"])
    plans_of_help.measure(session, clock(), county, providers={"unknown": "does_not_know"})
    _, tables = counted()
    assert tables["measure_by"] == {"civil": 2, "several": 1, "unknown": 1}


@pytest.mark.parametrize(
    ("result", "is_open"),
    [("met", 0), ("ended", 0), ("declined", 0), ("partly", 1), ("refused", 1), ("referred", 1), (None, 1)],
)
def test_a_need_is_open_until_a_closure_says_that_it_is_met_or_wanted_no_more(
    session, county, clock, counted, result, is_open
):
    need_id = plans_of_help.need(session, clock(), county)
    if result:
        row = {"_id": "01900000-0000-7000-8000-0000000000e2", "need_id": need_id, "need": "money", "result": result}
        plans_of_help.report(session, clock(), county, "F9", {"cl": {"reason": "goals_met", "needs_answered": [row]}})
    figures, _ = counted()
    assert figures["needs_open"] == (is_open, 1)


@pytest.mark.parametrize(("results", "is_open"), [(("met", "referred"), 1), (("referred", "met"), 0)])
def test_of_a_file_that_was_closed_twice_the_newest_answer_to_a_need_counts_in_the_figures_and_the_file(
    session, county, clock, counted, results, is_open
):
    need_id = plans_of_help.need(session, clock(), county)
    for result in results:
        clock.advance(days=1)
        row = {"_id": "01900000-0000-7000-8000-0000000000e2", "need_id": need_id, "need": "money", "result": result}
        plans_of_help.report(session, clock(), county, "F9", {"cl": {"reason": "goals_met", "needs_answered": [row]}})
    # A closure that says nothing of it takes no answer back
    plans_of_help.report(session, clock(), county, "F9", {"cl": {"reason": "goals_met"}})
    figures, _ = counted()
    assert figures["needs_open"] == (is_open, 1)
    file = session.get_one(Case, (county.district, county.case_id))
    [need] = measures.plan_for(session, county.acting(session, "supervisor"), file).needs
    assert need.result == results[-1]


def test_the_file_says_what_came_of_a_need_and_a_closed_one_asks_for_no_measure(at_desk, session, county, clock, forms):
    need_id = plans_of_help.need(session, clock(), county)
    asked, begins = '<span class="tag warn">还没有措施</span>', f"/cases/{county.case_id}/needs/{need_id}"
    open_page = at_desk("supervisor").get(f"/cases/{county.case_id}").get_data(as_text=True)
    assert asked in open_page and begins in open_page
    row = {"_id": "01900000-0000-7000-8000-0000000000e2", "need_id": need_id, "need": "money", "result": "referred"}
    plans_of_help.report(session, clock(), county, "F9", {"cl": {"reason": "goals_met", "needs_answered": [row]}})
    session.get_one(Case, (county.district, county.case_id)).state = "CLOSED"
    session.commit()
    closed_page = at_desk("supervisor").get(f"/cases/{county.case_id}").get_data(as_text=True)
    assert "转给别的单位" in closed_page and asked not in closed_page and begins not in closed_page


def test_a_measure_of_no_meeting_keeps_no_promise_of_one(session, county, clock, counted):
    plans_of_help.meeting(session, clock(), county, due=day_of(clock()).isoformat())
    plans_of_help.measure(session, clock(), county, status="done", started_on=day_of(clock()).isoformat())
    figures, _ = counted()
    assert figures["promised"] == (1, 1)
