"""A family is given to somebody else at the desk while the phone of who had it has no signal."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from fieldapp.models.accounts import Role
from fieldapp.models.records import Kept, Record
from tests import factories
from tests.phones import Phone, issue_code
from tests.web.versions import bundle, on, told

WORDS = Path(__file__).parents[2] / "static" / "js" / "errors.js"  # as her phone says it


@pytest.fixture
def newcomer(session, county, clock):
    person_id = factories.person(session, clock(), Role.CASEWORKER, county.district, name="高新", login="newcomer")
    session.commit()
    return person_id


@pytest.fixture
def her_phone(enrolled, phone, county, session, clock, newcomer):
    """The phone of the one who gets the family. `enrolled` has prepared the server."""
    made, people = Phone(phone, clock, 99), SimpleNamespace(**{**vars(county), "newcomer_id": newcomer})
    assert made.enrol("newcomer", issue_code(session, people, "newcomer", clock())).status_code == 200
    made.sync_all()
    return made


def given_to(desk, county, newcomer):
    """Who takes over joins the team and gets a visit of her own; who had it leaves."""
    family = f"/cases/{county.case_id}"
    joins = {"person": str(newcomer), "team_role": "lead", "related": "no", "ends_on": ""}
    visitors = [str(newcomer), str(county.second_caseworker_id)]
    visit = {"purpose": "investigation", "planned_on": "2026-11-22", "due_on": "2026-11-25", "reason": "first_visit"}
    for path, form in (
        (f"{family}/team", joins),
        (f"{family}/visits", {**visit, "visitors": visitors}),
        (f"{family}/team/{county.caseworker_id}/end", {}),
    ):
        assert desk.post(path, **form).status_code == 303, desk.page


def test_who_was_away_when_her_family_was_given_to_another_loses_no_word_and_overwrites_none(
    enrolled, county, at_desk, look, her_phone, newcomer
):
    # Given a report at the door that arrived, and without a signal: the whole of it, and a report begun anew
    worker, desk = enrolled(), at_desk("supervisor")
    worker.sync_all()
    door = worker.fill_in(county, intent="door", body=told(county))
    worker.sync_all()
    whole = worker.fill_in(county, **on(door), body=told(county, **{"hh.head": "刘补充"}))
    another = worker.fill_in(county, body=told(county, **{"hh.head": "刘另一份"}))
    # When the family is given to somebody else, who goes there and reports
    given_to(desk, county, newcomer)
    her_phone.sync_all()
    family = bundle(her_phone, county)
    (visit,) = family["visits"]
    assert {one["name"] for one in visit["visitors"]} == {"高新", "王禾"} and family["preloaded"]
    (record,) = family["records"]  # that another wrote one, and not what stands in it
    said = [record[name] for name in ("author_name", "mine", "state", "answers")]
    assert said == ["李雨", False, "door_submitted", None]
    hers = her_phone.fill_in(county, visit_id=visit["visit_id"], body=told(county, **{"hh.head": "刘新访"}))
    her_phone.sync_all()
    assert her_phone.result(hers)["status"] == "ok"
    # And the first has a signal again
    head = worker.sync()
    # Then each of her reports is answered, by the answer that takes the family away, and her phone says so
    assert [(one["status"], one["reason"]) for one in head["results"]] == [("quarantined", "not_yours")] * 2
    assert [(one["kind"], one["ref"]) for one in head["page"]["changes"]] == [("out", f"case:{county.case_id}")]
    assert worker.device.queue == [] and f"case:{county.case_id}" not in worker.device.held
    assert set(worker.device.attention) == {whole.op, another.op}
    assert 'not_yours: ["这份记录不在您的工作范围", "内容已保留等人处理；请联系主管核对分工。"]' in WORDS.read_text(
        "utf-8"
    )
    # Nothing was overwritten: the report at the door is as it was, and of the other's stands what she wrote
    heads = {str(record.record_id): (str(record.head_revision_id), record.state) for record in look(Record)}
    assert heads == {
        door.head["record_id"]: (door.head["revision_id"], "door_submitted"),
        hers.head["record_id"]: (hers.head["revision_id"], "submitted"),
    }
    # The supervisor reads both, takes in what goes on, and sets the other aside
    page = desk.get("/kept").text
    assert page.count('href="/kept/') == 2 and page.count("找不到这户人家，或不由发送人负责") == 2 and "李雨" in page
    by_op = {row.package_id: row.kept_id for row in look(Kept)}
    assert "刘补充" in desk.get(f"/kept/{by_op[whole.op]}").text
    answer = desk.post(f"/kept/{by_op[whole.op]}/take-in")
    assert answer.headers["Location"] == f"/reports/{whole.head['record_id']}"
    assert "刘另一份" in desk.get(f"/kept/{by_op[another.op]}").text
    assert desk.post(f"/kept/{by_op[another.op]}/settle", reason="高新已重新走访").status_code == 303
    (taken,) = [record for record in look(Record) if str(record.record_id) == whole.head["record_id"]]
    assert (str(taken.head_revision_id), taken.state) == (whole.head["revision_id"], "submitted")
    assert taken.author_id == county.caseworker_id
    # Both phones go on with what is theirs
    worker.sync_all()
    her_phone.sync_all()
    assert f"case:{county.case_id}" not in worker.device.held
    told_of = {
        record["record_id"]: (record["mine"], record["state"]) for record in bundle(her_phone, county)["records"]
    }
    assert told_of == {
        whole.head["record_id"]: (False, "submitted"),
        hers.head["record_id"]: (True, "submitted"),
    }


def test_a_draft_of_a_family_that_was_given_away_is_kept_for_who_began_it(
    enrolled, county, at_desk, her_phone, newcomer
):
    worker = enrolled()
    worker.sync_all()
    body = {"answers": told(county)["answers"], "recorded": {"started": 1, "language": "zh"}, "position": {}}
    about = {
        "case_id": str(county.case_id), "visit_id": str(county.visit_id), "record_id": worker.new_id(),
        "form": "F2", "form_version": factories.version_of("F2"),
    }  # fmt: skip
    copy = worker.device.hand_in("draft", body, **about, number=1)
    given_to(at_desk("supervisor"), county, newcomer)
    worker.sync_all()
    assert (worker.result(copy)["status"], worker.result(copy)["reason"]) == ("quarantined", "not_yours")
    her_phone.sync_all()
    assert not [ref for ref in her_phone.device.held if ref.startswith("draft:")]
