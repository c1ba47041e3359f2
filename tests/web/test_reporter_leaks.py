"""Who told us is open to two roles: searched for in every stored value, on every page and on every phone."""

import json
import re
from pathlib import Path

import pytest

from fieldapp import jobs
from fieldapp.db import db
from fieldapp.models.feed import number, tell
from tests import factories, told
from tests.web.every_route import LETTERS, built, pages_of_the_desk, said_by

# Where it is read: by the supervisor of the region; by its author on the sheet she is writing anew.
READ_AT = {
    "s": {"review.report", "kept.kept_one"},
    "author": {"desk_records.page"},
}
WRITTEN_INTO = {
    ("desk_draft", "sealed_body"), ("decision", "sealed_text"), ("draft_copy", "sealed_body"),
    ("kept_package", "sealed_package"), ("remark", "sealed_text"), ("revision", "sealed_body"),
}  # fmt: skip


@pytest.fixture
def there(app, enrolled, county, session, clock):
    """Who told us, everywhere it can come to; and somebody of each role, the caseworker on the family's team."""
    phone = enrolled()
    phone.sync_all()
    found = told.tell(phone, county, clock())
    jobs.compute_findings(clock())
    factories.assign(session, clock(), found.case_id, county.second_caseworker_id)
    for role in (LETTERS[letter] for letter in "plda"):
        person_id = factories.person(session, clock(), role, county.district, login=role.value)
        if role is LETTERS["p"]:
            factories.assign(session, clock(), found.case_id, person_id)
    factories.assign(session, clock(), found.case_id, county.cadre_id)
    factories.visit(session, clock(), found.case_id, [county.cadre_id, county.second_caseworker_id], forms="F3V")
    for person_id in (county.caseworker_id, county.second_caseworker_id, county.cadre_id, county.supervisor_id):
        tell(session, county.district, person_id, f"case:{found.case_id}")
    number(session)
    session.commit()
    return found


def names(text):
    return {canary for canary in told.CANARIES if canary in text}


def test_no_key_but_the_reporters_opens_who_told_us_and_the_file_holds_nothing_of_it(there, session, config):
    keys = told.keys_of(session, session.info["ring"])
    held = {"district": set(), "case": set(), "reporter": set()}
    for value in told.sealed_values(session):
        kind, _, _, plain = told.opened(value, keys)
        if names(plain.decode(errors="replace")):
            held[kind].add((value.table, value.column))
    assert held == {"district": set(), "case": set(), "reporter": WRITTEN_INTO}
    session.rollback()
    db.engine.dispose()
    stored = Path(config.database_url.removeprefix("sqlite:///")).read_bytes()
    assert not [canary for canary in told.CANARIES if canary.encode() in stored]


@pytest.mark.parametrize("who", ["author", *LETTERS])
def test_no_page_of_any_role_shows_who_told_us_but_those_of_the_two(app, at_desk, county, there, who):
    logins = {"author": "caseworker", "c": "second_caseworker", "s": "supervisor", "m": "administrator"}
    desk = at_desk(logins[who] if who in logins else LETTERS[who].value)
    shown = {"read": set(), "leaked": set()}
    for record_id in (there.returned_id, there.approved_id):
        ids = {"case_id": there.case_id, "record_id": record_id, "draft_id": there.draft_id, "kept_id": there.kept_id}
        for endpoint, rule in pages_of_the_desk(app):
            page = said_by(desk.get(built(rule, {**ids, "person_id": county.caseworker_id})).get_data())
            if names(page):
                assert 'class="never-printed"' in page, endpoint
                shown["read" if endpoint in READ_AT.get(who, ()) else "leaked"].add(endpoint)
    assert shown == {"read": READ_AT.get(who, set()), "leaked": set()}


@pytest.mark.parametrize("sheet", ["desk", "desk-record"])
def test_what_is_never_printed_is_hidden_on_paper(app, sheet):
    content = app.extensions["assets"].get(f"css/{sheet}.css").content.decode()
    on_paper = content[content.rindex("@media print") :]
    assert re.search(r"\.never-printed\s*>\s*main\s*{\s*display:\s*none", on_paper)


def test_no_phone_is_given_who_told_us_but_the_authors_own_unfinished_sheet(enrolled, clock, there):
    clock.advance(hours=1)  # her next phone: an older one has its own drafts
    for who in ("caseworker", "second_caseworker", "cadre", "supervisor"):
        phone = enrolled(who)
        phone.sync_all()
        held = {ref: json.dumps(item, ensure_ascii=False) for ref, item in phone.device.held.items()}
        assert f"case:{there.case_id}" in held, who
        leaked = {ref.partition(":")[0] for ref, item in held.items() if names(item)}
        assert leaked == ({"draft"} if who == "caseworker" else set()), who


def test_no_form_of_the_desk_is_filled_in_with_who_told_us(at_desk, there):
    desk = at_desk("caseworker")
    for form in ("F1R", "F7", "F8", "F9"):
        begun = desk.post("/records", form=form, case_id=str(there.case_id))
        assert begun.status_code == 303, begun.text
        assert not names(desk.get(begun.headers["Location"]).text), form
