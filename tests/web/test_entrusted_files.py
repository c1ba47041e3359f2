"""A visit that one county's server asks of another's: by a sealed file there, and by a sealed file back."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from fieldapp.actions import (
    cases,
    entrusted,
    entrusted_files,
    entrusting,
    extracts,
    minors,
    partner_counties,
    reviews,
    women,
)
from fieldapp.actions.findings import body_of
from fieldapp.crypto import signatures
from fieldapp.crypto.entrusted import HEAD_BYTES, Kind
from fieldapp.days import day_of
from fieldapp.db import db
from fieldapp.errors import Problem
from fieldapp.models import bodies, bundles, casefiles
from fieldapp.models.cases import Assignment, Case, CasePerson, Visit
from fieldapp.models.entrusting import EntrustedIn, EntrustedKept, EntrustedOut, PartnerCounty
from fieldapp.models.letters import ExtractShare
from fieldapp.models.records import Record, Revision, State
from tests import consent, factories, reports, two_counties
from tests.two_counties import TYPED


@pytest.fixture
def ours(app, county, clock, forms):
    return two_counties.side(app, county, clock)


@pytest.fixture
def theirs(tmp_path, clock, empty_tables):
    made = two_counties.made(tmp_path / "theirs", clock, empty_tables)
    yield made
    with made.app.app_context():
        db.engine.dispose()


@pytest.fixture
def both(ours, theirs):
    two_counties.believe(ours, theirs)
    return ours, theirs


def ask(ours, **typed):
    row = ours.act(entrusting.entrust, ours.county.case_id, ours.partner, {**TYPED, **typed})
    return row, ours.act(entrusting.file_of, row.request_id)[1]


def open_there(theirs, request_id, **more):
    about = {"village_code": theirs.county.village, "visitor_ids": [theirs.county.caseworker_id]}
    return theirs.act(entrusted.open_visit, request_id, **{**about, "planned_on": theirs.clock().date(), **more})


def report_there(theirs, row, state="approved", form="F3"):
    """The report of that visit, about the woman as their file knows her."""

    def write(session):
        told = {"fu": {"kind": "scheduled", "met": "yes"}}
        if form == "F2":
            told = reports.investigation(session.get_one(Case, (row.district, row.case_id)).subject_id)
        body = {"answers": told, "recorded": {"language": "zh"}, "replies": [], "visitors": []}
        record_id, _ = factories.record(
            session, theirs.clock(), theirs.county, case_id=row.case_id, visit_id=row.visit_id, form=form, state=state,
            answers=json.dumps(body, ensure_ascii=False).encode(),
        )  # fmt: skip
        return record_id

    return theirs.look(write)


def sealed_by(there, kind, said):
    """What the server of `there` could send to the other one, whatever it says."""

    def seal(session):
        partner = session.get_one(PartnerCounty, (there.county.district, there.partner))
        return entrusting.seal_for(session, partner, kind, json.dumps(said).encode())

    return there.look(seal)


def code_of(do):
    with pytest.raises(Problem) as refused:
        do()
    return refused.value.code


def kept(there):
    return there.look(lambda session: sorted(row.reason for row in session.scalars(select(EntrustedKept))))


def test_a_visit_goes_to_another_county_and_its_report_comes_back_into_the_case(both, clock):
    ours, theirs = both
    # Given a request that the other county's supervisor hands in
    asked, file = ask(ours)
    assert theirs.hand_in(file).county == "示范县妇联"
    [one] = theirs.act(lambda session, acting, now: entrusted.received(session, acting, now))
    assert (one.said["name"], one.said["asked"], one.said["safe_how"]) == ("刘梅", TYPED["asked"], "工作日上午")
    # When she opens a file for it
    row = open_there(theirs, asked.request_id)

    def their_file(session):
        acting = theirs.acting(session, "caseworker")
        file = casefiles.file_of(session, acting, row.case_id)
        bundle = bundles.cases_of(session, acting, [row.case_id], clock())[row.case_id]
        return [person["name"] for person in file.people], file.contact, bundle["visits"]

    # Then their visitor has the one person, the safe way, what is asked, and the visit until its last day
    people, contact, visits = theirs.look(their_file)
    assert people == ["刘梅"] and contact["safe"] == "only_times" and TYPED["asked"] in contact["how"]
    assert [visit["due_on"] for visit in visits] == [TYPED["expires_on"]]
    # And there is no answer before their own supervisor approved the report
    record_id = report_there(theirs, row, state="submitted")
    assert code_of(lambda: theirs.act(entrusted.answer, asked.request_id)) == "entrusted_not_ready"

    def approve(session):
        session.get_one(Record, (row.district, record_id)).state = State.APPROVED

    theirs.look(approve)
    _, answer = theirs.act(entrusted.answer, asked.request_id)
    # When the answer is handed in here
    assert ours.hand_in(answer).case_id == ours.county.case_id

    def our_report(session):
        record = session.get_one(Record, (ours.county.district, record_id))
        revision = session.get_one(Revision, (ours.county.district, record.head_revision_id))
        partner = session.get_one(PartnerCounty, (ours.county.district, ours.partner))
        signed = signatures.verify(partner.identity_key, revision.signature, revision.signed_head.encode())
        return record, body_of(session, revision)["answers"], partner.person_id, signed

    # Then it is a report of that visit, by that county and signed by it, and waits for our review
    record, answers, author_id, is_signed = ours.look(our_report)
    assert (record.state, record.author_id, record.visit_id) == ("submitted", author_id, asked.visit_id)
    assert answers["fu"]["met"] == "yes" and is_signed
    with ours.app.app_context():
        case = ours.look(lambda session: session.get_one(Case, (ours.county.district, ours.county.case_id)))
        [told] = ours.act(lambda session, acting, now: entrusting.requests_of(session, acting, case))
    assert told.visitors == ["李雨"] and told.county == "邻县妇联"

    def review(session, acting, now):
        opened = reviews.open_review(session, acting, record_id, now)
        head = session.get_one(Revision, (record.district, record.head_revision_id))
        reviews.approve(session, acting, record_id, head.revision_id, head.content_hash, text="可以", now=now)
        return opened

    ours.act(review)
    # And with its approval the visit is over
    assert ours.look(lambda session: session.get_one(Visit, (record.district, asked.visit_id)).state) == "done"


def test_the_woman_of_a_report_is_here_who_she_was_here_whatever_the_other_county_calls_her(both):
    ours, theirs = both
    asked, file = ask(ours, form="F2")
    theirs.hand_in(file)
    two = [theirs.county.caseworker_id, theirs.county.second_caseworker_id]
    row = open_there(theirs, asked.request_id, visitor_ids=two)
    record_id = report_there(theirs, row, form="F2")
    ours.hand_in(theirs.act(entrusted.answer, asked.request_id)[1])

    def members(session):
        head = session.get_one(Record, (ours.county.district, record_id)).head_revision_id
        return body_of(session, session.get_one(Revision, (ours.county.district, head)))["answers"]["members"]

    herself, son = ours.look(members)
    assert herself["person_id"] == str(ours.county.subject_id)
    assert son["guardian"] == str(ours.county.subject_id) and son["person_id"] != str(ours.county.subject_id)


def test_what_the_file_tells_stands_in_the_share_log_with_its_ground(both):
    ours, _ = both
    ask(ours)
    [shared] = ours.look(lambda session: session.scalars(select(ExtractShare)).all())
    assert (shared.basis, shared.sensitivity) == ("duty", "household")
    assert code_of(lambda: ask(ours, basis_text="")) == "share_needs_words"
    assert code_of(lambda: ask(ours, basis="consent")) == "share_without_consent"


def test_both_files_handed_in_again_change_nothing(both):
    ours, theirs = both
    asked, file = ask(ours)
    theirs.hand_in(file)
    again = ours.act(entrusting.file_of, asked.request_id)[1]
    assert again != file  # sealed anew, the same inside
    theirs.hand_in(file)
    theirs.hand_in(again)
    row = open_there(theirs, asked.request_id)
    theirs.hand_in(file)
    report_there(theirs, row)
    for _ in range(2):
        ours.hand_in(theirs.act(entrusted.answer, asked.request_id)[1])
    assert theirs.look(lambda session: len(session.scalars(select(EntrustedIn)).all())) == 1
    records = select(Record.record_id).where(Record.visit_id == asked.visit_id)
    assert ours.look(lambda session: len(session.scalars(records).all())) == 1
    assert kept(theirs) == kept(ours) == []
    assert code_of(lambda: open_there(theirs, asked.request_id)) == "not_found"


@pytest.mark.parametrize("at", [0, 8, 9, 12, 50, HEAD_BYTES - 1, HEAD_BYTES, -1])
def test_a_file_changed_anywhere_is_refused_by_name_and_kept(both, at):
    ours, theirs = both
    _, file = ask(ours)
    changed = bytearray(file)
    changed[at] ^= 1
    assert code_of(lambda: theirs.hand_in(bytes(changed))) in (
        "entrusted_unreadable", "entrusted_not_ours", "county_unknown",
    )  # fmt: skip
    assert len(kept(theirs)) == 1
    assert theirs.look(lambda session: session.scalars(select(EntrustedIn)).all()) == []


def test_a_file_is_refused_where_it_is_too_old_for_another_or_of_a_county_nobody_confirmed(both, clock):
    ours, theirs = both
    asked, file = ask(ours)
    # For another: handed in where it was made
    assert code_of(lambda: ours.hand_in(file)) == "entrusted_not_ours"
    # Of a county that is believed no more
    theirs.act(partner_counties.end, theirs.partner, who="administrator")
    assert code_of(lambda: theirs.hand_in(file)) == "county_unknown"
    two_counties.believe(ours, theirs)
    # Too old
    clock.advance(days=40)
    assert code_of(lambda: theirs.hand_in(file)) == "entrusted_over"
    assert code_of(lambda: ours.act(entrusting.file_of, asked.request_id)) == "entrusted_over"
    assert kept(theirs) == ["county_unknown", "entrusted_over"]
    # And what was kept is there until somebody settles it
    [last, _] = theirs.look(lambda session: session.scalars(select(EntrustedKept)).all())
    theirs.act(entrusted_files.set_aside, last.kept_id)
    left = theirs.look(lambda session: session.get_one(EntrustedKept, (last.district, last.kept_id)).sealed_file)
    assert left is None


def test_a_refused_file_is_taken_in_as_it_lies_here_once_nothing_hinders_it(both, clock):
    ours, theirs = both
    # Given two requests that came while their county was not believed
    (first, file), (_, late) = ask(ours), ask(ours)
    theirs.act(partner_counties.end, theirs.partner, who="administrator")

    def refused(one):
        def ids():
            return set(theirs.look(lambda session: session.scalars(select(EntrustedKept.kept_id)).all()))

        known = ids()
        assert code_of(lambda: theirs.hand_in(one)) == "county_unknown"
        [kept_id] = ids() - known
        return kept_id

    first_kept, late_kept = refused(file), refused(late)

    def again(kept_id, who="supervisor"):
        with theirs.app.app_context():
            acting = theirs.look(lambda session: theirs.acting(session, who))
            return entrusted_files.try_again(kept_id, acting=acting, now=theirs.clock())

    # While it is not, trying again changes nothing
    assert code_of(lambda: again(first_kept)) == "county_unknown"
    assert code_of(lambda: again(first_kept, who="caseworker")) == "not_found"
    two_counties.believe(ours, theirs)
    # When it is, the file is taken and deleted here
    assert again(first_kept).kind is Kind.REQUEST
    [one] = theirs.act(lambda session, acting, now: entrusted.received(session, acting, now))
    assert one.row.request_id == first.request_id
    settled = theirs.look(lambda session: session.get_one(EntrustedKept, (theirs.county.district, first_kept)))
    assert (settled.sealed_file, settled.settled_by) == (None, theirs.county.supervisor_id)
    assert code_of(lambda: again(first_kept)) == "not_found"
    # What is refused again waits on, with the newer reason
    clock.advance(days=40)
    assert code_of(lambda: again(late_kept)) == "entrusted_over"
    assert kept(theirs) == ["county_unknown", "entrusted_over"]


def test_a_kept_file_that_was_damaged_here_is_refused_by_name_and_waits_on(both):
    ours, theirs = both
    _, file = ask(ours)
    theirs.act(partner_counties.end, theirs.partner, who="administrator")
    assert code_of(lambda: theirs.hand_in(file)) == "county_unknown"

    def damage(session):
        row = session.scalars(select(EntrustedKept)).one()
        row.sealed_file = row.sealed_file[:-1] + bytes([row.sealed_file[-1] ^ 1])
        return row.kept_id

    kept_id = theirs.look(damage)
    acting = theirs.look(lambda session: theirs.acting(session, "supervisor"))
    with theirs.app.app_context():
        again = code_of(lambda: entrusted_files.try_again(kept_id, acting=acting, now=theirs.clock()))
    assert again == "entrusted_unreadable" and kept(theirs) == ["entrusted_unreadable"]


def test_an_answer_to_a_visit_that_was_taken_back_or_with_other_words_is_refused(both, clock):
    ours, theirs = both
    first, file = ask(ours)
    theirs.hand_in(file)
    row = open_there(theirs, first.request_id)
    record_id = report_there(theirs, row)
    _, answer = theirs.act(entrusted.answer, first.request_id)
    # Taken back
    ours.act(cases.cancel_visit, first.visit_id)
    assert code_of(lambda: ours.hand_in(answer)) == "entrusted_over"
    # Other words after an answer
    second, file = ask(ours)
    theirs.hand_in(file)
    row = open_there(theirs, second.request_id)
    record_id = report_there(theirs, row)
    ours.hand_in(theirs.act(entrusted.answer, second.request_id)[1])

    def change(session):
        body = {"answers": {"fu": {"met": "no"}}, "recorded": {"language": "zh"}, "replies": [], "visitors": []}
        factories.revision(session, clock(), record_id, json.dumps(body).encode(), district=row.district)

    theirs.look(change)
    assert code_of(lambda: ours.hand_in(theirs.act(entrusted.answer, second.request_id)[1])) == "entrusted_changed"
    assert kept(ours) == ["entrusted_changed", "entrusted_over"]


def test_a_visit_is_asked_for_at_most_half_a_year_ahead_on_both_sides(both, clock):
    ours, theirs = both
    # Given the last day that may be asked for, and the day after it
    last = day_of(clock()) + timedelta(days=180)
    too_far = (last + timedelta(days=1)).isoformat()
    assert code_of(lambda: ask(ours, expires_on=too_far)) == code_of(lambda: ask(ours, expires_on="9999-12-31"))
    assert code_of(lambda: ask(ours, expires_on=too_far)) == "visit_not_then"
    _, file = ask(ours, expires_on=last.isoformat())
    # A server that does not keep to it
    said = {**json.loads(two_counties.request(factories.new_id(), clock())), "expires_on": too_far}
    far = sealed_by(ours, Kind.REQUEST, said)
    assert code_of(lambda: theirs.hand_in(far)) == "entrusted_unreadable"
    theirs.hand_in(file)
    assert kept(theirs) == ["entrusted_unreadable"]


def test_what_others_do_not_see_takes_no_place_on_her_list(both, clock, monkeypatch):
    ours, theirs = both
    monkeypatch.setattr(entrusted, "LIST_MAX", 1)
    first, file = ask(ours)
    theirs.hand_in(file)
    open_there(theirs, first.request_id)
    clock.advance(hours=1)
    second, file = ask(ours)
    theirs.hand_in(file)

    def near(region):
        about = {"district": theirs.county.district}
        return theirs.look(
            lambda session: factories.person(session, clock(), factories.Role.SUPERVISOR, region, **about)
        )

    def listed(who):
        rows = theirs.act(lambda session, acting, now: entrusted.received(session, acting, now), who=who)
        return [(one.row.request_id, bool(one.code_name)) for one in rows]

    # The newest is only the county's: her township's stands on her list all the same
    assert listed("supervisor") == [(second.request_id, False)]
    assert listed(near(theirs.county.village[:9])) == [(first.request_id, True)]
    assert listed(near(theirs.county.other_village[:9])) == []


def test_half_of_a_sign_a_number_without_end_and_a_report_twice_are_refused_and_kept(both, clock):
    ours, theirs = both
    asked, _ = ask(ours)
    said = {**json.loads(two_counties.request(factories.new_id(), clock())), "asked": "\ud800"}
    assert code_of(lambda: theirs.hand_in(sealed_by(ours, Kind.REQUEST, said))) == "entrusted_unreadable"
    assert theirs.act(lambda session, acting, now: entrusted.received(session, acting, now)) == []
    right = json.loads(two_counties.answer(asked.request_id))
    [report] = right["reports"]
    other = {**report, "record_id": str(factories.new_id())}
    for wrong in (
        [{**report, "answers": {"fu": {"met": "\ud800"}}}],
        [report, {**report, "form": "F5", "form_version": 2**63}],
        [report, other],
        [report, {**report, "revision_id": str(factories.new_id())}],
    ):
        answer = sealed_by(theirs, Kind.ANSWER, {**right, "reports": wrong})
        assert code_of(lambda answer=answer: ours.hand_in(answer)) == "entrusted_unreadable"
    assert (kept(theirs), kept(ours)) == (["entrusted_unreadable"], ["entrusted_unreadable"] * 4)
    ours.hand_in(sealed_by(theirs, Kind.ANSWER, right))


def test_a_fault_of_the_server_keeps_the_file_too(both):
    ours, theirs = both
    _, file = ask(ours)
    theirs.look(lambda session: session.execute(text("DROP TABLE entrusted_in")))
    with pytest.raises(OperationalError):
        theirs.hand_in(file)
    assert kept(theirs) == ["internal"]


def test_a_county_cannot_answer_what_another_was_asked(both, tmp_path, clock, empty_tables):
    ours, theirs = both
    third = two_counties.made(tmp_path / "third", clock, empty_tables, district="990103")
    asked, file = ask(ours)
    theirs.hand_in(file)
    row = open_there(theirs, asked.request_id)
    report_there(theirs, row)
    partner = ours.partner
    two_counties.believe(ours, third)
    assert ours.partner != partner
    # Given that the third county got hold of the request's number, and answers it
    asked_there, file = ask(ours)
    third.hand_in(file)
    row = open_there(third, asked_there.request_id)
    report_there(third, row)

    def forge(session):
        out = session.get_one(EntrustedOut, (ours.county.district, asked_there.request_id))
        out.partner_id = partner

    ours.look(forge)
    assert code_of(lambda: ours.hand_in(third.act(entrusted.answer, asked_there.request_id)[1])) == "entrusted_unasked"


def test_a_county_is_believed_only_by_its_fingerprint(ours, theirs):
    card = theirs.act(lambda session, acting, now: partner_counties.card(session, acting), who="administrator")
    row = ours.act(partner_counties.add, card, who="administrator")
    assert code_of(lambda: ours.act(entrusting.entrust, ours.county.case_id, row.partner_id, TYPED)) == "not_found"
    wrong = "0000-0000-0000"
    confirm = partner_counties.confirm
    assert code_of(lambda: ours.act(confirm, row.partner_id, wrong, who="administrator")) == "fingerprint_differs"
    # A card whose keys somebody exchanged is none
    said = json.loads(card)
    own = json.loads(ours.act(lambda session, acting, now: partner_counties.card(session, acting), who="administrator"))
    forged = json.dumps({**said, "server_keys": own["server_keys"]}).encode()
    add = partner_counties.add
    assert code_of(lambda: ours.act(add, forged, who="administrator")) == "county_card_unreadable"
    assert code_of(lambda: ours.act(add, json.dumps(own).encode(), who="administrator")) == "county_card_unreadable"
    assert code_of(lambda: ours.act(add, card, who="supervisor")) == "not_found"


def test_a_county_that_came_back_gets_nothing_before_it_was_heard_anew(both):
    ours, theirs = both
    first, file = ask(ours)
    second, later = ask(ours)
    theirs.hand_in(file)
    theirs.hand_in(later)
    report_there(theirs, open_there(theirs, first.request_id))
    # Given that the county was ended, and somebody handed in a card of it again
    card = ours.act(lambda session, acting, now: partner_counties.card(session, acting), who="administrator")
    theirs.act(partner_counties.end, theirs.partner, who="administrator")
    theirs.act(partner_counties.add, card, who="administrator")
    # Then no report is sealed to it, and no visit of it is begun
    assert code_of(lambda: theirs.act(entrusted.answer, first.request_id)) == "entrusted_not_ready"
    assert code_of(lambda: open_there(theirs, second.request_id)) == "county_unknown"
    two_counties.believe(ours, theirs)
    assert theirs.act(entrusted.answer, first.request_id)[1]
    assert open_there(theirs, second.request_id).case_id is not None


def test_another_name_on_a_card_has_to_be_heard_anew_and_another_identity_is_refused(both):
    ours, theirs = both
    card = theirs.act(lambda session, acting, now: partner_counties.card(session, acting), who="administrator")
    # The same card again changes nothing
    assert ours.act(partner_counties.add, card, who="administrator").confirmed_at is not None
    renamed = json.dumps({**json.loads(card), "name": "远县妇联"}).encode()
    row = ours.act(partner_counties.add, renamed, who="administrator")
    assert (row.name, row.confirmed_at, row.confirmed_by) == ("远县妇联", None, None)
    assert code_of(lambda: ours.act(entrusting.entrust, ours.county.case_id, row.partner_id, TYPED)) == "not_found"
    two_counties.believe(ours, theirs)

    def forge(session):  # a server whose fingerprint is this one's, as sixty bits allow with much work
        session.get_one(PartnerCounty, (ours.county.district, ours.partner)).identity_key = b"\x04" + bytes(64)

    ours.look(forge)
    assert code_of(lambda: ours.act(partner_counties.add, card, who="administrator")) == "county_card_unreadable"


def test_only_who_supervises_the_file_asks_for_it_and_takes_its_answer(both, clock):
    ours, theirs = both

    def far_at(there):
        region = there.county.other_village[:9]
        about = {"district": there.county.district}
        return there.look(
            lambda session: factories.person(session, clock(), factories.Role.SUPERVISOR, region, **about)
        )

    asked, file = ask(ours)
    entrust = entrusting.entrust
    for who in ("caseworker", far_at(ours)):
        refused = code_of(lambda who=who: ours.act(entrust, ours.county.case_id, ours.partner, TYPED, who=who))
        assert refused == "not_found"
    # A request is for whoever supervises the whole county
    assert code_of(lambda: theirs.hand_in(file, who="caseworker")) == "not_found"
    assert code_of(lambda: theirs.hand_in(file, who=far_at(theirs))) == "entrusted_needs_county"
    theirs.hand_in(file)
    report_there(theirs, open_there(theirs, asked.request_id))
    _, answer = theirs.act(entrusted.answer, asked.request_id)
    assert code_of(lambda: ours.hand_in(answer, who=far_at(ours))) == "entrusted_unasked"
    assert (kept(ours), kept(theirs)) == (["entrusted_unasked"], ["entrusted_needs_county"])


def test_nobody_of_the_other_county_is_on_the_team_here(both):
    ours, _ = both
    asked, _ = ask(ours)
    team = ours.look(
        lambda session: session.scalars(
            select(Assignment.person_id).where(Assignment.case_id == asked.case_id, Assignment.ended_at.is_(None))
        ).all()
    )
    assert set(team) == {ours.county.caseworker_id, ours.county.second_caseworker_id}


def make_minor(there, case_id):
    """The family is about a girl of twelve."""

    def write(session):
        case = session.get_one(Case, (there.county.district, case_id))
        key = (case.district, case_id, case.subject_id)
        told = '{"name":"刘梅","sex":"female","birth_ym":"2014-03","relation":"self","household":true}'.encode()
        row = session.get_one(CasePerson, key)
        row.sealed_details = bodies.seal_for_case(session, *key[:2], "case_person", "sealed_details", key, told)

    there.look(write)


def test_an_answer_stands_in_the_share_log_and_stays_here_once_she_took_back_that_others_are_told(both):
    ours, theirs = both
    asked, file = ask(ours)
    theirs.hand_in(file)
    row = open_there(theirs, asked.request_id)
    record_id = report_there(theirs, row)
    theirs.act(entrusted.answer, asked.request_id)

    def logged(session):
        case, acting = session.get_one(Case, (row.district, row.case_id)), theirs.acting(session, "supervisor")
        return [
            (one.said["receiver"], one.share.basis, one.said["fields"])
            for one in extracts.log_of(session, acting, case)
        ]

    [line] = theirs.look(logged)
    assert line == ("示范县妇联", "duty", [{"label": "走访报告", "text": f"F3 · {record_id}"}])
    theirs.look(lambda session: consent.taken_back(session, theirs.clock(), theirs.county, row.case_id))
    assert code_of(lambda: theirs.act(entrusted.answer, asked.request_id)) == "consent_withdrawn"
    assert len(theirs.look(logged)) == 1


def test_both_files_of_a_minor_ask_the_reason_of_the_day(both):
    ours, theirs = both
    asked, file = ask(ours)
    theirs.hand_in(file)
    row = open_there(theirs, asked.request_id)
    report_there(theirs, row)
    for there, case_id, do in (
        (ours, ours.county.case_id, entrusting.file_of),
        (theirs, row.case_id, entrusted.answer),
    ):
        make_minor(there, case_id)
        assert code_of(lambda there=there, do=do: there.act(do, asked.request_id)) == "reason_needed"
        there.act(minors.give_reason, case_id, "review", "")
        there.act(do, asked.request_id)


def test_another_county_is_nobody_of_whom_a_file_says_that_it_is_no_woman(both):
    ours, theirs = both
    # Given a family that women are to work with, and a visit of it by another county
    ours.act(women.ask, ours.county.case_id, "她要女同志来")
    asked, file = ask(ours)
    theirs.hand_in(file)
    row = open_there(theirs, asked.request_id)

    def unfit(session, acting, now):
        case = session.get_one(Case, (ours.county.district, ours.county.case_id))
        return [person.name for person in women.standing_of(session, acting, case).unfit]

    assert "邻县妇联" not in ours.act(unfit)
    # When its report comes back, then nobody is told that a man may have made the visit
    record_id = report_there(theirs, row)
    ours.hand_in(theirs.act(entrusted.answer, asked.request_id)[1])

    def turned(session, acting, now):
        case = session.get_one(Case, (ours.county.district, ours.county.case_id))
        return women.at_review(session, acting, case, session.get_one(Record, (case.district, record_id)))

    assert ours.act(turned) is None
