"""Reviewing a report at the desk: open, remark, return, approve, each bound to what was read."""

import json
import re
from datetime import date
from html import unescape
from html.parser import HTMLParser
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.db import reading, writing
from fieldapp.models import bodies
from fieldapp.models.accounts import Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import CasePerson, Fact, Visit
from fieldapp.models.feed import FeedRow
from fieldapp.models.records import Record
from fieldapp.models.reviews import Decision, Remark
from tests import factories, reports

HEAD = "hh.head"  # a question of the household class
SCREEN = "dv.screen"  # violence
CHILD = "child.screen"
WISH = "needs.wanted[01900000-0000-7000-8000-0000000000d1].wish"


@pytest.fixture
def reading_now(app):
    """A fresh look into the database: `with reading_now() as session`."""

    def look():
        return reading()

    with app.app_context():
        yield look


@pytest.fixture
def record_of(reading_now, county):
    def read(record_id):
        with reading_now() as session:
            return session.get(Record, (county.district, record_id))

    return read


def open_review(desk, report_id):
    desk.get(f"/reports/{report_id}")
    answer = desk.post(f"/reports/{report_id}/open")
    assert answer.status_code == 303
    desk.get(f"/reports/{report_id}")
    return desk


def put_remark(desk, report_id, path=HEAD, kind="explain", text="请说明", **more):
    return desk.post(f"/reports/{report_id}/remarks", path=path, kind=kind, text=text, **more)


def code_of(answer):
    """The code of a refusal as its page carries it."""
    return answer.text.partition('data-code="')[2].partition('"')[0]


def acts(reading_now):
    with reading_now() as session:
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.audit_id)))


def test_an_ordinary_approval_takes_three_clicks(at_desk, report_id, record_of):
    desk = at_desk("supervisor")
    desk.get("/")
    clicks = []

    clicks.append("row of the queue")
    assert f'href="/reports/{report_id}"' in desk.page
    desk.get(f"/reports/{report_id}")
    clicks.append("open the review")
    desk.post(f"/reports/{report_id}/open")
    desk.get(f"/reports/{report_id}")
    clicks.append("approve")  # nothing to type: no finding, so no reason is asked for
    assert 'id="approve-text"' not in desk.page
    answer = desk.post(f"/reports/{report_id}/approve", **desk.read_revision())

    assert answer.status_code == 303
    assert record_of(report_id).state == "approved"
    assert len(clicks) == 3


def test_reading_a_report_does_not_open_its_review(at_desk, report_id, record_of, reading_now):
    at_desk("supervisor").get(f"/reports/{report_id}")
    assert record_of(report_id).state == "submitted"
    assert "read_report" in acts(reading_now) and "open_review" not in acts(reading_now)


def test_opening_a_review_is_an_act_that_holds_the_report_for_thirty_minutes(
    at_desk, report_id, record_of, second_supervisor, clock
):
    first, second = at_desk("supervisor"), at_desk("second")
    open_review(first, report_id)
    assert record_of(report_id).state == "in_review"

    second.get(f"/reports/{report_id}")
    assert "/open" not in second.page
    refused = second.post(f"/reports/{report_id}/open")
    assert (refused.status_code, code_of(refused)) == (409, "review_held")

    clock.advance(minutes=14)
    second.get("/")
    clock.advance(minutes=14)
    second.get("/")
    clock.advance(minutes=2)
    second.get(f"/reports/{report_id}")
    assert second.post(f"/reports/{report_id}/open").status_code == 303


def test_a_second_supervisor_cannot_decide_on_a_report_that_is_held(at_desk, report_id, second_supervisor, record_of):
    open_review(at_desk("supervisor"), report_id)
    first_page = at_desk("supervisor")
    first_page.get(f"/reports/{report_id}")
    second = at_desk("second")
    answer = second.post(f"/reports/{report_id}/approve", **first_page.read_revision())
    assert (answer.status_code, code_of(answer)) == (409, "review_held")
    assert record_of(report_id).state == "in_review"


def test_nobody_reviews_her_own_report(at_desk, session, forms, county, clock, record_of):
    factories.grant(session, clock(), county.supervisor_id, Role.CASEWORKER, county.district)
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, _ = factories.record(session, clock(), county, author_id=county.supervisor_id, answers=told)
    session.commit()

    desk = at_desk("supervisor")
    desk.get(f"/reports/{record_id}")
    assert "/open" not in desk.page
    assert desk.post(f"/reports/{record_id}/open").status_code == 404
    assert record_of(record_id).state == "submitted"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "有更新的版本，刚才的决定没有生效"), ("en", "A newer version came in; your decision was not taken")],
)
@pytest.mark.parametrize("decision", ["approve", "return"])
def test_a_decision_on_a_stale_page_is_refused_and_changes_nothing(
    at_desk, report_id, session, county, clock, record_of, reading_now, language, sentence, decision
):
    # Given a page that was read before a newer version came in
    desk = open_review(at_desk("supervisor"), report_id)
    desk.post("/language", language=language)
    read = desk.read_revision()
    later = reports.changed(reports.investigation(county.subject_id), {HEAD: "另一人"})
    factories.revision(session, clock(), report_id, reports.body(later, clock()))
    session.commit()
    before = acts(reading_now)

    # When she decides
    answer = desk.post(f"/reports/{report_id}/{decision}", reason="unclear", **read)

    # Then nothing is decided, and she is told why and led back
    assert (answer.status_code, code_of(answer)) == (409, "stale_decision")
    assert sentence in unescape(answer.text)
    assert f'href="/reports/{report_id}"' in answer.text
    assert record_of(report_id).state == "in_review"
    with reading_now() as fresh:
        assert fresh.scalar(select(Decision)) is None
    assert acts(reading_now) == before


def test_a_decision_that_names_another_hash_is_stale(at_desk, report_id, record_of):
    desk = open_review(at_desk("supervisor"), report_id)
    named = desk.read_revision() | {"content_hash": "A" * 43}
    assert code_of(desk.post(f"/reports/{report_id}/approve", **named)) == "stale_decision"
    assert record_of(report_id).state == "in_review"


@pytest.mark.parametrize("path", [SCREEN, CHILD, "visit.in_brief", "concl.facts"])
def test_a_must_fix_is_refused_on_violence_and_a_childs_words(at_desk, report_id, reading_now, path):
    desk = open_review(at_desk("supervisor"), report_id)
    answer = put_remark(desk, report_id, path, "must_fix")
    assert (answer.status_code, code_of(answer)) == (422, "remark_spares_her")
    assert put_remark(desk, report_id, path, "explain").status_code == 303


def test_a_must_fix_is_offered_only_where_it_is_taken(at_desk, report_id):
    desk = open_review(at_desk("supervisor"), report_id)
    rows = dict(row.partition('"')[::2] for row in desk.page.split('<tr id="answer-')[1:])
    assert 'value="must_fix"' in rows[HEAD] and 'value="must_fix"' not in rows[SCREEN]


@pytest.mark.parametrize("path", ["hh.nothing", "members[0].name", "hh", "", "members[01900000-x].name"])
def test_a_remark_on_what_the_report_does_not_ask_is_not_found(at_desk, report_id, path):
    desk = open_review(at_desk("supervisor"), report_id)
    assert put_remark(desk, report_id, path).status_code == 404


def test_a_return_needs_a_reason_or_a_remark(at_desk, report_id, record_of, county, reading_now):
    desk = open_review(at_desk("supervisor"), report_id)
    read = desk.read_revision()
    refused = desk.post(f"/reports/{report_id}/return", **read)
    assert (refused.status_code, code_of(refused)) == (422, "return_needs_reason")
    assert code_of(desk.post(f"/reports/{report_id}/return", reason="because", **read)) == "return_needs_reason"

    put_remark(desk, report_id)
    assert desk.post(f"/reports/{report_id}/return", **read).status_code == 303
    assert record_of(report_id).state == "returned"
    with reading_now() as session:
        remark = session.scalars(select(Remark)).one()
        told = session.scalars(select(FeedRow.person_id).where(FeedRow.ref == f"case:{county.case_id}")).all()
    assert remark.sent, "a remark reaches the author with the return"
    assert county.caseworker_id in told


def test_a_return_with_a_reason_needs_no_remark(at_desk, report_id, record_of):
    desk = open_review(at_desk("supervisor"), report_id)
    answer = desk.post(f"/reports/{report_id}/return", reason="incomplete", text="缺页", **desk.read_revision())
    assert answer.status_code == 303
    assert record_of(report_id).state == "returned"
    desk.get(f"/reports/{report_id}")
    assert "缺页" in desk.page


def test_nothing_is_approved_while_a_must_fix_is_open(at_desk, report_id, record_of, reading_now):
    desk = open_review(at_desk("supervisor"), report_id)
    put_remark(desk, report_id, kind="must_fix")
    desk.get(f"/reports/{report_id}")
    assert "disabled" in desk.page.partition('id="decide"')[2].partition("</form>")[0]
    refused = desk.post(f"/reports/{report_id}/approve", **desk.read_revision())
    assert (refused.status_code, code_of(refused)) == (409, "must_fix_open")

    with reading_now() as session:
        remark_id = session.scalars(select(Remark.remark_id)).one()
    assert desk.post(f"/reports/{report_id}/remarks/{remark_id}/resolve", path=HEAD).status_code == 303
    desk.get(f"/reports/{report_id}")
    assert desk.post(f"/reports/{report_id}/approve", **desk.read_revision()).status_code == 303
    assert record_of(report_id).state == "approved"


def test_an_answered_must_fix_no_longer_stops_the_approval(at_desk, report_id, session, county, record_of):
    desk = open_review(at_desk("supervisor"), report_id)
    put_remark(desk, report_id, kind="must_fix")
    remark = session.scalars(select(Remark)).one()
    remark.state = "answered"
    session.commit()
    desk.get(f"/reports/{report_id}")
    assert desk.post(f"/reports/{report_id}/approve", **desk.read_revision()).status_code == 303


def test_the_brief_says_each_finding_once_and_how_often_it_stands(at_desk, session, forms, county, clock):
    emptied = {"hh.members_now": None, "visit.mode": None}
    answers = reports.changed(reports.investigation(county.subject_id), emptied)
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(answers, clock()))
    session.commit()
    desk = open_review(at_desk("supervisor"), record_id)
    links = re.findall(r'<a class="tag warn" href="#answer-([^"]+)">([^<]+)</a>', desk.page)
    sentences = [sentence for _, sentence in links]
    assert "此题必答，请填写或选择原因。 × 2" in sentences and len(set(sentences)) == len(sentences)
    # The link leads to the first of them; each stands at its own question
    assert {sentence: path for path, sentence in links}["此题必答，请填写或选择原因。 × 2"] == "visit.mode"
    assert desk.page.count("此题必答，请填写或选择原因。</p>") == 2


def test_approving_over_findings_needs_a_reason(at_desk, session, forms, county, clock, record_of, reading_now):
    answers = reports.changed(reports.investigation(county.subject_id), {"hh.members_now": 5})
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(answers, clock()))
    session.commit()
    desk = open_review(at_desk("supervisor"), record_id)
    assert "和家里人名单对不上" in desk.page
    read = desk.read_revision()
    refused = desk.post(f"/reports/{record_id}/approve", **read)
    assert (refused.status_code, code_of(refused)) == (422, "findings_need_reason")

    assert desk.post(f"/reports/{record_id}/approve", text="名单已电话核对", **read).status_code == 303
    with reading_now() as session:
        decision = session.scalars(select(Decision)).one()
    assert decision.findings_version, "the decision names the rules it was shown"
    assert "名单".encode() not in decision.sealed_text


def test_an_approval_teaches_the_case_its_facts_and_its_people(at_desk, report_id, county, reading_now):
    desk = open_review(at_desk("supervisor"), report_id)
    desk.post(f"/reports/{report_id}/approve", **desk.read_revision())

    with reading_now() as session:
        facts = {(fact.about_id, fact.fact): fact for fact in session.scalars(select(Fact))}
        people = {person.person_id: person for person in session.scalars(select(CasePerson))}
        visit = session.get(Visit, (county.district, county.visit_id))
        head = facts[county.case_id, HEAD]
        name = open_sealed(session, county, "fact", "sealed_value", (county.case_id, HEAD), head.sealed_value)
        son = people[reports.SON_ID]
        details = open_sealed(session, county, "case_person", "sealed_details", (), son.sealed_details, son.person_id)
    assert name == {"value": "刘梅", "on": "2026-11-20"}  # the day of the visit
    assert {(reports.SON_ID, "m.school_status"), (county.subject_id, "m.work")} <= set(facts)
    assert (county.subject_id, "m.school_status") not in facts
    assert set(people) == {county.subject_id, reports.SON_ID}
    told = {"name": "刘小树", "sex": "male", "birth_ym": "2016-05", "relation": "son", "household": True}
    assert details == {**told, "on": "2026-11-20"}
    assert visit.state == "done"


def open_sealed(session, county, table, column, about, sealed, person_id=None):
    key = (county.district, county.case_id, *(about or (person_id,)))
    return json.loads(bodies.open_for_case(session, county.district, county.case_id, table, column, key, sealed))


def test_an_unknown_answer_leaves_the_older_fact_standing(at_desk, session, forms, county, clock, reading_now):
    for answers in (
        reports.investigation(county.subject_id),
        reports.changed(reports.investigation(county.subject_id), {HEAD: {"unknown": "refused"}}),
    ):
        record_id, _ = factories.record(session, clock(), county, answers=reports.body(answers, clock()))
        session.commit()
        desk = open_review(at_desk("supervisor"), record_id)
        assert desk.post(f"/reports/{record_id}/approve", **desk.read_revision()).status_code == 303
        clock.advance(seconds=1)
    with reading_now() as fresh:
        fact = fresh.scalars(select(Fact).where(Fact.fact == HEAD)).one()
        value = open_sealed(fresh, county, "fact", "sealed_value", (county.case_id, HEAD), fact.sealed_value)
    assert value["value"] == "刘梅"


def approved(at_desk, session, county, clock, answers, **of_record):
    """Hand in a report with these answers and approve it."""
    told = reports.body(answers, clock())
    record_id, _ = factories.record(session, clock(), county, answers=told, **of_record)
    session.commit()
    desk = at_desk("supervisor")
    open_review(desk, record_id)
    answer = desk.post(f"/reports/{record_id}/approve", text="已电话核对", **desk.read_revision())
    assert answer.status_code == 303
    return record_id


def head_fact(reading_now, county):
    with reading_now() as fresh:
        fact = fresh.scalars(select(Fact).where(Fact.fact == HEAD)).one()
        return open_sealed(fresh, county, "fact", "sealed_value", (fact.about_id, fact.fact), fact.sealed_value)


def test_the_report_of_an_earlier_visit_approved_late_changes_no_newer_fact(
    at_desk, session, forms, county, clock, reading_now
):
    newer = reports.investigation(county.subject_id)
    older = reports.changed(
        newer,
        {"visit.at": "2026-10-01T10:00:00+08:00", HEAD: "刘旧", f"members[{reports.SON_ROW}].name": "刘旧名"},
    )
    approved(at_desk, session, county, clock, newer)
    approved(at_desk, session, county, clock, older)
    assert head_fact(reading_now, county) == {"value": "刘梅", "on": "2026-11-20"}
    with reading_now() as fresh:
        row = fresh.get_one(CasePerson, (county.district, county.case_id, reports.SON_ID))
        details = open_sealed(fresh, county, "case_person", "sealed_details", (reports.SON_ID,), row.sealed_details)
    assert details["name"] == "刘小树"


@pytest.mark.parametrize(
    ("at", "planned", "on"),
    [
        ("2026-11-19T23:30:00+08:00", date(2026, 11, 21), "2026-11-19"),  # as it was made
        (None, date(2026, 11, 18), "2026-11-18"),  # as it was planned
        (None, date(2026, 12, 24), "2026-11-22"),  # a plan that was not kept to: the receipt, in China
        ("2031-01-01T00:00:00+08:00", None, "2026-11-22"),  # a phone's clock
    ],
)
def test_a_fact_is_as_old_as_its_visit_in_china_whatever_the_phones_clock_said(
    at_desk, session, forms, county, clock, reading_now, at, planned, on
):
    clock.advance(hours=16)  # 1:00 of the next day in China
    session.get_one(Visit, (county.district, county.visit_id)).planned_on = planned
    answers = reports.changed(reports.investigation(county.subject_id), {"visit.at": at})
    approved(at_desk, session, county, clock, answers)
    assert head_fact(reading_now, county)["on"] == on


def test_a_roster_row_without_a_proper_person_stops_no_approval(at_desk, session, forms, county, clock, record_of):
    answers = reports.changed(
        reports.investigation(county.subject_id), {f"members[{reports.SON_ROW}].person_id": "not an id"}
    )
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(answers, clock()))
    session.commit()
    desk = open_review(at_desk("supervisor"), record_id)
    desk.post(f"/reports/{record_id}/approve", text="仍然批准", **desk.read_revision())
    assert record_of(record_id).state == "approved"


def test_what_an_earlier_visit_found_stands_beside_the_answer(at_desk, report_id, session, county, clock):
    desk = open_review(at_desk("supervisor"), report_id)
    desk.post(f"/reports/{report_id}/approve", **desk.read_revision())
    later = reports.changed(reports.investigation(county.subject_id), {"home.type": "rented"})
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(later, clock()))
    session.commit()

    desk.get(f"/reports/{record_id}")
    row = desk.page.partition('<tr id="answer-home.type"')[2].partition("</tr>")[0]
    assert "租房" in row and "自有" in row and "2026-11-20" in row and "differs" in row
    brief = desk.page.partition('class="card brief"')[2].partition("</section>")[0]
    assert "<del>自有</del> → 租房" in brief
    assert "户主" not in brief, "what is as before is not told again"


def test_after_a_resubmit_the_changed_answers_come_first(at_desk, report_id, session, county, clock, reading_now):
    # Given a report returned with a remark, and sent again with one answer changed
    desk = open_review(at_desk("supervisor"), report_id)
    put_remark(desk, report_id, WISH, "explain", "写清楚一点")
    desk.post(f"/reports/{report_id}/return", **desk.read_revision())
    clock.advance(minutes=5)
    later = reports.changed(
        reports.investigation(county.subject_id), {WISH: "想让孩子读完初中。", "visit.language": None}
    )
    factories.revision(session, clock(), report_id, reports.body(later, clock()))
    session.get(Record, (county.district, report_id)).state = "submitted"
    session.commit()

    # When the supervisor reads it again
    desk.get(f"/reports/{report_id}")

    # Then the first thing on the page is what changed, old to new
    changed, brief = desk.page.index('class="card changed"'), desk.page.index('class="card brief"')
    assert changed < desk.page.index('class="card unsettled"') < brief
    table = desk.page[changed:brief]
    assert table.index("<del>想让孩子把书读完。</del>") < table.index("<ins>想让孩子读完初中。</ins>")
    assert "<del>不需要</del>" in table and "<ins>没有答案</ins>" in table
    assert table.count("<tr>") == 3, "the head, and the two answers that changed"


def test_who_issued_the_authors_device_code_may_not_approve_for_seven_days(
    at_desk, session, forms, county, clock, record_of
):
    vault_id = factories.vault(session, clock(), county, county.caseworker_id, issued_by=county.supervisor_id)
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, _ = factories.record(session, clock(), county, answers=told, vault_id=vault_id)
    session.commit()

    desk = open_review(at_desk("supervisor"), record_id)
    refused = desk.post(f"/reports/{record_id}/approve", **desk.read_revision())
    assert (refused.status_code, code_of(refused)) == (403, "issuer_may_not_approve")
    assert record_of(record_id).state == "in_review"

    clock.advance(days=7)
    desk = open_review(at_desk("supervisor"), record_id)
    assert desk.post(f"/reports/{record_id}/approve", **desk.read_revision()).status_code == 303


def test_a_report_out_of_scope_answers_like_one_that_does_not_exist(app, at_desk, session, forms, county, clock):
    elsewhere = factories.county(session, clock(), factories.OTHER_DISTRICT)
    theirs, _ = factories.record(session, clock(), elsewhere, answers=reports.body({}, clock()))
    narrow = factories.person(session, clock(), Role.SUPERVISOR, factories.TOWNSHIP, name="吴岩", login="narrow")
    outside_case = factories.case(session, clock(), village=county.other_village)
    outside_visit = factories.visit(session, clock(), outside_case, [county.caseworker_id])
    outside, _ = factories.record(
        session, clock(), county, case_id=outside_case, visit_id=outside_visit, answers=reports.body({}, clock())
    )
    session.commit()
    assert narrow

    for login, record_id in (("supervisor", theirs), ("narrow", outside)):
        desk = at_desk(login)
        unknown = desk.get(f"/reports/{factories.new_id()}")
        hidden = desk.get(f"/reports/{record_id}")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.data == unknown.data
        for act in ("open", "approve", "return", "release", "remarks"):
            form = {"revision_id": str(record_id), "content_hash": "AA", "path": HEAD, "kind": "note", "text": "x"}
            assert desk.post(f"/reports/{record_id}/{act}", **form).status_code == 404


def test_an_administrator_reads_no_report(at_desk, report_id):
    desk = at_desk("administrator")
    assert desk.get(f"/reports/{report_id}").status_code == 404
    assert desk.post(f"/reports/{report_id}/open").status_code == 404


def test_markup_in_names_answers_and_remarks_is_shown_as_text(at_desk, session, forms, county, clock):
    markup = '<img src=x onerror=alert(1)><b hx-post="/sign-out" hx-trigger="load">x</b>'
    answers = reports.changed(reports.investigation(county.subject_id), {HEAD: markup, "concl.facts": markup})
    record_id, _ = factories.record(session, clock(), county, answers=reports.body(answers, clock()))
    session.commit()
    desk = open_review(at_desk("supervisor"), record_id)
    put_remark(desk, record_id, text=markup)
    desk.get(f"/reports/{record_id}")

    assert markup not in desk.page
    assert desk.page.count("&lt;img src=x onerror=alert(1)&gt;") >= 4
    # Each place that shows somebody's words is closed to htmx, should escaping ever fail.
    places = _Ancestors(markup)
    places.feed(desk.page)
    assert len(places.found) >= 4
    assert all(places.found), "somebody's words stand outside of hx-ignore"


class _Ancestors(HTMLParser):
    """For each piece of text that holds `wanted`: whether an element around it carries hx-ignore."""

    def __init__(self, wanted):
        super().__init__()
        self.wanted, self.open, self.found = wanted, [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ("input", "meta", "link", "br"):
            self.open.append((tag, "hx-ignore" in dict(attributes)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.wanted in data:
            self.found.append(any(ignored for _, ignored in self.open))


def test_a_remark_by_htmx_gets_its_row_and_a_plain_form_a_303(at_desk, report_id):
    desk = open_review(at_desk("supervisor"), report_id)
    plain = put_remark(desk, report_id)
    assert plain.status_code == 303
    assert plain.headers["Location"].endswith(f"/reports/{report_id}#answer-{HEAD}")

    fragment = put_remark(desk, report_id, kind="must_fix", headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert fragment.headers["Vary"].split(", ").count("HX-Request") == 1
    assert "<html" not in fragment.text and f'<tr id="answer-{HEAD}"' in fragment.text
    assert 'id="decide"' in fragment.text and "disabled" in fragment.text, "the approval closes with the remark"


def test_a_refusal_to_htmx_stands_apart_and_takes_nothing_away(at_desk, report_id):
    desk = open_review(at_desk("supervisor"), report_id)
    refused = put_remark(desk, report_id, text="  ", headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert (refused.headers["HX-Retarget"], refused.headers["HX-Reswap"]) == ("#told", "innerHTML")
    assert "<html" not in refused.text and code_of(refused) == "remark_needs_text"


def test_every_act_and_every_read_has_its_row_of_audit(at_desk, report_id, reading_now, county):
    desk = open_review(at_desk("supervisor"), report_id)
    put_remark(desk, report_id)
    with reading_now() as session:
        remark_id = session.scalars(select(Remark.remark_id)).one()
    desk.post(f"/reports/{report_id}/remarks/{remark_id}/resolve", path=HEAD)
    desk.post(f"/reports/{report_id}/release")
    open_review(desk, report_id)
    desk.post(f"/reports/{report_id}/approve", **desk.read_revision())

    with reading_now() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act != "sign_in").order_by(AuditRow.audit_id)).all()
    named = [row.act for row in rows]
    opened = ["read_report", "open_review", "read_report"]
    assert sorted(named) == sorted([*opened, "remark", "resolve_remark", "release_review", *opened, "approved"])
    assert {row.actor_id for row in rows} == {county.supervisor_id}
    assert all(json.loads(row.about)["record"] == str(report_id) for row in rows)
    assert not any("刘梅" in row.about or "请说明" in row.about for row in rows)


def test_a_report_put_back_waits_in_the_queue_again(at_desk, report_id, record_of, second_supervisor):
    desk = open_review(at_desk("supervisor"), report_id)
    desk.post(f"/reports/{report_id}/release")
    assert record_of(report_id).state == "submitted"
    open_review(at_desk("second"), report_id)


def test_a_hold_that_ran_out_is_still_hers_while_nobody_took_it(at_desk, report_id, clock, record_of):
    desk = open_review(at_desk("supervisor"), report_id)
    read = desk.read_revision()
    for _ in range(3):
        clock.advance(minutes=14)
        desk.get("/")
    assert desk.post(f"/reports/{report_id}/approve", **read).status_code == 303
    assert record_of(report_id).state == "approved"


def test_a_report_whose_plan_found_nothing_says_so_by_silence(at_desk, report_id):
    desk = at_desk("supervisor")
    desk.get(f"/reports/{report_id}")
    assert "tag warn" not in desk.page


def test_an_unreadable_decision_is_refused_with_words(at_desk, report_id):
    desk = open_review(at_desk("supervisor"), report_id)
    answer = desk.post(f"/reports/{report_id}/approve", revision_id="x", content_hash="y")
    assert (answer.status_code, code_of(answer)) == (400, "request_malformed")


def test_two_acts_at_once_do_not_both_decide(at_desk, report_id, app, county, clock, record_of):
    desk = open_review(at_desk("supervisor"), report_id)
    read = desk.read_revision()
    assert desk.post(f"/reports/{report_id}/approve", **read).status_code == 303
    again = desk.post(f"/reports/{report_id}/return", reason="unclear", **read)
    assert (again.status_code, code_of(again)) == (409, "not_in_review")
    with app.app_context(), writing() as session:
        assert len(session.scalars(select(Decision)).all()) == 1
    assert isinstance(report_id, UUID)
