"""The figures against a count by hand, and what an export hides so that no small count follows from what it shows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.campaigns import Household, counted
from fieldapp.casework.statistics import count
from fieldapp.casework.statistics_cells import SHOWN_MIN, hidden_parts, masked
from fieldapp.casework.statistics_figures import FIGURES, SPANS, TABLES
from fieldapp.casework.statistics_lines import (
    Beside,
    FollowUp,
    Help,
    Interview,
    Late,
    LegalAction,
    Line,
    Need,
    Outreach,
    Period,
    Person,
    Place,
    Promise,
    Relief,
    Said3,
)
from fieldapp.days import CHINA

YEAR = Period(date(2022, 1, 1), date(2022, 12, 31))
TODAY = date(2023, 1, 10)
HER, GIRL, BOY = Person("female", "1980-05"), Person("female", "2010"), Person("male", "2012-03")


def day(month, dom=1):
    return date(2022, month, dom)


# Six cases, small enough to be counted on fingers.
LINES = [
    Line(
        "a", "东镇", day(1), "hotline_12338", "visit", True, day(1, 11), day(1, 21), day(2), day(3, 1), day(3, 6),
        day(12), "dv_admin", "filed", "red", frozenset({"A2", "B2"}), frozenset({"dv_form"}), (HER,),
        (
            Help("protection_order", "court", "done", None, day(2), frozenset({"her"})),
            Help("wf_hardship_relief", "wf", "done", Decimal("3000.50"), day(2), frozenset({"her", "girl"})),
            Help("judicial_relief", "proc", "done", Decimal("20000"), day(3)),
        ),
        (Relief("granted", Decimal("20000"), day(3), 3, True),),
        (FollowUp(day(4), day(4)), FollowUp(day(5), day(6)), FollowUp(day(6), None)),
        (Said3(day(4), "5", "no"), Said3(day(6), "3", "yes")),
        "妇联", "goals_met", datetime(2022, 1, 1, 8, tzinfo=CHINA), datetime(2022, 1, 1, 20, tzinfo=CHINA),
        (LegalAction("support_suit", day(5)), LegalAction("guardian_revoked", date(2021, 5, 1))),
        (Promise(day(3), True), Promise(day(4), False), Promise(date(2023, 2, 1), False)),
        (Need(day(1), False), Need(day(6), True)), Decimal("12000.50"),
        (Late("visit", day(1, 8)), Late("visit", day(1, 9)), Late("letter", day(2)), Late("report", date(2021, 5, 1))),
    ),
    Line(
        "b", "东镇", day(2), "hotline_12338", "refer", False, case_type="molest", persons=(GIRL, BOY),
        organisation="妇联", actions=(LegalAction("guardian_revoked", day(7)),),
    ),
    Line(
        "c", "西镇", day(3), "proc_case", "visit", None, day(3, 4), day(3, 9), None, day(2), None, None,
        "tort_traffic", "filed", None, frozenset({"A3"}), frozenset({"minors_present"}), (HER, GIRL, BOY),
        (
            Help("mediation", "wf", "done", Decimal(80), day(5), frozenset({"her", "girl", "boy"})),
            Help("mediation", "wf", "refused", Decimal(1), day(5), frozenset({"nobody who was helped"})),
        ),
        (Relief("advance", Decimal("5000"), day(4), 1, False), Relief("refused", None, day(6), 1, False)),
    ),
    Line("d", "西镇", date(2021, 12, 31), "other", "answer", True, told=(Said3(day(8), "4", None),)),
    Line("e", "西镇", date(2023, 1, 1), "other", persons=(HER,)),
    Line(
        "f", "西镇", day(9), None, measures=(Help("circuit_mediation", "court", "in_progress", None, day(10)),),
        late=(Late("visit", day(9)),),
    ),
]  # fmt: skip
BESIDE = Beside(
    (Outreach("lecture", day(3), 2, 80), Outreach("lecture", day(9), 1, 40), Outreach("article", day(5), 200, 5000),
     Outreach("lecture", date(2021, 3, 1), 9, 900)),
    (Interview(day(2), 3), Interview(day(8), 1), Interview(date(2023, 1, 1), 7)),
    (Place(), Place(date(2023, 1, 1)), Place(date(2022, 12, 31))),
)  # fmt: skip
BY_HAND = {
    "received": (4, None),  # a b c f
    "received_persons": (7, None),  # 1 + 2 + 3 + 1, nobody being noted in f
    "calls": (2, None),
    "visits_in": (0, None),
    "answers": (0, None),  # d was answered the year before
    "resolution": (1, 4),
    "handled": (5, None),  # a b c f, and d for what was said in August
    "services": (5, None),  # three of a, one mediation of c, one of f; one was refused
    "helped_persons": (5, None),  # a 1, c 3, f 1
    "recovered_sum": (80, None),  # the refused one brought nothing
    "guardian_revoked": (1, None),  # of a it was the year before
    "promised": (1, 2),
    "needs_open": (1, 2),
    "custody": (Decimal("12000.50"), None),
    "outreach_times": (203, None),
    "outreach_people": (5120, None),
    "interviews": (4, None),
    "beneficiaries": (6, None),  # a 2, one of them twice; c 3; f names nobody
    "centres": (2, None),  # one was given up on the last day
    "response": (1, 2),  # a in time, b not; of c and f nobody can say
    "closure": (1, 4),
    "letters": (1, None),
    "relieved": (2, None),
    "relieved_persons": (4, None),
    "relief_sum": (25000, None),
    "relief_by_letter": (1, 2),
    "joint": (1, None),
    "green": (1, None),
    "other_sum": (Decimal("3000.50"), None),
    "orders": (0, None),
    "protection": (1, None),
    "suits": (0, None),
    "legal_aid": (0, None),
    "settlement": (1, 2),  # one was refused
    "followed": (2, 3),
    "late": (2, 3),  # one a month late, one not made
    "satisfaction": (2, 3),
    "violence_again": (1, 2),
}
TABLES_BY_HAND = {
    "channel": {"hotline_12338": 2, "proc_case": 1, "unknown": 1},
    "outcome": {"visit": 2, "refer": 1, "unknown": 1},
    "region": {"东镇": 2, "西镇": 2},
    "organisation": {"妇联": 2, "unknown": 2},
    "relieved_person": {"woman": 2, "girl": 1, "boy": 1},
    "legal_action": {"support_suit": 1, "guardian_revoked": 1},
    "outreach": {"lecture": 3, "article": 200},
    "case_type": {"dv_admin": 1, "molest": 1, "tort_traffic": 1, "unknown": 1},
    "stage": {"filed": 2, "unknown": 2},
    "band": {"red": 1},
    "person": {"woman": 2, "girl": 2, "boy": 2},
    "category": {"A2": 1, "B2": 1, "A3": 1},
    "flag": {"dv_form": 1, "minors_present": 1},
    "measure_by": {"court": 2, "wf": 3, "proc": 1},
    "measure_type": {
        "protection_order": 1, "wf_hardship_relief": 1, "judicial_relief": 1, "mediation": 2, "circuit_mediation": 1,
    },
    "measure_state": {"granted": 5, "refused": 1},
    "measure_year": {"2022": Decimal("3000.50")},  # what mediation brought is got back, and relief is relief
}  # fmt: skip


def test_every_figure_equals_the_count_by_hand():
    report = count(LINES, YEAR, TODAY, BESIDE)
    assert {one.code: (one.value, one.of) for one in report.figures} == BY_HAND
    assert BY_HAND.keys() == FIGURES.keys()


def test_every_table_equals_the_count_by_hand_in_the_order_of_its_codes_and_not_of_its_numbers():
    report = count(LINES, YEAR, TODAY, BESIDE)
    assert {one.code: {row.code: row.count for row in one.rows} for one in report.tables} == TABLES_BY_HAND
    assert TABLES_BY_HAND.keys() == TABLES.keys()
    for table in report.tables:
        assert [row.code for row in table.rows] == sorted(row.code for row in table.rows)


def test_the_days_between_two_steps_are_the_median_and_a_decision_before_our_letter_is_no_time_of_ours():
    spans = {one.code: (one.cases, one.median_days) for one in count(LINES, YEAR, TODAY).spans}
    assert spans == {
        "visit": (2, Decimal("6.5")),  # 10 and 3
        "approval": (2, Decimal("7.5")),  # 10 and 5
        "letter": (1, Decimal("11")),
        "decision": (1, Decimal("28")),  # c has no letter
        "feedback": (1, Decimal("5")),
        "report": (1, Decimal("0.5")),  # twelve hours
    }
    assert spans.keys() == SPANS.keys()


def test_a_step_is_overdue_in_the_cases_of_which_a_limit_ran_out_in_the_period():
    spans = {one.code: set(one.late) for one in count(LINES, YEAR, TODAY).spans}
    # a, twice late on its way to the visit, is one case; what was found the year before is not of this one
    assert spans == {
        "visit": {"a", "f"}, "approval": set(), "letter": {"a"}, "decision": set(), "feedback": set(), "report": set(),
    }  # fmt: skip


def test_money_of_help_stands_under_the_year_of_its_day():
    helps = [Help("dibao", "civil", "done", Decimal(yuan), date(at, 3, 1)) for yuan, at in ((5, 2021), (7, 2022))]
    helps += [Help("dibao", "civil", "applied", Decimal(90), date(2022, 3, 1))]
    report = count(
        [Line("x", "东镇", day(1), measures=tuple(helps))], Period(date(2021, 1, 1), date(2022, 12, 31)), TODAY
    )
    [years] = [one for one in report.tables if one.code == "measure_year"]
    assert {row.code: row.count for row in years.rows} == {"2021": 5, "2022": 7} and years.total == 12


def test_a_follow_up_that_is_due_after_today_is_not_late():
    line = Line("x", "东镇", day(1), follow_ups=(FollowUp(day(5), None),))
    late = {one.code: one.value for one in count([line], YEAR, day(5)).figures}["late"]
    assert (late, {one.code: one.value for one in count([line], YEAR, day(5, 2)).figures}["late"]) == (0, 1)


def test_a_rate_without_a_denominator_is_no_rate():
    nothing = count([], YEAR, TODAY)
    assert {one.percent for one in nothing.figures if one.unit == "rate"} == {None}
    assert [one.percent for one in count(LINES, YEAR, TODAY).figures if one.code == "satisfaction"] == [Decimal("66.7")]


def test_the_cases_behind_a_figure_are_those_it_counts():
    report = count(LINES, YEAR, TODAY)
    cases = {one.code: set(one.cases) for one in report.figures}
    assert cases["received"] == {"a", "b", "c", "f"} and cases["relieved"] == {"a", "c"} and cases["closure"] == {"a"}


@pytest.mark.parametrize(
    ("sex", "birth", "kind"),
    [
        ("female", "2004-01-02", "girl"),
        ("female", "2004-01-01", "woman"),
        ("female", "2004", "girl"),
        ("female", "2003", "woman"),
        ("male", "2004-01", "boy"),
        ("male", "1990", "man"),
        (None, "1990", "unknown"),
        ("female", None, "unknown"),
        ("female", "?", "unknown"),
    ],
)
def test_of_a_birth_known_in_part_the_later_day_counts(sex, birth, kind):
    assert Person(sex, birth).kind(date(2022, 1, 1)) == kind


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends after it begins"):
        Period(date(2022, 2, 1), date(2022, 1, 31))


def test_a_programme_has_no_outreach_of_its_own():
    codes = {one.code for one in count(LINES, YEAR, TODAY).figures}
    assert codes.isdisjoint({"outreach_times", "outreach_people", "interviews"})


# What an export hides


@pytest.mark.parametrize(
    ("counts", "hidden", "total"),
    [
        ([5, 6, 7], set(), False),
        ([0, 6, 7], set(), False),
        ([3, 9, 8], {0, 2}, False),  # alone it would be the difference
        ([1, 1, 9, 8], {0, 1, 3}, False),  # together two can only be one and one
        ([4, 4, 9], {0, 1, 2}, False),
        ([2, 3, 9], {0, 1}, False),
        ([1, 5, 9], {0, 1, 2}, False),  # six of a small and a large one are one and five
        ([3], {0}, True),
        ([3, 0], {0}, True),
        ([1, 2], {0, 1}, True),
        ([1, 5], {0, 1}, True),
        ([], set(), False),
    ],
)
def test_a_small_count_is_hidden_and_so_much_more_that_it_does_not_follow(counts, hidden, total):
    assert hidden_parts(counts, has_total=True) == (hidden, total)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 12), max_size=5))
def test_no_small_count_can_be_worked_out_from_what_is_shown(counts):
    hidden, total_is_hidden = hidden_parts(counts, has_total=True)
    small = [at for at in hidden if counts[at] < SHOWN_MIN]
    assert {at for at, one in enumerate(counts) if 0 < one < SHOWN_MIN} <= hidden
    if total_is_hidden or not hidden:
        return
    # Whoever knows the total, and which of the hidden ones are small, still has two answers for one of them.
    left = sum(counts[at] for at in hidden)
    spans = [range(1, SHOWN_MIN) if at in small else range(SHOWN_MIN, left + 1) for at in sorted(hidden)]
    answers = [found for found in product(*spans) if sum(found) == left]
    assert len({tuple(found[sorted(hidden).index(at)] for at in small) for found in answers}) > 1


def lines(many, **told):
    at = len(told)
    return [Line(f"{at}-{sorted(map(str, told.values()))}-{number}", "东镇", day(1), **told) for number in range(many)]


def test_of_a_share_the_rest_is_a_count_too():
    closed = lines(8, closed_on=day(2), channel="grid") + lines(2, channel="grid")
    assert "closure" in masked(count(closed, YEAR, TODAY)).figures
    closed += lines(3, channel="grid", stage="filed")
    assert "closure" not in masked(count(closed, YEAR, TODAY)).figures


def test_a_total_that_one_table_hides_is_told_by_no_other_and_by_no_figure():
    # Given cases of one channel but three of another, and all of one town
    mask = masked(count(lines(3, channel="grid"), YEAR, TODAY))
    assert {"region", "organisation", "channel", "outcome", "case_type", "stage"} <= mask.totals
    assert {"received", "closure", "resolution"} <= mask.figures


def test_closures_do_not_tell_how_few_were_closed_for_another_reason():
    # Of 20 cases 8 were settled, and 2 more were closed as nobody could be found: neither share is small itself
    settled = lines(8, closed_on=day(2), closing="goals_met")
    asked = settled + lines(2, closed_on=day(2), closing="moved_away") + lines(10, channel="grid")
    mask = masked(count(asked, YEAR, TODAY))
    assert "closure" not in mask.figures and "resolution" in mask.figures
    mask = masked(count(settled + lines(12, channel="grid"), YEAR, TODAY))
    assert "resolution" not in mask.figures


def test_persons_received_do_not_tell_the_total_that_their_table_hides():
    # Four women and four girls: of two hidden rows eight is told by fours alone, so their total is hidden
    seen = lines(4, persons=(HER,)) + lines(4, persons=(GIRL,))
    mask = masked(count(seen, YEAR, TODAY))
    assert "person" in mask.totals and "received_persons" in mask.figures


def swept(many, outcome=None, colour=None):
    return [Household(f"{outcome}{colour}{number}", "柳树村", outcome, colour, "no") for number in range(many)]


def test_a_round_tells_no_hidden_outcome_by_the_totals_of_colours_and_worries():
    # 20 were seen and have a colour, 2 were away and have none, 9 refused
    found = swept(20, "seen", "blue") + swept(2, "absent") + swept(9, "refused")
    mask = masked(counted(found))
    assert ("sweep_outcome", "absent") in mask.rows
    assert {one.code for one in mask.report.tables} == {"sweep_outcome", "sweep_village"}
    # Where no outcome is hidden they stand there
    shown = masked(counted(swept(20, "seen", "blue") + swept(9, "refused")))
    assert {"sweep_colour", "sweep_worry"} <= {one.code for one in shown.report.tables}


def test_a_count_that_a_table_hides_is_not_told_by_a_figure_of_the_same():
    helps = [Help("protection_order", "court", "done", None, day(2))] * 6 + [
        Help("shelter", "wf", "done", None, day(2))
    ] * 3
    mask = masked(count([Line("x", "东镇", day(1), measures=tuple(helps))], YEAR, TODAY))
    assert ("measure_type", "protection_order") in mask.rows and "protection" in mask.figures


def test_a_sum_of_money_over_few_cases_is_hidden():
    given_to = [
        Line(str(n), "东镇", day(1), reliefs=(Relief("granted", Decimal(900), day(2), 1, False),)) for n in range(6)
    ]
    assert "relief_sum" in masked(count(given_to[:4], YEAR, TODAY)).figures
    assert "relief_sum" not in masked(count(given_to, YEAR, TODAY)).figures


def test_a_year_of_money_over_few_cases_is_hidden_with_one_more_so_that_the_total_tells_nothing():
    def helped(many, *years):
        helps = tuple(Help("dibao", "civil", "done", Decimal(900), date(at, 3, 1)) for at in years)
        return [Line(f"{years}{number}", "东镇", day(1), measures=helps) for number in range(many)]

    both = Period(date(2020, 1, 1), date(2022, 12, 31))
    mask = masked(count(helped(2, 2020) + helped(6, 2021) + helped(9, 2022), both, TODAY))
    assert {row for table, row in mask.rows if table == "measure_year"} == {"2020", "2021"}
    assert "measure_year" not in mask.totals and "other_sum" not in mask.figures
    # The same three in both years: neither row nor total nor the figure that says it
    mask = masked(count(helped(3, 2021, 2022), both, TODAY))
    assert {row for table, row in mask.rows if table == "measure_year"} == {"2021", "2022"}
    assert "measure_year" in mask.totals and "other_sum" in mask.figures
    # Few in one year alone: it follows from the figure
    mask = masked(count(helped(2, 2021) + helped(9, 2022), both, TODAY))
    assert {row for table, row in mask.rows if table == "measure_year"} == {"2021", "2022"}


def test_few_cases_that_ran_late_are_hidden_apart_from_the_days_of_their_step():
    late = [Line(str(n), "东镇", day(1), visited_on=day(2), late=(Late("visit", day(1, 9)),)) for n in range(6)]
    assert "visit" in masked(count(late[:4] + lines(3, visited_on=day(2)), YEAR, TODAY)).late
    mask = masked(count(late, YEAR, TODAY))
    assert "visit" not in mask.late and "visit" not in mask.spans


def test_a_time_over_few_cases_is_hidden():
    seen = [Line(str(n), "东镇", day(1), visited_on=day(1) + timedelta(days=3)) for n in range(6)]
    assert "visit" in masked(count(seen[:4], YEAR, TODAY)).spans
    assert "visit" not in masked(count(seen, YEAR, TODAY)).spans


def test_a_sum_of_channels_does_not_tell_the_one_that_is_hidden():
    came = lines(6, channel="hotline_12338") + lines(2, channel="hotline_110") + lines(9, channel="grid")
    mask = masked(count(came, YEAR, TODAY))
    assert ("channel", "hotline_110") in mask.rows and "calls" in mask.figures


def test_two_lectures_are_about_nobody_and_two_interviews_are():
    mask = masked(count([], YEAR, TODAY, Beside((Outreach("lecture", day(3), 2, 3),), (Interview(day(3), 2),))))
    assert "outreach_times" not in mask.figures and ("outreach", "lecture") not in mask.rows
    assert "interviews" in mask.figures
