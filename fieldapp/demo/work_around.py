"""What runs around the families in the whole demonstration: a roster, who helps, rules, talks, meetings.

Made by the acts of the desk, like anybody's. Invented.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from fieldapp.actions import crews, duty, meetings, outreach, rule_texts
from fieldapp.actions import organisations as houses
from fieldapp.actions.statistics_lines import TOWNSHIP_DIGITS
from fieldapp.days import CHINA, day_of
from fieldapp.demo import TOWNSHIP, help_given
from fieldapp.models.accounts import Acting

_DAY_BEGINS, _NIGHT_BEGINS = time(8), time(20)
_WEEKS_PLANNED = 2
CREW, STATION = "柳河镇关爱小组（演示）", "柳河镇“栀子花”服务站（演示）"
EXPERT, EXPERT_DAYS = "方律师（演示）", 45
MEETING, MEETING_HELD = "妇女儿童工作联席会议（演示）", "反家庭暴力会商（演示）"
RULES = (
    (
        "困难妇女联合走访办法（演示）",
        "示例县妇女联合会、示例县人民检察院",
        "一、走访由两人同行，出示工作证件。\n二、先问是否方便、是否单独；不单独时不问家里的事。\n"
        "三、不当着孩子和邻居谈案情，不在门口张贴、不留纸条。\n四、当天把走访记录交上来，材料以后可以补。",
    ),
    (
        "强制报告联系单（演示）",
        "示例县妇女儿童工作委员会",
        "发现未成年人或无法保护自己的人受到侵害，马上打 110，再告诉值班主管。\n"
        "不等证据，不用谁同意；报告人的信息保密。",
    ),
)


def load(session: Session, now: datetime) -> None:
    """Add it to a loaded demo. Raises NoResultFound on any other database."""
    administrator, supervisor = help_given.acting(session, "admin"), help_given.acting(session, "chen")
    today = day_of(now)
    _roster(session, supervisor, help_given.acting(session, "sun"), now)
    houses.add_organisation(session, administrator, kind="station", name=STATION, region_code=TOWNSHIP, now=now)
    crew = crews.add_crew(session, supervisor, kind="care", name=CREW, now=now)
    for name in ("李春禾", "赵大田", "罗老师（演示）"):
        crews.add_member(session, supervisor, crew.crew_id, name, now)
    crews.add_expert(
        session, supervisor, name=EXPERT, kind="lawyer", organisation="示例律师事务所（演示）",
        contract_until=today + timedelta(days=EXPERT_DAYS), now=now,
    )  # fmt: skip
    for kind, days_ago, people in (("lecture", 6, 46), ("activity", 20, 130)):
        outreach.note(
            session, supervisor, kind=kind, on=today - timedelta(days=days_ago), region_code=TOWNSHIP[:TOWNSHIP_DIGITS],
            organisation_id=None, times=1, people=people, now=now,
        )  # fmt: skip
    for title, issuer, text in RULES:
        rule_texts.write(
            session, administrator, None, title=title, issuer=issuer, issued_on=date(2026, 3, 8), text=text, number=0,
            now=now,
        )  # fmt: skip
    _meetings(session, supervisor, today, now)


def _roster(session: Session, supervisor: Acting, deputy: Acting, now: datetime) -> None:
    """Two people by turns until the end of the next week; of the Saturday night before that nobody has thought."""
    today = day_of(now)
    last = today + timedelta(days=7 * _WEEKS_PLANNED - 1 - today.weekday())
    forgotten = last - timedelta(days=1)
    on = today - timedelta(days=1)  # a night that began yesterday may still run
    while on <= last:
        shifts = (
            (on, _DAY_BEGINS, on, _NIGHT_BEGINS, supervisor, deputy),
            (on, _NIGHT_BEGINS, on + timedelta(days=1), _DAY_BEGINS, deputy, supervisor),
        )
        for first, begins, until, ends, who, stands_in in shifts:
            starts_at, ends_at = datetime.combine(first, begins, CHINA), datetime.combine(until, ends, CHINA)
            if ends_at > now and not (first == forgotten and begins == _NIGHT_BEGINS):
                duty.plan(
                    session, supervisor, person_id=who.person_id, deputy_id=stands_in.person_id, organisation_id=None,
                    starts_at=starts_at, ends_at=ends_at, now=now,
                )  # fmt: skip
        on += timedelta(days=1)


def _meetings(session: Session, supervisor: Acting, today: date, now: datetime) -> None:
    """One that is still to come, and one that was held; what that decided stands in its minutes (F8)."""
    for kind, name, members, months, first_on in (
        ("joint_meeting", MEETING, "妇联、检察院、民政局、公安局（演示）", 3, today + timedelta(days=9)),
        ("dv_consultation", MEETING_HELD, "妇联、公安局、法院（演示）", 1, today - timedelta(days=40)),
    ):
        made = meetings.set_up(
            session, supervisor, kind=kind, name=name, members=members, every_months=months, first_on=first_on, now=now
        )
        if first_on < today:
            meetings.note_held(session, supervisor, made.meeting_id, today - timedelta(days=12), now)
