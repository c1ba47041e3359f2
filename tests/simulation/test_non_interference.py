"""What a cut role gets has the same bytes for two families that differ only in what the role may not see.

A history (visits, reports, returns, approvals, look-ins) is played twice on the same database, with the same ids, clock
and randomness; only answers of one class, what is said of them, and reports that only such answers call for, differ.
"""

import json
import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp import ids
from fieldapp.actions import cases, reviews
from fieldapp.config import Config
from fieldapp.crypto.rest import Ring
from fieldapp.db import db, milliseconds, reading, writing
from fieldapp.forms import library
from fieldapp.forms.sensitivity import CLASSES, cut
from fieldapp.models.accounts import Person, Role, Sex
from fieldapp.models.cases import VisitPurpose
from fieldapp.models.records import Record, Revision
from sync.device import Device
from tests import factories, reports
from tests.desk_fixtures import TOKEN, Desk
from tests.factories import County
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import Clock, OriginClient
from tests.web.every_route import built, pages_of_the_desk, said_by

EXAMPLES = 4
SUBJECT_ID = UUID("01900000-0000-7000-8000-0000000000a1")
PLAN = library.plans()["F2"]
# Reports that only answers of a class call for: whether there is one is as secret as the answers.
# Her own sign-in, and the state of the machine: free space and times of backups change by themselves.
# Besides pages without a family: the card of a county, which is signed anew each time.
OF_NO_FAMILY = ("second_factor.", "security.", "session.", "outside.", "admin.health_page", "counties.card")
RANDOM_HALF = re.compile(r"(?<=[0-9a-f]{8}-[0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
ROW = re.compile(r"<tr .*?</tr>", re.DOTALL)
READ_NOTHING = ("data_protection", "auditor", "liaison")
CALLED_FOR = {"violence": "F5", "child": "F6", "reporter": "F1R"}


# --- pairs of histories -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Secret:
    """What may differ: answers by path, what a reviewer says of one of them, and whether a report was called for."""

    answers: dict[str, Any]
    remark: str
    called_for: bool


@dataclass(frozen=True)
class Act:
    """One thing that happens in both histories; `sides` holds what is secret of it, one for each history."""

    kind: str
    sides: tuple[Secret, Secret]
    approves: bool
    names_cadre: bool


def _questions(sensitivity: str) -> dict[str, dict[str, Any]]:
    """Questions of F2 of one class that stand in no repeat and are answered by somebody, by path."""

    def below(group: int, prefix: str) -> Any:
        for number in PLAN.children[group]:
            node = PLAN.nodes[number]
            path = f"{prefix}{node['name']}"
            if node["kind"] == "group":
                yield from below(number, f"{path}.")
            elif node["kind"] == "question" and not node.get("calculate"):
                yield path, node

    return {
        path: node for path, node in below(0, "") if node["sensitivity"] == sensitivity and _values(node) is not None
    }


def _values(node: dict[str, Any]) -> st.SearchStrategy[Any] | None:
    named = (node.get("choices") or {}).get("list")
    if node["type"] == "select_one" and named:
        return st.sampled_from([choice["value"] for choice in PLAN.json["lists"][named]])
    of_type = {
        "text": st.sampled_from(["短", "一段长一些的话，说明当时的情况。" * 3, "long and plain " * 20]),
        "integer": st.integers(0, 40),
        "decimal": st.sampled_from(["0", "120.50", "90000"]),
    }
    return of_type.get(node["type"])


def secrets_of(sensitivity: str) -> st.SearchStrategy[Secret]:
    said = {path: _values(node) for path, node in _questions(sensitivity).items()}
    return st.builds(
        Secret,
        answers=st.fixed_dictionaries({}, optional=said),
        remark=st.sampled_from(["请核对", "这里和上次说的不一样，请单独再问一次。" * 4]),
        called_for=st.booleans() if sensitivity in CALLED_FOR else st.just(False),
    )


def histories(sensitivity: str) -> st.SearchStrategy[list[Act]]:
    """There is always something to keep quiet about, and last a visit of hers brings the family anew."""
    secrets = secrets_of(sensitivity)

    def act(kind: st.SearchStrategy[str]) -> st.SearchStrategy[Act]:
        return st.builds(Act, kind, st.tuples(secrets, secrets), st.booleans(), st.booleans())

    any_kind = st.sampled_from(["investigate", "decide", "called for", "look in", "decide look-in", "plan"])
    first = st.tuples(*(act(st.just(kind)) for kind in ("look in", "investigate", "called for", "decide")))
    more = st.lists(act(any_kind), max_size=2)
    return st.builds(lambda begin, then, last: [*begin, *then, last], first, more, act(st.just("plan")))


# --- playing one ------------------------------------------------------------------------------------------------------


class Stage:
    """A county with phones, kept as the file it is played from again and again."""

    def __init__(self, app: Flask, ring: Ring, clock: Clock, client: Any, config: Config, patch: Any) -> None:
        self.app, self.clock, self.config, self._began = app, clock, config, clock()
        self._file = Path(config.database_url.removeprefix("sqlite:///"))
        patch.setattr(ids, "os", SimpleNamespace(urandom=lambda count: self.chance.randbytes(count)))
        self.chance = random.Random(0)
        with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            self.county: County = factories.county(session, clock())
            prepare_server(session, clock())
            factories.assign(session, clock(), self.county.case_id, self.county.cadre_id)
            for role in (Role.DATA_PROTECTION, Role.AUDITOR, Role.LIAISON):
                factories.person(session, clock(), role, self.county.district, login=role.value)
            self.look_in = factories.visit(session, clock(), self.county.case_id, [self.county.cadre_id], forms="F3V")
            session.commit()
            self._phones = {}
            for seed, who in enumerate(("caseworker", "cadre")):
                made = Phone(client, clock, seed)
                answer = made.enrol(who, issue_code(session, self.county, who, clock()))
                assert answer.status_code == 200, answer.text
                self._phones[who] = (made, answer.json)
        self._dispose()
        shutil.copy(self._file, self._kept)

    def _dispose(self) -> None:
        # The last connection that closes brings the whole log back into the file.
        with self.app.app_context():
            db.engine.dispose()
        assert not self._file.with_name(self._file.name + "-wal").exists()

    @property
    def _kept(self) -> Path:
        return self._file.with_suffix(".kept")

    def begin(self) -> None:
        """Everything as it was at first: rows, clock, and phones that have just been enrolled."""
        self._dispose()
        shutil.copy(self._kept, self._file)
        self.clock.now = self._began
        for who in self._phones:
            self.phone(who)

    def phone(self, who: str) -> Phone:
        made, welcome = self._phones[who]
        made._random.seed(who)
        made.device = Device(made.crypto, made.device.vault_id, lambda: milliseconds(self.clock()), made.chance)
        made.device.enrolled(welcome)
        return made

    def play(self, history: list[Act], side: int, sensitivity: str) -> "Played":
        self.begin()
        played = Played(self, side, sensitivity)
        played.pull()
        for number, act in enumerate(history):
            self.clock.advance(minutes=1)
            # Every act has randomness of its own: how much of it a secret uses up must not move the acts behind it.
            self.chance.seed(number)
            for who in ("caseworker", "cadre"):
                self._phones[who][0]._random.seed(f"{who} {number}")
            played.act(act)
            played.pull()
        return played

    def of(self, who: str) -> Phone:
        return self._phones[who][0]

    def desk(self, who: str) -> Desk:
        client = OriginClient(self.app, self.app.response_class, use_cookies=True)
        client.origin = self.config.desk_origin
        return Desk(client).sign_in(who)


class Played:
    """One history of a pair while it is played. `pulled`: every reply the cadre's phone got, whole."""

    def __init__(self, stage: Stage, side: int, sensitivity: str) -> None:
        self._stage, self._side, self._class = stage, side, sensitivity
        self.pulled: list[tuple[int, str, bytes]] = []
        self.bundles: list[dict[str, Any]] = []

    def pull(self) -> None:
        cadre = self._stage.of("cadre")
        request = cadre.device.request()
        answer = cadre.post(request)
        assert answer.status_code == 200, answer.text
        cadre.device.apply(request, answer.data)
        self.pulled.append((answer.status_code, str(answer.headers), answer.data))
        self.bundles.append(json.loads(json.dumps(cadre.device.held, default=str)))

    def act(self, act: Act) -> None:
        secret = act.sides[self._side]
        {
            "investigate": self._investigate,
            "decide": self._decide,
            "called for": self._called_for,
            "look in": self._look_in,
            "decide look-in": self._decide_look_in,
            "plan": self._plan,
            "copy": self._copy,
            "decide who told us": self._decide_who_told_us,
        }[act.kind](act, secret)

    def _investigate(self, act: Act, secret: Secret) -> None:
        stage = self._stage
        answers = reports.changed(reports.investigation(stage.county.subject_id), secret.answers)
        self._hand_in("caseworker", form="F2", body={"answers": answers})

    def _called_for(self, act: Act, secret: Secret) -> None:
        phone, county = self._stage.of("caseworker"), self._stage.county
        visit_id, record_id, revision_id = (phone.new_id() for _ in range(3))
        if not secret.called_for:
            return
        visitors = [str(county.cadre_id)] if act.names_cadre else []
        told = {"lead": secret.answers} if self._class == "reporter" and secret.answers else {}
        body = {"answers": told, "visitors": visitors}
        named = {"visit_id": visit_id, "record_id": record_id, "revision_id": revision_id}
        self._hand_in("caseworker", form=CALLED_FOR[self._class], body=body, **named)

    def _copy(self, act: Act, secret: Secret) -> None:
        phone, county = self._stage.of("caseworker"), self._stage.county
        body = {"answers": {"lead": secret.answers}, "recorded": {}, "position": {}}
        named = {"case_id": str(county.case_id), "visit_id": str(county.visit_id), "record_id": phone.new_id()}
        item = phone.device.hand_in("draft", body, **named, form="F1R", form_version=1, number=1)
        phone.sync_all()
        assert phone.result(item)["status"] == "ok", phone.result(item)

    def _look_in(self, act: Act, secret: Secret) -> None:
        self._hand_in("cadre", form="F3V", visit_id=str(self._stage.look_in))

    def _hand_in(self, who: str, **named: Any) -> None:
        phone = self._stage.of(who)
        item = phone.fill_in(self._stage.county, **named)
        phone.sync_all()
        assert phone.result(item)["status"] == "ok", phone.result(item)

    def _decide(self, act: Act, secret: Secret) -> None:
        paths = list(_questions(self._class)) or ["hh.head"]
        self._decide_on("F2", act, paths[0], secret.remark)

    def _decide_who_told_us(self, act: Act, secret: Secret) -> None:
        self._decide_on("F1R", act, "lead.reporter_relation", secret.remark)

    def _decide_look_in(self, act: Act, secret: Secret) -> None:
        self._decide_on("F3V", act, None, "")

    def _decide_on(self, form: str, act: Act, path: str | None, said: str) -> None:
        county, now = self._stage.county, self._stage.clock()
        with self._stage.app.app_context(), writing() as session:
            record = session.scalar(
                select(Record)
                .where(Record.form == form, Record.state == "submitted")
                .order_by(Record.record_id)
                .limit(1)
            )
            if record is None:
                return
            here = (session, county.acting(session, "supervisor"), record.record_id)
            reviews.open_review(*here, now)
            head = session.get_one(Revision, (record.district, record.head_revision_id))
            exactly = (head.revision_id, head.content_hash)
            if act.approves:
                reviews.approve(*here, *exactly, text=said or "核对过", now=now)
                return
            if path is not None:
                reviews.add_remark(*here, path=path, kind="explain", text=said, ways=[], now=now)
            reviews.return_record(*here, *exactly, reason="unclear", text=said, now=now)

    def _plan(self, act: Act, secret: Secret) -> None:
        county, now = self._stage.county, self._stage.clock()
        with self._stage.app.app_context(), writing() as session:
            # A man is refused by what the supervisor may read: a visit that is not planned tells no cadre anything.
            session.get_one(Person, (county.district, county.cadre_id)).sex = Sex.WOMAN
            cases.plan_visit(
                session,
                county.acting(session, "supervisor"),
                county.case_id,
                purpose=VisitPurpose.VILLAGE_FOLLOW_UP,
                visitor_ids=[county.cadre_id],
                planned_on=now.date(),
                due_on=None,
                reason="village_30_days",
                now=now,
            )


@pytest.fixture
def stage(app, ring, clock, phone, config, monkeypatch) -> Stage:
    return Stage(app, ring, clock, phone, config, monkeypatch)


def _few(examples: int = EXAMPLES) -> settings:
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


# --- the phone of a village cadre -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sensitivity", CLASSES[1:])
def test_a_village_cadre_pulls_the_same_bytes_whatever_she_may_not_see(stage, sensitivity):
    @_few()
    @given(histories(sensitivity))
    def holds(history: list[Act]) -> None:
        one, other = (stage.play(history, side, sensitivity) for side in (0, 1))
        assert one.bundles == other.bundles  # first, for it says where
        assert one.pulled == other.pulled

    holds()


@pytest.mark.parametrize("sensitivity", CALLED_FOR)
def test_a_report_that_was_called_for_does_not_show_by_its_visit(stage, sensitivity):
    # Given a caseworker who names the village cadre among those who were there, as she may for a visit of her own
    sides = (Secret({}, "", called_for=True), Secret({}, "", called_for=False))
    history = [Act(kind, sides, approves=False, names_cadre=True) for kind in ("called for", "plan")]
    one, other = (stage.play(history, side, sensitivity) for side in (0, 1))
    assert one.bundles == other.bundles
    assert one.pulled == other.pulled


# --- the desk of who reads nothing of a family ------------------------------------------------------------------------


@pytest.mark.parametrize("sensitivity", CLASSES[1:-1])
def test_who_reads_nothing_of_a_family_is_shown_the_same_pages_whatever_was_answered(stage, sensitivity):
    @_few(2)
    @given(st.tuples(secrets_of(sensitivity), secrets_of(sensitivity)), st.booleans())
    def holds(sides: tuple[Secret, Secret], approves: bool) -> None:
        kinds = ("investigate", "decide", "plan")
        history = [Act(kind, sides, approves=approves, names_cadre=False) for kind in kinds]
        told = []
        for side in (0, 1):
            stage.play(history, side, sensitivity)
            told.append({who: _pages(stage, who) for who in ("administrator", *READ_NOTHING)})
        assert told[0] == told[1]

    holds()


REPORTERS = (
    {"reporter_relation": "neighbour", "reporter_name": "吴桂芳", "reporter_phone": "19900007788"},
    {"reporter_relation": "anonymous"},
)


def test_who_does_not_read_who_told_us_is_given_the_same_bytes_whoever_it_was(stage):
    # Given two families that differ in who told us of them, and in what is said of that
    secrets = (
        Secret(REPORTERS[0], "问过她了", called_for=True),
        Secret(REPORTERS[1], "没有说是谁" * 9, called_for=True),
    )
    kinds = ("copy", "called for", "decide who told us", "plan")
    history = [Act(kind, secrets, approves=True, names_cadre=False) for kind in kinds]
    told = []
    for side in (0, 1):
        played = stage.play(history, side, "reporter")
        pages = {who: _pages(stage, who) for who in ("administrator", "second_caseworker", *READ_NOTHING)}
        told.append((played.pulled, pages))
    # Then every page of the desk and every reply to a phone is the same for who may not read it
    (pulled, pages), (other_pulled, others) = told
    assert pulled == other_pulled
    assert [f"{who} {name}" for who in pages for name in pages[who] if pages[who][name] != others[who][name]] == []


def _pages(stage: Stage, who: str) -> dict[str, tuple[int, str]]:
    """Every page of the desk as this person gets it, by endpoint."""
    desk, county = stage.desk(who), stage.county
    ids = {"case_id": county.case_id, "visit_id": county.visit_id, "person_id": county.cadre_id}
    with stage.app.app_context(), reading() as session:
        record_id = session.scalar(select(Record.record_id).order_by(Record.record_id.desc()).limit(1))
    found = {}
    for endpoint, rule in pages_of_the_desk(stage.app):
        if not endpoint.startswith(OF_NO_FAMILY):
            answer = desk.get(built(rule, {**ids, "record_id": record_id}))
            # Of an id that is new the half that chance made tells nothing; its moment has to be the same.
            text = RANDOM_HALF.sub("", TOKEN.sub("", said_by(answer.get_data())))
            # Rows of the audit that were written in one millisecond stand in the order of chance.
            if endpoint == "audit.page":
                text = ROW.sub("", text) + "".join(sorted(ROW.findall(text)))
            found[endpoint] = (answer.status_code, text)
    return found


# --- the cut itself ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sensitivity", CLASSES[1:])
def test_who_reads_the_classes_below_reads_the_same_answers(sensitivity):
    """A computed value takes the highest class of what it is made from: allowed classes are all those below one."""
    allowed = frozenset(CLASSES[: CLASSES.index(sensitivity)])

    @_few(5)
    @given(secrets_of(sensitivity), secrets_of(sensitivity))
    def holds(one: Secret, other: Secret) -> None:
        told = [_cut_investigation(secret.answers, allowed) for secret in (one, other)]
        assert told[0] == told[1]

    holds()


@pytest.mark.parametrize("form", sorted(library.plans()))
def test_the_cut_leaves_no_trace_of_a_withheld_class_in_any_form(form):
    plan = library.plans()[form]

    @_few(6)
    @given(st.sets(st.sampled_from(CLASSES)), st.integers(), st.integers(), st.integers())
    def holds(classes: set[str], same: int, one: int, other: int) -> None:
        allowed = frozenset(classes)
        told = [
            json.dumps(cut(plan, _answers_of(plan, 0, allowed, random.Random(same), random.Random(hidden)), allowed))
            for hidden in (one, other)
        ]
        assert told[0] == told[1]

    holds()


def _cut_investigation(answers: dict[str, Any], allowed: frozenset[str]) -> str:
    told = reports.changed(reports.investigation(SUBJECT_ID), answers)
    return json.dumps(cut(PLAN, told, allowed), ensure_ascii=False)


def _answers_of(
    plan: Any, group: int, allowed: frozenset[str], seen: random.Random, hidden: random.Random, is_hidden: bool = False
) -> dict[str, Any]:
    """Answers of any shape a form can have, those of allowed classes drawn from `seen` and all others from `hidden`."""
    answers: dict[str, Any] = {}
    for number in plan.children[group]:
        node = plan.nodes[number]
        if node["kind"] == "group":
            inner = _answers_of(plan, number, allowed, seen, hidden, is_hidden)
            answers |= {node["name"]: inner} if inner else {}
            continue
        withheld = is_hidden or node["sensitivity"] not in allowed
        chance = hidden if withheld else seen
        if node["kind"] == "repeat":
            rows = [
                {"_id": f"row-{row}", **_answers_of(plan, number, allowed, seen, hidden, withheld)}
                for row in range(chance.randrange(3))
            ]
            answers |= {node["name"]: rows} if rows else {}
        elif chance.random() < 0.6:
            answers[node["name"]] = f"answer {chance.randrange(1_000)}"
    return answers
