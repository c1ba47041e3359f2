"""Money kept for somebody: exact to the fen, never overdrawn, nothing changed that was written."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.custody import FEN_MAX, Entry, Ledger, Line, balances, cancel, fen_of, write, yuan_of
from fieldapp.casework.states import Refusal

DAY = date(2026, 3, 2)


def line(number, entry, yuan, day=0, purpose="学费"):
    return Line(f"{number}", entry, DAY + timedelta(days=day), fen_of(yuan), purpose)


def ledger_of(*lines):
    ledger = Ledger()
    for one in lines:
        ledger = write(ledger, one)
        assert isinstance(ledger, Ledger)
    return ledger


def test_a_follow_up_shows_what_is_left_after_each_use():
    ledger = ledger_of(
        line(1, Entry.RECEIVED, "30000"), line(2, Entry.USED, "1320.5", 3), line(3, Entry.HANDED_OVER, "0.01", 9)
    )
    assert [yuan_of(left) for _, left in balances(ledger)] == ["30000.00", "28679.50", "28679.49"]
    assert ledger.balance_fen == fen_of("28679.49")


def test_nobody_uses_more_than_there_is_to_the_fen():
    ledger = ledger_of(line(1, Entry.RECEIVED, "100"))
    assert isinstance(write(ledger, line(2, Entry.USED, "100")), Ledger)
    refused = write(ledger, line(2, Entry.USED, "100.01"))
    assert isinstance(refused, Refusal) and refused.code == "overdrawn" and "0.01" in refused.why.zh


def test_a_use_written_late_is_held_against_its_own_day_and_every_later_one():
    ledger = ledger_of(line(1, Entry.RECEIVED, "100", 10), line(2, Entry.USED, "80", 12))
    assert isinstance(write(ledger, line(3, Entry.USED, "10", 5)), Refusal)  # before anything had come
    assert isinstance(write(ledger, line(3, Entry.USED, "30", 11)), Refusal)  # enough that day, not the day after
    assert isinstance(write(ledger, line(3, Entry.USED, "20", 10)), Ledger)


def test_a_use_says_what_for_and_the_same_line_again_changes_nothing():
    ledger = ledger_of(line(1, Entry.RECEIVED, "100", purpose=""))
    refused = write(ledger, line(2, Entry.USED, "1", purpose=" "))
    assert isinstance(refused, Refusal) and refused.code == "purpose_needed"
    assert write(ledger, ledger.lines[0]) is ledger
    with pytest.raises(ValueError):
        write(ledger, line(1, Entry.RECEIVED, "200"))
    with pytest.raises(ValueError):
        write(ledger, Line("3", Entry.USED, DAY, 0, "学费"))


def test_a_line_is_taken_back_by_another_and_both_stay():
    ledger = ledger_of(line(1, Entry.RECEIVED, "100"), line(2, Entry.USED, "60"))
    back = cancel(ledger, "2", "3", "记错了")
    assert isinstance(back, Ledger) and back.balance_fen == fen_of("100") and back.lines[:2] == ledger.lines
    for refused, code in (
        (cancel(back, "2", "4", "再来"), "already_cancelled"),
        (cancel(back, "3", "4", "再来"), "already_cancelled"),
        (cancel(ledger, "2", "3", ""), "reason_given"),
        (cancel(ledger, "1", "3", "没到账"), "overdrawn"),  # it was used already
    ):
        assert isinstance(refused, Refusal) and refused.code == code and refused.do.en
    with pytest.raises(KeyError):
        cancel(ledger, "9", "3", "记错了")


@pytest.mark.parametrize(
    "text", ["", "-1", "1.234", "01", "1.", ".5", "1e3", "１００", "1,000", " 1", "NaN", "100000000.01"]
)
def test_what_is_no_amount_of_yuan_is_refused(text):
    with pytest.raises(ValueError):
        fen_of(text)


@given(st.integers(0, FEN_MAX))
@settings(max_examples=60)
def test_fen_and_yuan_are_the_same_amount(fen):
    assert fen_of(yuan_of(fen)) == fen


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(Entry), st.integers(1, 500), st.integers(0, 20), st.booleans()), max_size=12))
def test_whatever_is_written_no_day_is_below_zero_and_the_balance_is_the_sum(wanted):
    ledger = Ledger()
    for number, (entry, fen, day, taken_back) in enumerate(wanted):
        longer = write(ledger, Line(f"{number}", entry, DAY + timedelta(days=day), fen, "学费"))
        ledger = longer if isinstance(longer, Ledger) else ledger
        if taken_back and ledger.lines:
            longer = cancel(ledger, ledger.lines[0].line_id, f"c{number}", "记错了")
            ledger = longer if isinstance(longer, Ledger) else ledger
    rows = balances(ledger)
    assert all(left >= 0 for _, left in rows)
    assert ledger.balance_fen == (rows[-1][1] if rows else 0)
