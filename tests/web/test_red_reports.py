"""A report that is red stands before the supervisor on duty at once, as a danger told in a lead does."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select, text

from fieldapp.actions import alerts, case_clocks, erasures, kept, minors, protections, reports, reviews
from fieldapp.casework.happened import Happened
from fieldapp.casework.protection import Report
from fieldapp.days import CHINA
from fieldapp.db import reading, writing
from fieldapp.models import bodies, queue
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, Urgent
from fieldapp.models.records import Kept, Record, State
from fieldapp.models.vaults import Vault, VaultState
from sync.push import UNSIGNED_URGENTS_PER_HOUR
from tests import factories

ALERT = 'class="alert" role="alert"'
RED = {
    "F3": {"fu": {"met": "yes"}, "private": {"new_violence": "yes"}},
    "F5": {"visit": {"alone": "yes"}, "dv": {"c_weapon": "yes", "band": "red", "band_final": "red"}},
    "F6": {"child": {"harm_signs": ["unexplained_injury"], "safe_tonight": "no", "risk": "immediate"}},
}
CALM = {
    "F3": {"fu": {"met": "yes"}, "private": {"new_violence": "no"}, "end": {"band": "blue"}},
    "F5": {"visit": {"alone": "yes"}, "dv": {"c_weapon": "no", "band": "blue", "band_final": "blue"}},
    "F6": {"child": {"harm_signs": ["none"], "safe_tonight": "yes", "risk": "low"}},
}


@pytest.fixture
def worker(enrolled):
    phone = enrolled()
    phone.sync_all()
    return phone


def hand_in(phone, county, form, answers, *, before=None, intent="submit", **named):
    if before is not None:
        named |= {
            "visit_id": before.head["visit_id"],
            "record_id": before.head["record_id"],
            "parents": [before.head["revision_id"]],
        }
    return phone.fill_in(county, form=form, body={"answers": answers}, intent=intent, **named)


def sent(phone, county, form, answers, **how):
    item = hand_in(phone, county, form, answers, **how)
    phone.sync_all()
    assert phone.result(item)["status"] == "ok", phone.result(item)
    return item


def raised(session):
    """The alerts there are; whoever reads on holds up the next exchange."""
    told = (Urgent.urgent_id, Urgent.case_id, Urgent.signed, Urgent.received_at, Urgent.acknowledged_at)
    found = session.execute(select(*told)).all()
    session.commit()
    return found


def happened(session, kind):
    count = len(session.scalars(select(CaseEvent.event_id).where(CaseEvent.kind == kind.value)).all())
    session.commit()
    return count


def see(county, clock):
    with writing() as session:
        [alert] = session.scalars(select(Urgent).where(Urgent.acknowledged_at.is_(None))).all()
        alerts.acknowledge(session, county.acting(session, "supervisor"), alert.urgent_id, clock())


def open_reports(county):
    with reading() as session:
        found = protections.open_ones(session, county.acting(session, "supervisor"))
        return [(one.beside.protected_since is not None, one.beside.report_open) for one in found]


@pytest.mark.parametrize("form", sorted(RED))
def test_a_red_report_stands_on_top_until_somebody_acts(worker, county, session, clock, at_desk, form):
    # Given a red report, handed in from a phone
    sent(worker, county, form, RED[form])
    # Then it stands as an alert before the supervisor, with the code name of its family, and in what happened
    [alert] = raised(session)
    assert alert.signed and alert.case_id == county.case_id and alert.acknowledged_at is None
    code_name = session.get_one(Case, (county.district, county.case_id)).code_name
    session.commit()
    desk = at_desk("supervisor")
    page = desk.get("/").text
    assert page.count(ALERT) == 1 and code_name in page
    assert happened(session, Happened.DANGER_TOLD) == 1
    # When somebody says that she acts, the family is protected and the alert is gone
    assert desk.post(f"/alerts/{alert.urgent_id}/acknowledge").status_code == 303
    assert ALERT not in desk.get("/").text
    assert [protected for protected, _ in open_reports(county)] == [True]


@pytest.mark.parametrize("form", sorted(RED))
def test_a_report_that_is_not_red_raises_nothing(worker, county, session, form):
    sent(worker, county, form, CALM[form])
    assert not raised(session) and not happened(session, Happened.DANGER_TOLD)


@pytest.mark.parametrize("form", sorted(RED))
def test_a_red_report_is_told_of_at_the_door_already_and_in_the_evening_not_again(worker, county, session, clock, form):
    item = sent(worker, county, form, RED[form], intent="door")
    assert len(raised(session)) == 1
    see(county, clock)
    sent(worker, county, form, RED[form], before=item)
    [alert] = raised(session)
    assert alert.acknowledged_at is not None and happened(session, Happened.DANGER_TOLD) == 2  # told, and seen


@pytest.mark.parametrize("form", sorted(RED))
def test_a_report_that_becomes_red_alerts_and_one_that_is_red_again_alerts_again(worker, county, session, clock, form):
    calm = sent(worker, county, form, CALM[form])
    assert not raised(session)
    red = sent(worker, county, form, RED[form], before=calm)
    see(county, clock)
    again = sent(worker, county, form, CALM[form], before=red)
    assert [one.acknowledged_at is None for one in raised(session)] == [False]
    clock.advance(hours=1)
    sent(worker, county, form, RED[form], before=again)
    [alert] = raised(session)
    assert alert.acknowledged_at is None and alert.received_at == clock()


def test_versions_in_one_batch_and_the_batch_sent_again_raise_one_alert(worker, county, session, clock):
    item = hand_in(worker, county, "F5", RED["F5"])
    calm = hand_in(worker, county, "F5", CALM["F5"], before=item)
    hand_in(worker, county, "F5", RED["F5"], before=calm)
    request = worker.device.request()
    worker.post(request)
    see(county, clock)
    worker.post(request)
    worker.sync_all()
    [alert] = raised(session)
    assert alert.acknowledged_at is not None
    assert happened(session, Happened.DANGER_TOLD) == 3  # told, told anew, and seen


def test_each_red_report_of_a_family_has_an_alert_of_its_own(worker, county, session):
    for form, answers in RED.items():
        hand_in(worker, county, form, answers)
    worker.sync_all()
    assert len(raised(session)) == 3 and happened(session, Happened.DANGER_TOLD) == 3


def test_red_work_that_is_kept_aside_does_not_keep_its_danger_aside(worker, county, session, clock):
    # Given a report that is in review, and a correction of it that is red
    item = sent(worker, county, "F5", CALM["F5"])
    with writing() as rows:
        record = rows.scalars(select(Record)).one()
        reviews.open_review(rows, county.acting(rows, "supervisor"), record.record_id, clock())
    red = hand_in(worker, county, "F5", RED["F5"], before=item)
    worker.sync_all()
    # Then it waits for a person, and its danger does not
    assert worker.result(red)["status"] == "locked"
    waiting = session.scalars(select(Kept.kept_id)).one()
    session.commit()
    assert [(one.case_id, one.acknowledged_at) for one in raised(session)] == [(county.case_id, None)]
    see(county, clock)
    # And taken in by the supervisor it is no other danger
    kept.take_in(session, county.acting(session, "supervisor"), waiting, clock())
    session.commit()
    assert [one.acknowledged_at is None for one in raised(session)] == [False]


def test_a_red_report_about_a_family_that_is_not_hers_alerts_without_naming_it(worker, county, session, clock):
    with writing() as rows:
        other = factories.case(rows, clock())
    worker.fill_in(county, case_id=other, form="F5", body={"answers": RED["F5"]})
    worker.sync_all()
    assert session.scalars(select(Kept)).one().reason == "not_yours"
    assert [one.case_id for one in raised(session)] == [None]


def test_a_red_report_stands_in_the_queue_before_all_that_came_earlier(worker, county, session, clock):
    # Given reports that wait, the oldest of them on the green channel, and last of all a red one
    older, _ = factories.record(session, clock(), county)
    session.get_one(Case, (county.district, county.case_id)).green_since = clock()
    session.commit()
    red = sent(worker, county, "F5", RED["F5"])
    rows, _ = page(county)
    assert [(row.record.record_id, row.is_danger) for row in rows] == [(record_of(red), True), (older, False)]
    # When it was seen it still stands there, and once it is decided no more
    see(county, clock)
    rows, _ = page(county)
    assert rows[0].record.record_id == record_of(red) and len(rows) == 2
    with writing() as session:
        session.get_one(Record, (county.district, record_of(red))).state = State.APPROVED
    rows, _ = page(county)
    assert [row.record.record_id for row in rows] == [older]
    rows, _ = page(county, states=(State.APPROVED,))
    assert [row.record.record_id for row in rows] == [record_of(red)]


def page(county, **filters):
    with reading() as session:
        rows, more = queue.page_of(session, county.acting(session, "supervisor"), queue.Filters(**filters))
        session.expunge_all()
    return rows, more


def record_of(item):
    return UUID(str(item.head["record_id"]))


def household(**child):
    her = {"_id": "01900000-0000-7000-8000-0000000000d1", "relation": "self", "birth_ym": "1988-03", "alive": "alive"}
    other = {"_id": "01900000-0000-7000-8000-0000000000d2", "relation": "son", "alive": "alive", **child}
    return {"visit": {"outcome": "done"}, "members": [her, other]}


HARM = {
    "signs": ("F6", {"child": {"harm_signs": ["bullying"]}}),
    "minor": ("F2", household(birth_ym="2016-05", is_victim="yes")),
    "incapable": ("F2", household(birth_ym="1999", is_victim="yes", capacity="limited")),
}
NO_HARM = {
    "no signs": ("F6", {"child": {"harm_signs": ["none"]}}),
    "unknown": ("F6", {"child": {"harm_signs": {"unknown": "not_present"}}}),
    "grown up": ("F2", household(birth_ym="1999", is_victim="yes")),
    "no victim": ("F2", household(birth_ym="2016-05", is_victim="no")),
}


@pytest.mark.parametrize(("form", "answers"), HARM.values(), ids=[*HARM])
def test_harm_to_a_child_or_one_without_full_capacity_makes_a_report_due_until_it_is_made(
    worker, county, session, clock, form, answers
):
    item = sent(worker, county, form, answers)
    assert open_reports(county) == [(False, True)]
    # Corrected it is the same one, also where a supervisor has said meanwhile why none is needed
    say(county, clock, Report.NOT_NEEDED)
    item = sent(worker, county, form, answers, before=item)
    assert not open_reports(county) and happened(session, Happened.REPORT_DUE) == 1
    # Another report of harm makes one due again, until that was made; corrected it is the same one again
    later = sent(worker, county, form, answers, visit_id=worker.new_id())
    assert open_reports(county) == [(False, True)]
    say(county, clock, Report.DONE_BY_US)
    for one in (item, later):
        sent(worker, county, form, corrected(answers), before=one)
    assert not open_reports(county) and happened(session, Happened.REPORT_DUE) == 2


def corrected(answers):
    """The same with a slip of the pen put right."""
    of_form = {"child": {"name": "小舟"}, "visit": {"in_brief": "改了错字"}, "lead": {"summary": "改了错字"}}
    return {name: {**told, **of_form[name]} if name in of_form else told for name, told in answers.items()}


@pytest.mark.parametrize(("form", "answers"), HARM.values(), ids=[*HARM])
def test_harm_that_a_later_visit_tells_makes_another_report_due_with_a_time_of_its_own(
    worker, county, session, clock, at_desk, form, answers
):
    # Given harm of which a report was made
    sent(worker, county, form, answers)
    say(county, clock, Report.DONE_BY_US)
    assert not open_reports(county) and not waiting(county, session, clock, "mandatory_report")
    made_at = clock()
    # When another report, of a later visit, tells of harm
    clock.advance(days=20)
    later = sent(worker, county, form, answers, visit_id=worker.new_id())
    # Then another one is due, from now on, and the file says of which day the one is that was made
    assert open_reports(county) == [(False, True)]
    assert [one.begun_at for one in waiting(county, session, clock, "mandatory_report")] == [clock()]
    minors.give_reason(session, county.acting(session, "supervisor"), county.case_id, "review", "", clock())
    session.commit()
    page = at_desk("supervisor").get(f"/cases/{county.case_id}").text
    assert f"{made_at.astimezone(CHINA):%Y-%m-%d} " in page.split("需要强制报告：", 1)[1].split("</p>", 1)[0]
    told = first_of_safety(session, county, record_of(later), clock)
    assert told.alarm and told.text.startswith(f"{made_at.astimezone(CHINA):%Y-%m-%d} 已强制报告过")
    # When it is made, all is as it was, and the second one corrected is no third
    say(county, clock, Report.DONE_BY_OTHER)
    sent(worker, county, form, corrected(answers), before=later)
    assert not open_reports(county) and not waiting(county, session, clock, "mandatory_report")
    told = first_of_safety(session, county, record_of(later), clock)
    assert told is None or "已强制报告过" not in told.text


def first_of_safety(session, county, record_id, clock):
    view = reports.read_report(session, county.acting(session, "supervisor"), record_id, "zh", clock())
    found = [line.items for line in view.brief if line.code == "safety"]
    session.commit()
    return found[0][0] if found else None


def test_a_correction_calls_for_another_report_only_by_harm_that_it_names_anew(worker, county, session, clock):
    first = sent(worker, county, "F6", {"child": {"harm_signs": ["bullying"], "name": "小舟"}})
    say(county, clock, Report.DONE_BY_US)
    fewer = sent(worker, county, "F6", {"child": {"harm_signs": ["none"], "name": "马小舟"}}, before=first)
    again = sent(worker, county, "F6", {"child": {"harm_signs": ["bullying"]}}, before=fewer)
    assert not open_reports(county)
    sent(worker, county, "F6", {"child": {"harm_signs": ["bullying", "genital_injury"]}}, before=again)
    assert open_reports(county) == [(False, True)]


CHILDREN = [{"_id": f"01900000-0000-7000-8000-0000000000e{n}", "is_victim": "yes", "birth_ym": "2016"} for n in (1, 2)]


@pytest.mark.parametrize(("victims", "is_due"), [(CHILDREN[:1], False), (CHILDREN, True)], ids=["one", "two"])
def test_the_first_visit_says_of_whom_a_report_was_made_and_another_child_makes_another_due(
    worker, county, session, clock, victims, is_due
):
    # Given a lead that names nobody, of which a report was made by somebody else
    lead = {"harm_suspected": "yes", "child_involved": "yes"}
    sent(worker, county, "F1", {"lead": lead, "mr": {"status": "done_by_other"}})
    assert not open_reports(county) and happened(session, Happened.REPORTED) == 1
    # When the visit names one child, it is the one; of two nobody can say that both were reported
    clock.advance(days=2)
    item = sent(worker, county, "F2", {"visit": {"outcome": "done"}, "members": victims}, intent="door")
    assert bool(open_reports(county)) is is_due
    # And another child that its correction names makes another one due
    say(county, clock, Report.DONE_BY_US)
    third = {**CHILDREN[0], "_id": "01900000-0000-7000-8000-0000000000e3"}
    sent(worker, county, "F2", {"visit": {"outcome": "done"}, "members": [*victims, third]}, before=item)
    assert open_reports(county) == [(False, True)]


def test_what_came_late_of_a_visit_before_the_report_calls_for_another_only_of_another_child(
    worker, county, session, clock
):
    # Given a door set that names a child, of whom a report was made
    def of(child):
        return {"child": {"person_id": child["_id"], "harm_signs": ["bullying"]}}

    sent(worker, county, "F2", {"visit": {"outcome": "done"}, "members": CHILDREN[:1]}, intent="door")
    say(county, clock, Report.DONE_BY_US)
    # When the sheets of the same visit come in the evening
    sent(worker, county, "F6", of(CHILDREN[0]))
    assert not open_reports(county)
    sent(worker, county, "F6", of(CHILDREN[1]))
    assert open_reports(county) == [(False, True)]


def test_what_a_lead_says_was_made_answers_no_harm_that_was_told_since(worker, county, session, clock):
    lead = {"lead": {"harm_suspected": "yes"}, "mr": {"status": "done_by_us"}}
    item = sent(worker, county, "F1", lead)
    clock.advance(days=2)
    sent(worker, county, "F6", HARM["signs"][1], visit_id=worker.new_id())
    assert open_reports(county) == [(False, True)]
    clock.advance(hours=1)
    sent(worker, county, "F1", corrected(lead), before=item)
    assert open_reports(county) == [(False, True)]


@pytest.mark.parametrize("how", ["aside", "beside"])
def test_harm_and_danger_stand_in_the_file_also_of_work_that_lies_aside_or_beside(worker, county, session, clock, how):
    # Given a calm report that is in review, or of which there is another version
    red = {"child": {"harm_signs": ["bullying"], "safe_tonight": "no"}}
    item = sent(worker, county, "F6", CALM["F6"])
    if how == "aside":
        with writing() as rows:
            record = rows.scalars(select(Record)).one()
            reviews.open_review(rows, county.acting(rows, "supervisor"), record.record_id, clock())
    else:
        sent(worker, county, "F6", corrected(CALM["F6"]), before=item)
    # When a correction of it comes that tells of harm and of danger
    clock.advance(minutes=5)
    came = hand_in(worker, county, "F6", red, before=item)
    worker.sync_all()
    assert worker.result(came)["status"] == ("locked" if how == "aside" else "conflict")
    # Then the report is due and the danger is told, whatever becomes of the paper, and its case stays where it was
    assert open_reports(county) == [(False, True)]
    assert happened(session, Happened.DANGER_TOLD) == 1 == happened(session, Happened.REPORT_DUE)
    assert waiting(county, session, clock, "protect") and waiting(county, session, clock, "mandatory_report")
    see(county, clock)
    say(county, clock, Report.DONE_BY_US)
    if how == "aside":  # and taken in it is nothing new
        kept_id = session.scalars(select(Kept.kept_id)).one()
        kept.take_in(session, county.acting(session, "supervisor"), kept_id, clock())
        session.commit()
    assert [report for _, report in open_reports(county)] == [False]
    assert happened(session, Happened.DANGER_TOLD) == 2 and happened(session, Happened.REPORT_DUE) == 1


def test_a_stopped_phone_writes_nothing_into_a_file(worker, county, session, clock):
    with writing() as database:
        database.scalars(select(Vault)).one().state = VaultState.SUSPENDED.value
    hand_in(worker, county, "F6", {"child": {"harm_signs": ["bullying"], "safe_tonight": "no"}})
    worker.sync_all()
    assert session.scalars(select(Kept)).all() and not open_reports(county)
    assert not happened(session, Happened.DANGER_TOLD)


def waiting(county, session, clock, code):
    case = session.get_one(Case, (county.district, county.case_id))
    supervisor = county.acting(session, "supervisor")
    found = [one for one in case_clocks.running(session, supervisor, case, clock()) if one.limit.code == code]
    session.commit()
    return found


@pytest.mark.parametrize(("form", "answers"), NO_HARM.values(), ids=[*NO_HARM])
def test_without_such_harm_no_report_is_due(worker, county, session, form, answers):
    sent(worker, county, form, answers)
    assert not open_reports(county) and not happened(session, Happened.REPORT_DUE)


def say(county, clock, how):
    """By the supervisor, ten minutes later; what comes in after it comes ten minutes after that."""
    clock.advance(minutes=10)
    with writing() as session:
        acting = county.acting(session, "supervisor")
        assert protections.report(session, acting, county.case_id, how, "核实过", clock()) is None
    clock.advance(minutes=10)


@pytest.mark.parametrize("is_full", [False, True], ids=["", "where no row of audit can be written"])
def test_a_red_version_that_comes_after_its_family_was_erased_holds_up_nothing_else(
    worker, county, session, clock, is_full
):
    # Given a report that the server has, and a red version of it written before anybody heard of the erasure
    first = sent(worker, county, "F5", CALM["F5"])
    red = hand_in(worker, county, "F5", RED["F5"], before=first)
    call = worker.device.hand_in("urgent", {"dangers": ["danger_now"]})
    with writing() as database:
        officer = Acting(county.district, county.administrator_id, "", ((Role.DATA_PROTECTION, county.district),))
        erasures.forget_case_key(database, officer, county.case_id, clock())
    if is_full:
        session.execute(text("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"))
        session.commit()
    # When both come in one request
    worker.sync_all()
    # Then the call for help is heard, and the red version is answered and kept, at the latest once rows can be written
    assert worker.result(call)["status"] == "ok"
    if is_full:
        assert red.op not in worker.device.attention and red.op not in worker.device.received
        session.execute(text("DROP TRIGGER full"))
        session.commit()
        worker.sync_all()
    assert worker.result(red)["status"] not in {"ok", "wait"}
    assert len(raised(session)) == 2


def test_a_second_danger_while_a_family_is_protected_has_its_time_and_that_ends(worker, county, session, clock):
    def still_waiting():
        return len(waiting(county, session, clock, "protect"))

    sent(worker, county, "F5", RED["F5"])
    assert still_waiting() == 1
    clock.advance(minutes=10)
    see(county, clock)
    assert still_waiting() == 0
    since = open_reports(county)
    clock.advance(days=2)
    sent(worker, county, "F3", RED["F3"])
    assert still_waiting() == 1
    clock.advance(minutes=10)
    see(county, clock)
    assert still_waiting() == 0 and open_reports(county) == since


def test_an_alert_that_nobody_has_seen_says_no_less_after_a_version_that_tells_less(worker, county, session, clock):
    # Given a calm report, a version of it that tells of harm, and another one beside that that only does not know
    calm = sent(worker, county, "F6", CALM["F6"])
    sent(worker, county, "F6", RED["F6"], before=calm)
    [before] = raised(session)
    first = dangers_in(session, before)
    unknown = {"child": {"harm_signs": ["none"], "safe_tonight": {"unknown": "does_not_know"}}}
    late = hand_in(worker, county, "F6", unknown, before=calm)
    worker.sync_all()
    assert worker.result(late)["status"] == "conflict"
    [alert] = raised(session)
    assert first and set(first) < set(dangers_in(session, alert))


def dangers_in(session, alert):
    row = session.scalars(select(Urgent).where(Urgent.urgent_id == alert.urgent_id)).one()
    session.refresh(row)
    key = (row.district, row.urgent_id)
    said = bodies.open_for_district(session, row.district, "urgent", "sealed_body", key, row.sealed_body)
    session.commit()
    return json.loads(said)["dangers"]


def test_red_work_of_a_stopped_phone_proves_nothing_and_calls_so_often_an_hour(worker, county, session, clock):
    with writing() as database:
        database.scalars(select(Vault)).one().state = VaultState.SUSPENDED.value
    for _ in range(UNSIGNED_URGENTS_PER_HOUR + 3):
        hand_in(worker, county, "F5", RED["F5"])
    worker.sync_all()
    alerts_of_it = raised(session)
    assert len(alerts_of_it) == UNSIGNED_URGENTS_PER_HOUR and not any(one.signed for one in alerts_of_it)
    assert len(session.scalars(select(Kept)).all()) == UNSIGNED_URGENTS_PER_HOUR + 3  # and nothing of it is lost


def test_a_stopped_phone_opens_no_alert_again_that_somebody_has_seen(worker, county, session, clock):
    red = sent(worker, county, "F5", RED["F5"])
    see(county, clock)
    calm = sent(worker, county, "F5", CALM["F5"], before=red)
    with writing() as database:
        database.scalars(select(Vault)).one().state = VaultState.SUSPENDED.value
    hand_in(worker, county, "F5", RED["F5"], before=calm)
    worker.sync_all()
    [alert] = raised(session)
    assert alert.acknowledged_at is not None
