"""How often a county looks in, as it sets that itself: one source for calendar, file, numbers and statistics."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import agendas, rhythms
from fieldapp.casework.clocks import ClockState
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import agendas as kept_agendas
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.rhythms import RhythmVersion
from tests import factories, plans_of_help
from tests.counted import report_of

PAGE = "/limits/follow-ups"


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


@pytest.fixture
def helped(session, county, clock):
    """Help of the county's family began now; the day."""
    plans_of_help.measure(session, clock(), county, status="done", started_on=day_of(clock()).isoformat())
    return day_of(clock())


@pytest.fixture
def rhythm(county, clock):
    """Set it as the supervisor does, on top of what stands."""

    def set_to(reason="人手够了", who="supervisor", **told):
        with writing() as rows:
            acting = county.acting(rows, who)
            last = rows.scalars(
                select(RhythmVersion.number)
                .where(RhythmVersion.district == county.district)
                .order_by(RhythmVersion.number.desc())
            ).first()
            rhythms.change(rows, acting, last or 0, told, reason, clock())

    return set_to


def follow_up(county, now, *, keeps=False, days=800):
    """(day, whether it is overdue) of the one follow-up, on the page of the file and in the calendar."""
    if keeps:
        jobs.keep_agendas(now)
    with reading() as rows:
        acting = county.acting(rows, "supervisor")
        case = rows.get_one(Case, (county.district, county.case_id))
        on_file, _ = agendas.of_file(rows, acting, case, now)
        in_calendar = agendas.calendar(rows, acting, now, day_of(now) + timedelta(days=days))
    [here] = [one for one in on_file if one.what == "follow_up"]
    found = [one for one in in_calendar if one.what == "follow_up"]
    assert [one.due for one in found] == [here.due]
    return here.due.day, here.state is ClockState.OVERDUE


def figures(county, now):
    """(made, late, due) of follow-ups, counted off the reports and again off what the worker kept."""
    told = {one.code: (one.value, one.of) for one in report_of(county, now).figures}
    return told["followed"][0], told["late"][0], told["followed"][1]


def test_another_rhythm_sets_the_next_date_anew_on_every_page_at_once(helped, rhythm, county, clock):
    assert follow_up(county, clock(), keeps=True) == (helped + timedelta(days=30), False)
    # Before the worker came by, a nearer date already stands in the calendar of the next weeks
    rhythm(follow_up="14 30 90")
    assert follow_up(county, clock(), days=15) == (helped + timedelta(days=14), False)
    assert follow_up(county, clock(), keeps=True, days=15) == (helped + timedelta(days=14), False)
    rhythm(follow_up="45 90", reason="先前太密")
    assert follow_up(county, clock(), days=50) == (helped + timedelta(days=45), False)
    rhythm(follow_up="", reason="还是原来的好")
    assert follow_up(county, clock(), keeps=True) == (helped + timedelta(days=30), False)


def test_what_is_overdue_stays_so_in_number_list_and_figure(helped, rhythm, county, clock):
    clock.advance(days=32)
    assert follow_up(county, clock(), keeps=True) == (helped + timedelta(days=30), True)
    rhythm(follow_up="90 180")
    assert follow_up(county, clock()) == (helped + timedelta(days=30), True)
    jobs.keep_agendas(clock())
    with reading() as rows:
        assert kept_agendas.overdue_for(rows, county.acting(rows, "supervisor")) == 1
    assert figures(county, clock()) == (0, 1, 1)


def test_what_the_new_days_alone_made_due_is_due_today_and_told_from_tomorrow(helped, rhythm, session, county, clock):
    clock.advance(days=28)
    plans_of_help.follow_up(session, clock(), county)
    clock.advance(days=42)  # the seventieth day
    assert figures(county, clock()) == (1, 0, 1)
    rhythm(follow_up="30 60 180")
    today = day_of(clock())
    assert follow_up(county, clock(), keeps=True) == (today, False)
    assert figures(county, clock()) == (1, 0, 2)
    clock.advance(days=1)
    assert follow_up(county, clock(), keeps=True) == (today, True)
    assert figures(county, clock()) == (1, 1, 2)
    with reading() as rows:
        assert kept_agendas.overdue_for(rows, county.acting(rows, "supervisor")) == 1


def test_a_band_has_the_days_that_the_county_set(helped, rhythm, session, county, clock):
    plans_of_help.assessment(session, clock(), county, "yellow")
    clock.advance(days=1)
    plans_of_help.follow_up(session, clock(), county)
    seen = day_of(clock())
    before, _ = follow_up(county, clock(), keeps=True)
    assert before > seen + timedelta(days=27)
    rhythm(yellow="20")
    assert follow_up(county, clock()) == (seen + timedelta(days=20), False)


def test_the_next_county_keeps_its_own(helped, rhythm, session, county, clock):
    other = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    rhythm(follow_up="14")
    with reading() as rows:
        assert rhythms.of(rows, other.district)["follow_up"].milestones_days == (30, 90, 180, 365)


def test_it_is_set_on_its_page_with_a_reason_and_each_change_stays_there(at_desk, county, look):
    desk = at_desk("administrator")
    desk.get(PAGE)
    assert all(text in desk.page for text in ("红色等级", "每 7 天", "每 1 个月", "还没有改过"))
    told = {"base": "0", "red": "5", "blue": "60", "follow_up": "14、30，90 365", "reason": "试行一季度"}
    assert desk.post(PAGE, **told).status_code == 303
    desk.get(PAGE)
    assert all(text in desk.page for text in ("每 5 天", "第 14、30、90、365 天", "试行一季度", "本地已改"))
    # Somebody else's change is not written over
    assert desk.post(PAGE, **told).status_code == 409 and "刚刚被别人改过" in desk.page
    assert desk.post(PAGE, base="1", blue="60", reason="红色照旧").status_code == 303
    desk.get(PAGE)
    assert "红色照旧" in desk.page and "试行一季度" in desk.page
    assert [(one.number, one.red_days, one.blue_days, one.milestones) for one in look(RhythmVersion)] == [
        (1, 5, 60, "14 30 90 365"),
        (2, None, 60, None),
    ]
    acts = [one for one in look(AuditRow) if one.act == "set_rhythms"]
    assert len(acts) == 2
    # What changes nothing is no change
    assert desk.post(PAGE, base="2", blue="60", orange="14", reason="一样").status_code == 303
    assert len(look(RhythmVersion)) == 2


def test_too_rare_is_refused_with_the_reason_and_what_was_typed_stays(at_desk, county, look):
    desk = at_desk("supervisor")
    desk.get(PAGE)
    for typed, why in (
        ({"red": "8"}, "红色等级最长 7 天要见一次"),
        ({"orange": "21"}, "间隔太长"),
        ({"red": "6", "orange": "5"}, "等级更危险的，回访不能更少"),
        ({"follow_up": "30 35"}, "回访时点不对"),
        ({"yellow": "a month"}, "天数没有看懂"),
        ({"yellow": "20 30"}, "天数没有看懂"),
    ):
        assert desk.post(PAGE, base="0", reason="忙不过来", **typed).status_code == 422
        assert (
            why in desk.page
            and "忙不过来" in desk.page
            and all(f'value="{one}"' in desk.page for one in typed.values())
        )
    assert desk.post(PAGE, base="0", red="5", reason=" ").status_code == 422
    assert desk.post(PAGE, base="", red="5", reason="x").status_code == 400
    assert look(RhythmVersion) == []


def test_nobody_else_sets_it(rhythm, county):
    with pytest.raises(Problem) as told:
        rhythm(who="caseworker", red="5")
    assert told.value.code == "not_found"


def test_what_the_new_days_alone_made_due_stays_due_when_taken_back_on_a_later_day(helped, rhythm, county, clock):
    plain = follow_up(county, clock(), keeps=True)
    # Given days by which she would have been seen long ago, taken back on the same day
    clock.advance(days=20)
    rhythm(follow_up="10 200")
    assert follow_up(county, clock(), keeps=True)[0] == day_of(clock())
    clock.advance(minutes=1)
    rhythm()
    assert follow_up(county, clock(), keeps=True) == plain
    # And set once more, taken back on another day
    clock.advance(minutes=1)
    rhythm(follow_up="10 200")
    due = day_of(clock())
    clock.advance(days=1)
    rhythm()
    assert follow_up(county, clock(), keeps=True) == (due, True)
