"""Records made at the desk: rights, drafts that nobody overwrites, handing in, return and approval."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldapp.actions.findings import body_of
from fieldapp.crypto import signatures
from fieldapp.crypto.packages import b64u
from fieldapp.db import milliseconds, reading
from fieldapp.models import server_keys
from fieldapp.models.accounts import Organisation
from fieldapp.models.audit import AuditRow
from fieldapp.models.bundles import cases_of
from fieldapp.models.cases import Assignment, Case, CasePerson
from fieldapp.models.credentials import DeskSession
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormVersion
from fieldapp.models.records import Record, Revision
from fieldapp.models.reviews import Decision
from tests import factories, reports

GIVEN = re.compile(r'<script type="application/json" id="given">(.*?)</script>', re.S)
MEASURE = {
    "ms": {
        "type": "schooling_aid",
        "title": "助学金每学期一次",
        "providers": ["edu"],
        "beneficiaries": [{"_id": "01900000-0000-7000-8000-0000000000e1", "name": "刘小树"}],
        "beneficiaries_check": "ok",
        "kind": "service",
        "status": "planned",
    }
}
LEAD = {
    "lead": {
        "channel": "hotline_12338",
        "danger_now": "no",
        "summary": "邻居说她家断了收入。",
        "received_at": "2026-11-21T08:50:00+08:00",
        "name": "马兰",
        "sex": "female",
        "birth": "1990",
        "contact_safe": "only_times",
        "contact_how": "上午打，自称社区。",
        "residence_region": factories.OTHER_VILLAGE,
    }
}


@pytest.fixture(autouse=True)
def ready(app, session, forms, clock):
    server_keys.make_server_keys(session, clock())
    session.commit()
    with app.app_context():
        yield


class Page:
    """A form open in a window of its own: what its script knows, and what it sends."""

    def __init__(self, desk: Any, url: str, now: int) -> None:
        self.desk, self.now = desk, now
        answer = desk.get(url)
        assert answer.status_code == 200, answer.text
        self.given = json.loads(GIVEN.search(answer.text)[1])
        self.number, self.name = self.given["number"], str(uuid4())

    def send(self, url: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        sent = {
            "Origin": self.desk._client.origin,
            "X-CSRFToken": self.desk.token(),
            "X-Draft-Number": str(self.number),
            "X-Draft-Window": self.name,
            "Content-Type": "application/json",
            **(headers or {}),
        }
        return self.desk._client.post(url, data=json.dumps(body), headers=sent)

    def save(self, answers: Any, **more: Any) -> Any:
        answer = self.send(self.given["save_url"], {"answers": answers, "recorded": None, "position": None}, **more)
        if answer.status_code in (200, 409) and "save_url" in (answer.json or {}):
            self.given |= answer.json
        if "number" in (answer.json or {}):
            self.number = answer.json["number"]
        return answer

    def hand_in(self, answers: Any, replies: Any = ()) -> Any:
        recorded = {"started": self.now, "now": self.now, "zone": "Asia/Shanghai", "language": "zh"}
        body = {"answers": answers, "replies": list(replies), "recorded": recorded, "visitors": []}
        return self.send(self.given["hand_in_url"], body)


@pytest.fixture
def begin(county, clock):
    def opened(desk: Any, form: str = "F7", case_id: Any = None, lead: bool = False) -> Page:
        where = {} if lead else {"case_id": str(case_id or county.case_id)}
        answer = desk.post("/records", form=form, **where)
        assert answer.status_code == 303, answer.text
        return Page(desk, answer.headers["Location"], milliseconds(clock()))

    return opened


@pytest.fixture
def office(session, county):
    """Changes the kind of the county's office: `office("proc")`."""

    def change(kind: str) -> None:
        session.get_one(Organisation, (county.district, county.organisation_id)).kind = kind
        session.commit()

    return change


def the_record(county: Any, form: str = "F7") -> Record:
    with reading() as session:
        return session.scalars(select(Record).where(Record.form == form)).one()


def acts() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.audit_id)))


# === handing in =======================================================================================================


def test_a_measure_is_typed_saved_handed_in_and_waits_for_review(at_desk, begin, county, app):
    desk = at_desk("caseworker")
    page = begin(desk)
    assert page.save(MEASURE).json["number"] == 1
    answer = page.hand_in(MEASURE)
    assert answer.status_code == 200 and str(county.case_id) in answer.json["go_to"]

    record = the_record(county)
    assert (record.state, record.visit_id, record.author_id) == ("submitted", None, county.caseworker_id)
    with reading() as session:
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        assert body_of(session, head)["answers"] == MEASURE
        assert session.scalars(select(DeskDraft)).all() == []
        told = set(session.scalars(select(FeedRow.person_id).where(FeedRow.ref == f"case:{county.case_id}")))
        assert {county.caseworker_id, county.second_caseworker_id} <= told
        # It is no report of a visit: phones are not given it
        acting = county.acting(session, "caseworker")
        bundle = cases_of(session, acting, [county.case_id], head.received_at)[county.case_id]
        assert bundle["records"] == []
    assert "hand_in_at_desk" in acts()


def test_a_withdrawn_form_is_neither_offered_nor_begun(at_desk, session, county, clock):
    for version in session.scalars(select(FormVersion).where(FormVersion.form == "F7")):
        version.withdrawn_at = clock()
    session.commit()
    desk = at_desk("supervisor")
    offered = desk.get(f"/cases/{county.case_id}").text
    assert 'value="F8"' in offered and 'value="F7"' not in offered
    assert desk.post("/records", form="F7", case_id=str(county.case_id)).status_code == 404


def test_the_server_signs_what_was_written_and_by_which_session(at_desk, begin, county):
    from hashlib import sha256

    page = begin(at_desk("caseworker"))
    page.save(MEASURE)
    page.hand_in(MEASURE)
    with reading() as session:
        head = session.get_one(Revision, (county.district, the_record(county).head_revision_id))
        assert head.vault_id is None and head.content_hash == sha256(head.sealed_body).digest()
        token_hash = session.scalars(select(DeskSession.token_hash).where(DeskSession.ended_at.is_(None))).one()
        signed = json.loads(head.signed_head)
        assert signed[-1] == b64u(token_hash) and b64u(head.content_hash) in signed and str(head.revision_id) in signed
        public = server_keys.key_list(session).identity
        assert signatures.verify(public, head.signature, head.signed_head.encode())


def test_what_is_needed_is_named_before_it_is_handed_in(at_desk, begin):
    page = begin(at_desk("caseworker"))
    page.save({"ms": {"title": "助学金"}})
    answer = page.hand_in({"ms": {"title": "助学金"}})
    assert answer.status_code == 422 and answer.json["code"] == "answers_missing"
    assert {"ms.type", "ms.providers", "ms.kind"} <= {one["path"] for one in answer.json["missing"]}
    # Nothing is lost: the draft is where it was
    assert page.save({"ms": {"title": "助学金"}}).status_code == 200


@pytest.mark.parametrize("answers", [{"ms": {"amount": 3}}, {"ms": {"unheard_of": "x"}}, {"other": {}}])
def test_answers_of_another_shape_are_refused(at_desk, begin, answers):
    page = begin(at_desk("caseworker"))
    page.save(MEASURE)
    assert page.hand_in(answers).json["code"] == "request_malformed"


def test_a_returned_record_opens_again_for_its_author_and_another_approves_it(at_desk, begin, county, clock):
    caseworker, supervisor = at_desk("caseworker"), at_desk("supervisor")
    page = begin(caseworker)
    page.save(MEASURE)
    page.hand_in(MEASURE)
    url = f"/reports/{the_record(county).record_id}"
    supervisor.get(url)
    supervisor.post(f"{url}/open")
    supervisor.get(url)
    supervisor.post(f"{url}/remarks", path="ms.title", kind="explain", text="多少钱？", ways=["paper"])
    supervisor.get(url)
    assert supervisor.post(f"{url}/return", text="请补充", **supervisor.read_revision()).status_code == 303

    # It is on her list, opens with its answers, the reason and the remark
    record = the_record(county)
    assert str(record.record_id) in caseworker.get("/records").text
    answer = caseworker.post(f"/records/again/{record.record_id}")
    again = Page(caseworker, answer.headers["Location"], milliseconds(clock()))
    assert again.given["body"]["answers"] == MEASURE and again.given["returned"]["text"] == "请补充"
    assert [one["path"] for one in again.given["remarks"]] == ["ms.title"]
    better = {"ms": {**MEASURE["ms"], "title": "助学金每学期500元"}}
    again.save(better)
    assert again.hand_in(better).json["code"] == "remarks_unanswered"
    reply = {"remark_id": again.given["remarks"][0]["remark_id"], "reply": "changed", "text": ""}
    assert again.hand_in(better, [reply]).status_code == 200

    # A decision on the first version is stale; on the newest it stands
    stale = supervisor.read_revision()
    supervisor.post(f"{url}/open")
    assert supervisor.post(f"{url}/approve", text="好", **stale).status_code == 409
    supervisor.get(url)
    assert supervisor.post(f"{url}/approve", text="好", **supervisor.read_revision()).status_code == 303
    assert the_record(county).state == "approved"
    assert caseworker.post(f"/records/again/{record.record_id}").status_code == 409


def test_nobody_approves_what_she_wrote_herself_at_the_desk(at_desk, begin, county):
    supervisor = at_desk("supervisor")
    page = begin(supervisor)
    page.save(MEASURE)
    assert page.hand_in(MEASURE).status_code == 200
    url = f"/reports/{the_record(county).record_id}"
    supervisor.get(url)
    assert supervisor.post(f"{url}/open").status_code == 404
    with reading() as session:
        assert session.scalars(select(Decision)).all() == []


# === drafts ===========================================================================================================


def test_two_windows_never_overwrite_each_other_and_both_are_kept(at_desk, begin, county, clock):
    desk = at_desk("caseworker")
    first = begin(desk)
    second = Page(desk, first.given["save_url"].removesuffix("/save"), milliseconds(clock()))
    assert first.save({"ms": {"title": "第一个窗口"}}).status_code == 200
    answer = second.save({"ms": {"title": "第二个窗口"}})
    assert answer.status_code == 409 and answer.json["code"] == "draft_kept_beside"
    # Each window goes on in its own draft
    assert second.save({"ms": {"title": "第二个窗口，接着写"}}).status_code == 200
    assert first.save({"ms": {"title": "第一个窗口，接着写"}}).status_code == 200
    for page, title in ((first, "第一个窗口，接着写"), (second, "第二个窗口，接着写")):
        shown = Page(desk, page.given["save_url"].removesuffix("/save"), 0)
        assert shown.given["body"]["answers"] == {"ms": {"title": title}}

    # Whether it was one measure or two the person knows: each can be handed in, or thrown away
    assert first.save(MEASURE).status_code == first.hand_in(MEASURE).status_code == 200
    with reading() as session:
        assert [draft.is_beside for draft in session.scalars(select(DeskDraft))] == [True]
    assert second.save(MEASURE).status_code == second.hand_in(MEASURE).status_code == 200
    with reading() as session:
        assert len(session.scalars(select(Record.record_id).where(Record.form == "F7")).all()) == 2


def test_two_windows_on_a_correction_stay_two_drafts_of_one_record(at_desk, begin, county, clock):
    desk = at_desk("caseworker")
    page = begin(desk)
    page.save(MEASURE)
    page.hand_in(MEASURE)
    record_id = the_record(county).record_id
    desk.post(f"/records/back/{record_id}")
    url = desk.post(f"/records/again/{record_id}").headers["Location"]
    first, second = (Page(desk, url, milliseconds(clock())) for _ in "12")
    better = {"ms": {**MEASURE["ms"], "title": "改过"}}
    assert first.save(better).status_code == 200 and second.save(MEASURE).status_code == 409
    assert first.hand_in(better).status_code == 200
    assert second.hand_in(MEASURE).json["code"] == "draft_not_open"
    assert desk.post(second.given["page_url"] + "/discard").status_code == 303


def test_a_save_whose_answer_was_lost_is_no_second_window(at_desk, begin):
    page = begin(at_desk("caseworker"))
    assert page.save({"ms": {"title": "助学"}}).json["number"] == 1
    for title in ("助学", "助学金", "助学金每学期一次"):
        page.number = 0  # no answer came, and she types on
        assert page.save({"ms": {"title": title}}).status_code == 200
    with reading() as session:
        assert [draft.is_beside for draft in session.scalars(select(DeskDraft))] == [False]
    shown = Page(page.desk, page.given["save_url"].removesuffix("/save"), 0)
    assert shown.given["body"] == {"answers": {"ms": {"title": title}}, "recorded": None, "position": None}

    # Another window that saved in between is not written over, neither are its own words
    assert shown.save({"ms": {"title": "另一个窗口"}}).status_code == 200
    page.number = 0
    assert page.save({"ms": {"title": "第一个窗口"}}).status_code == 409


def test_handing_in_whose_answer_was_lost_tells_again_where_it_went(at_desk, begin, county):
    desk = at_desk("caseworker")
    page = begin(desk, "F1", lead=True)
    page.save(LEAD)
    answer = page.hand_in(LEAD)
    page.now += 30_000  # she presses again half a minute later
    again = page.hand_in(LEAD)
    assert (again.status_code, again.json) == (200, answer.json)
    with reading() as session:
        assert len(session.scalars(select(Case).where(Case.state == "LEAD")).all()) == 1
        assert len(session.scalars(select(Revision).where(Revision.form == "F1")).all()) == 1
    assert acts().count("hand_in_at_desk") == 1
    # Other words are not taken for those that were handed in, and nobody else is told of them
    other = {"lead": {**LEAD["lead"], "name": "别人"}}
    assert page.hand_in(other).json["code"] == "draft_not_open"
    page.desk = at_desk("supervisor")
    assert page.hand_in(LEAD).json["code"] == "draft_not_open"


def test_a_form_cannot_be_handed_in_on_an_older_number(at_desk, begin, clock):
    desk = at_desk("caseworker")
    page = begin(desk)
    page.save(MEASURE)
    page.number = 0
    assert page.hand_in(MEASURE).json["code"] == "draft_changed_elsewhere"


def test_a_draft_is_its_authors_alone(at_desk, begin, county):
    page = begin(at_desk("caseworker"))
    page.save(MEASURE)
    url = page.given["save_url"].removesuffix("/save")
    for login in ("supervisor", "second_caseworker", "administrator"):
        other = at_desk(login)
        assert other.get(url).status_code == 404
        assert other.post(f"{url}/discard").status_code == 404
        assert url not in other.get("/records").text
        page.desk = other
        assert page.save({}).status_code == page.hand_in(MEASURE).status_code == 409


def test_a_draft_lies_sealed_and_no_list_names_what_it_says(at_desk, begin, session):
    desk = at_desk("caseworker")
    begin(desk).save(MEASURE)
    sealed = session.scalars(select(DeskDraft.sealed_body)).one()
    assert "助学金".encode() not in sealed and b"providers" not in sealed
    listed = desk.get("/records").text
    assert "助学金" not in listed and "刘小树" not in listed


def test_an_empty_draft_is_begun_once_and_stands_on_no_list(at_desk, begin):
    desk = at_desk("caseworker")
    first, second = begin(desk), begin(desk)
    assert first.given["save_url"] == second.given["save_url"]
    assert first.given["save_url"].removesuffix("/save") not in desk.get("/records").text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-CSRFToken": "wrong"}, "form_token"),
        ({"Origin": "https://elsewhere.example"}, "other_origin"),
        ({"X-Draft-Number": "x"}, "request_malformed"),
        ({"Content-Type": "text/plain"}, None),
    ],
)
def test_only_the_page_itself_saves(at_desk, begin, headers, code):
    page = begin(at_desk("caseworker"))
    answer = page.save(MEASURE, headers=headers)
    assert answer.status_code == 400 or answer.status_code == 403
    assert code is None or answer.json["code"] == code
    with reading() as session:
        assert session.scalars(select(DeskDraft.number)).one() == 0


def test_who_was_signed_out_is_told_so_and_loses_nothing(at_desk, begin):
    desk = at_desk("caseworker")
    page = begin(desk)
    page.save(MEASURE)
    token = desk.token()
    desk.post("/sign-out")
    answer = page.send(
        page.given["save_url"], {"answers": {}, "recorded": None, "position": None}, {"X-CSRFToken": token}
    )
    assert answer.status_code in (400, 401) and answer.json["title"]


# === rights ===========================================================================================================


@pytest.mark.parametrize(
    ("login", "offered"),
    [
        ("caseworker", {"F1R", "F4", "F7", "F8", "F9"}),
        ("supervisor", {"F1R", "F4", "F7", "F8", "F9"}),
        ("administrator", set()),
    ],
)
def test_the_file_offers_what_may_be_begun_and_nothing_else(at_desk, county, login, offered):
    desk = at_desk(login)
    page = desk.get(f"/cases/{county.case_id}").text
    assert set(re.findall(r'name="form" value="(F\w+)"', page)) == offered
    for form in {"F1R", "F4", "F4R", "F7", "F8", "F9", "F2", "F1", "F0", "nothing"} - offered:
        assert desk.post("/records", form=form, case_id=str(county.case_id)).status_code == 404


def test_only_the_procuratorates_side_keeps_the_receipt(at_desk, county, office):
    office("proc")
    desk = at_desk("caseworker")
    assert "F4R" in desk.get(f"/cases/{county.case_id}").text
    answer = desk.post("/records", form="F4R", case_id=str(county.case_id))
    assert answer.status_code == 422 and "移送函" in answer.text


def test_a_family_out_of_scope_is_not_there(at_desk, county, session, clock):
    case_id = factories.case(session, clock(), village=county.other_village)
    session.commit()
    assert at_desk("caseworker").post("/records", form="F7", case_id=str(case_id)).status_code == 404
    assert at_desk("supervisor").post("/records", form="F7", case_id=str(case_id)).status_code == 303


def test_who_is_taken_off_the_case_neither_reads_nor_hands_in_her_draft(at_desk, begin, county, session, clock):
    desk = at_desk("caseworker")
    page = begin(desk)
    page.save(MEASURE)
    session.get_one(Assignment, (county.district, county.case_id, county.caseworker_id)).ended_at = clock()
    session.commit()
    assert desk.get(page.given["save_url"].removesuffix("/save")).status_code == 404
    assert page.hand_in(MEASURE).status_code == 404
    assert page.given["save_url"] not in desk.get("/records").text


def test_a_cadre_has_no_place_at_the_desk(desk, county):
    from tests.desk_fixtures import Desk

    with pytest.raises(AssertionError):
        Desk(desk).sign_in("cadre")


# === letters ==========================================================================================================


def visited(session: Any, county: Any, clock: Any, state: str) -> Any:
    told = reports.investigation(county.subject_id)
    _record_id, revision_id = factories.record(
        session, clock(), county, answers=reports.body(told, clock()), state=state
    )
    session.commit()
    return revision_id


def test_a_letter_needs_a_visit(at_desk, county):
    answer = at_desk("caseworker").post("/records", form="F4", case_id=str(county.case_id))
    assert answer.status_code == 422 and "走访记录" in answer.text


@pytest.mark.parametrize(
    ("state", "part", "variant"), [("approved", "whole", "complete"), ("door_submitted", "door", "follows")]
)
def test_a_letter_is_prefilled_from_the_visit(at_desk, begin, county, session, clock, state, part, variant):
    revision_id = visited(session, county, clock, state)
    given = begin(at_desk("supervisor"), "F4").given["prefill"]
    assert (given["tl.visit_part"], given["tl.variant"], given["tl.version"]) == (part, variant, str(revision_id))
    assert given["tl.subject"] == [{"person_id": str(county.subject_id), "name": "刘梅"}]
    assert given["four.visit_hardship"] == "very" and given["four.harm"] == "本人陈述，村干部证实。"
    assert given["orig.type"] == "none" and given["tl.from_name"] == "示范县妇联"
    assert {"paper": "id", "state": "attached"} in given["enc.papers"]


def test_a_letter_that_lacks_one_of_the_four_is_refused_by_its_name(at_desk, begin, county, session, clock):
    visited(session, county, clock, "approved")
    page = begin(at_desk("caseworker"), "F4")
    four = {"harm": "受伤住院", "causal": "因受伤失去收入", "situation": ["A1"]}
    answers = {"tl": {"variant": "complete", "visit_part": "whole"}, "four": four}
    page.save(answers)
    missing = page.hand_in(answers).json["missing"]
    assert "缺第二项" in next(one["zh"] for one in missing if one["path"] == "four.hardship")
    assert not any(one["path"] in ("four.harm", "four.causal", "four.situation") for one in missing)


# === leads ============================================================================================================


def test_a_lead_opens_a_file_with_a_code_name_in_the_village_it_tells(at_desk, begin, county):
    desk = at_desk("caseworker")
    page = begin(desk, "F1", lead=True)
    page.save(LEAD)
    answer = page.hand_in(LEAD)
    assert answer.status_code == 200, answer.text
    with reading() as session:
        case = session.scalars(select(Case).where(Case.state == "LEAD")).one()
        assert case.village_code == factories.OTHER_VILLAGE and re.fullmatch(r"[A-Z0-9]{2}-\d{4}", case.code_name)
        person = session.scalars(select(CasePerson).where(CasePerson.case_id == case.case_id)).one()
        assert person.person_id == case.subject_id and "马兰".encode() not in person.sealed_details
        assert session.scalars(select(Record.form).where(Record.case_id == case.case_id)).one() == "F1"
    # Who took it down goes on working on it, and the supervisor reads it
    assert "马兰" in desk.get(answer.json["go_to"]).text
    assert "马兰" in at_desk("supervisor").get(answer.json["go_to"]).text


def test_a_lead_from_nowhere_is_filed_under_the_offices_own_region(at_desk, begin, county):
    lead = {"lead": {name: LEAD["lead"][name] for name in ("channel", "danger_now", "summary", "received_at")}}
    page = begin(at_desk("supervisor"), "F1", lead=True)
    page.save(lead)
    assert page.hand_in(lead).status_code == 200
    with reading() as session:
        case = session.scalars(select(Case).where(Case.state == "LEAD")).one()
        assert (case.village_code, case.subject_id) == (county.district, None)


def test_the_next_familys_lead_is_taken_while_the_first_is_still_empty(at_desk, begin):
    desk = at_desk("caseworker")
    first, second = begin(desk, "F1", lead=True), begin(desk, "F1", lead=True)
    other = {"lead": {**LEAD["lead"], "name": "赵云"}}
    assert first.save(LEAD).status_code == second.save(other).status_code == 200
    assert first.hand_in(LEAD).status_code == second.hand_in(other).status_code == 200
    with reading() as session:
        assert len(session.scalars(select(Case).where(Case.state == "LEAD")).all()) == 2


def test_a_lead_typed_in_a_second_window_of_the_same_draft_is_handed_in_too(at_desk, begin, clock):
    desk = at_desk("caseworker")
    first = begin(desk, "F1", lead=True)
    second = Page(desk, first.given["save_url"].removesuffix("/save"), milliseconds(clock()))
    other = {"lead": {**LEAD["lead"], "name": "赵云"}}
    assert (first.save(LEAD).status_code, second.save(other).status_code) == (200, 409)
    assert first.hand_in(LEAD).status_code == second.hand_in(other).status_code == 200
    with reading() as session:
        assert len(session.scalars(select(Case).where(Case.state == "LEAD")).all()) == 2


def test_a_lead_given_up_leaves_no_file(at_desk, begin):
    desk = at_desk("caseworker")
    page = begin(desk, "F1", lead=True)
    page.save(LEAD)
    desk.post(page.given["save_url"].removesuffix("/save") + "/discard")
    with reading() as session:
        assert session.scalars(select(Case).where(Case.state == "LEAD")).all() == []
        assert session.scalars(select(DeskDraft)).all() == []


def test_an_administrator_takes_no_lead(at_desk):
    assert at_desk("administrator").post("/records", form="F1").status_code == 404


def test_who_told_us_is_written_once_and_read_by_supervisors_alone(at_desk, begin, county):
    desk = at_desk("caseworker")
    page = begin(desk, "F1R")
    told = {"lead": {"reporter_relation": "neighbour", "reporter_name": "田婶", "reporter_secret": "yes"}}
    page.save(told)
    assert page.hand_in(told).status_code == 200, page
    record = the_record(county, "F1R")
    for login in ("caseworker", "second_caseworker"):
        other = at_desk(login)
        assert str(record.record_id) not in other.get(f"/cases/{county.case_id}").text
        assert other.get(f"/reports/{record.record_id}").status_code == 404
    assert desk.post(f"/records/again/{record.record_id}").status_code == 404
    assert "田婶" in at_desk("supervisor").get(f"/reports/{record.record_id}").text
    # Nothing made later is prefilled from it
    assert "田婶" not in json.dumps(begin(at_desk("supervisor"), "F8").given, ensure_ascii=False)


def test_what_nobody_has_opened_yet_is_taken_back_and_handed_in_again(at_desk, begin, county, clock):
    desk, supervisor = at_desk("caseworker"), at_desk("supervisor")
    page = begin(desk)
    page.save(MEASURE)
    page.hand_in(MEASURE)
    record_id = the_record(county).record_id
    assert supervisor.post(f"/records/back/{record_id}").status_code == 404
    assert f"/records/back/{record_id}" in desk.get("/records").text
    assert desk.post(f"/records/back/{record_id}").status_code == 303
    assert the_record(county).state == "draft"
    answer = desk.post(f"/records/again/{record_id}")
    again = Page(desk, answer.headers["Location"], milliseconds(clock()))
    again.save(MEASURE)
    assert again.hand_in(MEASURE).status_code == 200
    # Once a review is open it stays where it is
    supervisor.get(f"/reports/{record_id}")
    supervisor.post(f"/reports/{record_id}/open")
    assert desk.post(f"/records/back/{record_id}").status_code == 409
    assert acts().count("withdraw_at_desk") == 1
    with reading() as session:
        assert [decision.kind for decision in session.scalars(select(Decision))] == ["withdrawn"]


# === reading one's own, and answering what is written once ============================================================


def returned(desk: Any, record_id: Any, text: str) -> None:
    """A supervisor sends it back, with a remark on the name."""
    url = f"/reports/{record_id}"
    desk.get(url)
    desk.post(f"{url}/open")
    desk.get(url)
    desk.post(f"{url}/remarks", path="lead.reporter_name", kind="explain", text="再问一问", ways=["safe_call"])
    desk.get(url)
    assert desk.post(f"{url}/return", text=text, **desk.read_revision()).status_code == 303


def test_what_was_handed_in_can_be_read_while_it_waits_and_by_nobody_else(at_desk, begin, county, clock):
    desk, supervisor = at_desk("caseworker"), at_desk("supervisor")
    page = begin(desk)
    page.save(MEASURE)
    page.hand_in(MEASURE)
    record_id = the_record(county).record_id
    url = f"/records/own/{record_id}"
    assert url in desk.get("/records").text and url in desk.get(f"/cases/{county.case_id}").text
    for state in ("已提交", "审核中"):
        read = Page(desk, url, milliseconds(clock()))
        assert read.given["read"] is True and read.given["body"]["answers"] == MEASURE
        assert state in desk.page
        supervisor.get(f"/reports/{record_id}")
        supervisor.post(f"/reports/{record_id}/open")
    assert "/records/back/" not in desk.get("/records").text, "a review is open: it stays"
    assert at_desk("second_caseworker").get(url).status_code == 404
    assert acts().count("read_own_record") == 2


def test_who_told_us_is_answered_anew_when_it_comes_back(at_desk, begin, county, clock):
    desk, supervisor = at_desk("caseworker"), at_desk("supervisor")
    told = {"lead": {"reporter_relation": "neighbour", "reporter_name": "田婶", "reporter_secret": "yes"}}
    page = begin(desk, "F1R")
    page.save(told)
    page.hand_in(told)
    record = the_record(county, "F1R")
    assert desk.get(f"/records/own/{record.record_id}").status_code == 404
    returned(supervisor, record.record_id, "请核实")
    # Reason and remark come back, what she wrote does not
    assert f"/records/again/{record.record_id}" in desk.get("/records").text
    answer = desk.post(f"/records/again/{record.record_id}")
    again = Page(desk, answer.headers["Location"], milliseconds(clock()))
    assert again.given["returned"]["text"] == "请核实" and again.given["body"] is None
    assert "田婶" not in json.dumps(again.given, ensure_ascii=False)
    better = {"lead": {**told["lead"], "reporter_name": "田玉婶"}}
    again.save(better)
    reply = {"remark_id": again.given["remarks"][0]["remark_id"], "reply": "changed", "text": ""}
    assert again.hand_in(better, [reply]).status_code == 200
    # It is the same record, waiting again; the first version stands behind it
    assert the_record(county, "F1R").state == "submitted"
    assert desk.post(f"/records/again/{record.record_id}").status_code == 404
    shown = supervisor.get(f"/reports/{record.record_id}").text
    assert "田玉婶" in shown and "田婶" in shown
