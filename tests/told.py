"""A county in which everything that is sealed at rest is there, and somebody told us of a family.

tell(...)          who told us (`NAME`, `PHONE`, `CALL`): by phone and at the desk, and all that is said of it there
fill(...)          every other sealed value, of two families
sealed_values(...) each sealed value with the place it belongs to
keys_of(...)       every key of the database; `opened` finds the one that opens a value
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import (
    agendas,
    case_events,
    cases,
    desk_records,
    dispatches,
    entrusted,
    entrusted_files,
    entrusting,
    extracts,
    funds,
    imports,
    inspections,
    kept,
    key_care,
    letters,
    measures,
    minors,
    other_side,
    reviews,
    rights_requests,
    screenings,
    shelters,
    tallies,
)
from fieldapp.casework.happened import Happened
from fieldapp.casework.import_rows import Kind
from fieldapp.casework.measures import Answer
from fieldapp.casework.screening.stored import Said
from fieldapp.crypto import rest
from fieldapp.crypto.rest import Place, Ring, Sealer
from fieldapp.days import day_of
from fieldapp.db import Base, writing
from fieldapp.models import bodies
from fieldapp.models.accounts import Acting, Role, acting_for
from fieldapp.models.cases import Case, CaseKey, DistrictKey, Fact, ReporterKey, Urgent
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.rights_requests import RequestKind
from tests import factories, plans_of_help, two_counties
from tests.factories import County
from tests.phones import Phone

NAME, PHONE, CALL = "邻居吴桂芳", "19900007788", "傍晚打她女儿的号码"
CANARIES = (NAME, PHONE, CALL)
TOLD = {"lead": {"reporter_relation": "neighbour", "reporter_name": NAME, "reporter_phone": PHONE}}
LEAD = {"channel": "walk_in", "danger_now": "no", "summary": "来访反映生活困难", "name": "周小满"}
REPLY = {"reply": "explained", "text": "问过她了"}


@dataclass(frozen=True)
class Told:
    """Who told us: a sheet that was returned and is being written anew, one that was approved, one kept aside."""

    case_id: UUID
    returned_id: UUID
    approved_id: UUID
    draft_id: UUID
    kept_id: UUID


def tell(phone: Phone, county: County, now: datetime) -> Told:
    """From the author's phone to the supervisor's decisions, through the acts themselves."""
    about = {"case_id": phone.new_id(), "visit_id": phone.new_id()}
    phone.fill_in(county, form="F1", body={"answers": {"lead": {**LEAD, "residence_region": county.village}}}, **about)
    phone.sync_all()
    sheets = [phone.fill_in(county, form="F1R", body={"answers": TOLD}, **about) for _ in range(2)]
    not_hers = {"case_id": phone.new_id(), "visit_id": str(county.visit_id)}
    aside = phone.fill_in(county, form="F1R", body={"answers": TOLD}, **not_hers)
    copy = {"answers": TOLD, "recorded": {}, "position": {}}
    named = {"record_id": phone.new_id(), "form": "F1R", "form_version": 1, "number": 1}
    phone.device.hand_in("draft", copy, **about, **named)
    phone.sync_all()
    assert [phone.result(sheet)["status"] for sheet in sheets] == ["ok", "ok"]
    assert phone.result(aside)["status"] == "quarantined"
    returned_id, approved_id = (UUID(sheet.head["record_id"]) for sheet in sheets)
    _decide(county, returned_id, now, approves=False)
    _decide(county, approved_id, now, approves=True)
    with writing() as session:
        worker = county.acting(session, "caseworker")
        draft = desk_records.take_up(session, worker, returned_id, now)
        said = json.dumps({**copy, "answers": TOLD}, ensure_ascii=False).encode()
        saved = desk_records.save(session, worker, draft.draft_id, draft.number, "window", said, now)
        kept_id = session.scalars(select(Kept.kept_id).where(Kept.revision_id == UUID(aside.head["revision_id"]))).one()
    return Told(UUID(about["case_id"]), returned_id, approved_id, saved.draft_id, kept_id)


def _decide(county: County, record_id: UUID, now: datetime, *, approves: bool) -> None:
    with writing() as session:
        here = (session, county.acting(session, "supervisor"), record_id)
        reviews.open_review(*here, now)
        record = session.get_one(Record, (county.district, record_id))
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        text = f"{NAME}：{CALL}"
        if approves:
            reviews.approve(*here, head.revision_id, head.content_hash, text=text, now=now)
            return
        remark = {"path": "lead.reporter_name", "kind": "explain", "text": text, "ways": []}
        reviews.add_remark(*here, **remark, now=now)
        reviews.return_record(*here, head.revision_id, head.content_hash, reason="unclear", text=text, now=now)


def fill(session: Session, county: County, now: datetime) -> None:
    """What `tell` leaves out: contacts, facts, a danger, a report with an answered remark, a minor's file, a reason."""
    supervisor = county.acting(session, "supervisor")
    girl = cases.NewPerson(name="刘小满", sex="female", birth_ym="2015-04", relation="self")
    for number in range(2):
        case = cases.open_case(
            session, supervisor, village_code=county.village, people=[girl], contact={"safe": "any", "how": "先发短信"},
            programme=None, now=now,
        )  # fmt: skip
        case_events.note(session, case, Happened.TRIAGED, now=now, details={"reason": "先了解情况"})
        minors.give_reason(session, supervisor, case.case_id, "other", f"上级抽查 {number}", now)
        _papers(session, supervisor, case.case_id, now)
        key = (county.district, case.case_id, case.case_id, f"any.{number}")
        said = json.dumps({"value": number, "on": "2026-03-01"}).encode()
        sealed = bodies.seal_for_case(session, county.district, case.case_id, "fact", "sealed_value", key, said)
        told = {"sensitivity": "household", "sealed_value": sealed, "decided_at": now}
        at = dict(zip(("district", "case_id", "about_id", "fact"), key, strict=True))
        session.add(Fact(**at, **told, revision_id=factories.new_id()))
        _danger(session, county, now)
        _answered_remark(session, county, now)
        _screening(session, county, now)
        _help(session, county, f"{number}", now)
        _list_and_money(session, supervisor, county, number, now)
        _care(session, supervisor, county, case.case_id, now)
        _both_sides(session, county, case.case_id, number, now)
    session.flush()
    for form in ("F7", "F8"):
        desk_records.begin(session, county.acting(session, "caseworker"), form, county.case_id, now)
    _requests(session, county, now)
    for row in session.scalars(select(Kept).order_by(Kept.kept_id)):
        kept.settle(session, supervisor, row.kept_id, "不是我们的人", now)
    tallies.keep(session, county.district, now)


def _papers(session: Session, supervisor: Acting, case_id: UUID, now: datetime) -> None:
    typed = {"to_name": "邻县妇联", "asked": "近况", "contact": "陈岚"}
    letter_id = letters.entrust(session, supervisor, case_id, typed, now).letter_id
    letters.note_signed(session, supervisor, letter_id, now)
    letters.note_sent(session, supervisor, letter_id, now)
    letters.note_received(session, supervisor, letter_id, "收3号", now)
    letters.add_scan(session, supervisor, letter_id, b"%PDF-1.7", now)
    extracts.share(
        session, supervisor, case_id, receiver="civil", receiver_name="民政局", basis="duty", basis_text="职责",
        purpose="低保", chosen=["code_name"], now=now,
    )  # fmt: skip


def _both_sides(session: Session, county: County, case_id: UUID, number: int, now: datetime) -> None:
    """A visit asked of another county and answered, one asked of us, one refused; a meeting with him, and her place."""
    supervisor = county.acting(session, "supervisor")
    partner = two_counties.believed(session, county, now, f"远县妇联 {number}")
    typed = {**two_counties.TYPED, "expires_on": (day_of(now) + timedelta(days=20)).isoformat()}
    asked = entrusting.entrust(session, supervisor, case_id, partner.partner_id, typed, now)
    answer = (two_counties.answer(asked.request_id), "[]", bytes(64))
    entrusting.take_answer(session, supervisor, partner, answer, now)
    entrusted.take_request(session, supervisor, partner, two_counties.request(factories.new_id(), now), now)
    entrusted_files.keep(session, supervisor, b"x", "entrusted_unreadable", now)
    him, place = (
        plans_of_help.measure(session, now, county, kind=kind, commits=False)
        for kind in ("offender_education", "shelter")
    )
    worker = factories.person(session, now, Role.CASEWORKER, county.district, name=f"何远{number}")
    meeting = other_side.plan(
        session, supervisor, county.case_id, him, worker_id=worker, on=day_of(now) + timedelta(days=60),
        region_code=county.other_village, who="某人", place="派出所", what="法治教育", now=now,
    )  # fmt: skip
    acting = acting_for(session, county.district, worker)
    assert acting is not None
    other_side.finish(session, acting, meeting.task_id, "谈过了", now)
    shelters.keep_place(session, supervisor, county.case_id, place, "东关路", now)


def _list_and_money(session: Session, supervisor: Acting, county: County, number: int, now: datetime) -> None:
    """A list from which a family came in, and money that is kept for her."""
    book = Workbook()
    book.active.append(["户号", "村居", "姓名"])
    book.active.append([f"{number}", county.village, f"演示{number}"])
    table = BytesIO()
    book.save(table)
    row = imports.keep(session, supervisor, Kind.CASES, table.getvalue(), now)
    imports.take(session, supervisor, row.import_id, {}, also_similar=True, now=now)
    came = {"entry": "received", "on": "2026-11-01", "yuan": "100", "purpose": "", "keeper": "县福利院"}
    funds.write(session, supervisor, county.case_id, **came, now=now)


def _care(session: Session, supervisor: Acting, county: County, case_id: UUID, now: datetime) -> None:
    """A family on the key-care list, and a visit that was drawn for inspection and checked."""
    today = day_of(now)
    review = today + timedelta(days=30)
    key_care.put_on(session, supervisor, case_id, level="key", reason="一人带两个孩子", review_on=review, now=now)
    drawn = {"since": today, "until": today, "share_percent": 100, "seed": "told"}
    made = inspections.draw(session, supervisor, **drawn, now=now)
    inspections.check(session, supervisor, made.inspection_id, 1, "differs", "家里多一个人", now)


def _help(session: Session, county: County, name: str, now: datetime) -> None:
    """A measure that moved on, the task of a department that answered, and what is to be done by when."""
    supervisor = county.acting(session, "supervisor")
    person_id, department_id = plans_of_help.liaison(session, now, county, f"liaison-{name}", commits=False)
    measure_id = plans_of_help.measure(session, now, county, commits=False)
    measures.move(session, supervisor, county.case_id, measure_id, "applied", on=None, text="已递交", now=now)
    said = {"purpose": "临时救助", "asked": "请受理", "reach": "只通过县妇联"}
    task = dispatches.send(session, supervisor, county.case_id, measure_id, department_id, **said, now=now)
    liaison = acting_for(session, county.district, person_id)
    assert liaison is not None
    dispatches.answer(session, liaison, task.dispatch_id, Answer.REFUSED, "不归我们", now)
    for case_id in session.scalars(select(Case.case_id).where(Case.district == county.district)):
        agendas.make(session, county.district, case_id, now)


def _requests(session: Session, county: County, now: datetime) -> None:
    """What people ask about their own data: of a family, of none, and who told us asks to be forgotten."""
    officer = factories.person(session, now, Role.DATA_PROTECTION, county.district, name="沈知", login="told-officer")
    acting = acting_for(session, county.district, officer, now)
    assert acting is not None
    for kind in (RequestKind.CORRECTION, RequestKind.CORRECTION, RequestKind.FORGET_REPORTER):
        asked = rights_requests.Asked(kind, county.case_id, day_of(now), who="周小满", how="先发短信", text="写错了")
        request = rights_requests.take(session, acting, asked, now)
        rights_requests.show_identity(session, acting, request.request_id, "known", now)
        rights_requests.grant(session, acting, request.request_id, "会改正", now)
        if kind == RequestKind.CORRECTION:
            worker = county.acting(session, "caseworker")
            rights_requests.put_right(session, worker, request.request_id, "已改正", now)
    nothing = rights_requests.Asked(RequestKind.COPY, None, day_of(now), who="不认识的人")
    rights_requests.take(session, acting, nothing, now)


def _danger(session: Session, county: County, now: datetime) -> None:
    urgent_id = factories.new_id()
    key = (county.district, urgent_id)
    sealed = bodies.seal_for_district(session, county.district, "urgent", "sealed_body", key, b'{"dangers":["now"]}')
    who = {"person_id": county.caseworker_id, "vault_id": factories.new_id(), "signed": True}
    session.add(Urgent(district=county.district, urgent_id=urgent_id, **who, sealed_body=sealed, received_at=now))


def _answered_remark(session: Session, county: County, now: datetime) -> None:
    supervisor = county.acting(session, "supervisor")
    record_id, _ = factories.record(session, now, county, form="F3V", answers=b'{"answers":{}}')
    reviews.open_review(session, supervisor, record_id, now)
    path = {"path": "fv.at", "kind": "note", "text": "哪一天", "ways": []}
    remark = reviews.add_remark(session, supervisor, record_id, **path, now=now)
    key = (county.district, remark.remark_id)
    said = json.dumps(REPLY, ensure_ascii=False).encode()
    place = (county.district, county.case_id, "F3V", "remark", "sealed_reply", key)
    remark.sealed_reply = bodies.seal_for_record(session, *place, said)


def _screening(session: Session, county: County, now: datetime) -> None:
    factories.record(session, now, county, state="approved", answers=b'{"answers":{}}')
    made = screenings.run(session, session.get_one(Case, (county.district, county.case_id)), now)
    assert made is not None
    said = [Said("S7", None, "yes", f"另有情况 {made.number}")]
    screenings.answer(session, county.acting(session, "supervisor"), county.case_id, made.run_id, said, now)


def sealed_columns() -> set[tuple[str, str]]:
    """(table, column) of every column that holds sealed values."""
    tables = Base.metadata.tables.values()
    return {(table.name, column.name) for table in tables for column in table.columns if _is_sealed(column.name)}


@dataclass(frozen=True)
class Value:
    """One sealed value, and where it lies."""

    table: str
    column: str
    key: bodies.RowKey
    sealed: bytes


def sealed_values(session: Session) -> list[Value]:
    """Every sealed value of the database, in the order of tables, columns and keys."""
    found = []
    for name, column in sorted(sealed_columns()):
        table = Base.metadata.tables[name]
        for row in session.execute(select(table).order_by(*table.primary_key)).mappings():
            if row[column] is not None:
                key = tuple(_plain(row[part.name]) for part in table.primary_key)
                found.append(Value(name, column, key, row[column]))
    return found


def keys_of(session: Session, ring: Ring) -> dict[str, list[tuple[str, UUID | None, Sealer]]]:
    """{"district" | "case" | "reporter": (district, case or None, sealer) of each key}."""
    districts: dict[tuple[str, str], rest.DistrictKey] = {}
    for row in session.scalars(select(DistrictKey)):
        plain = ring.unwrap(row.root_key_id, row.wrapped_key, f"district_key|{row.district}|{row.key_id}")
        districts[row.district, row.key_id] = rest.DistrictKey(plain)
    found: dict[str, list[tuple[str, UUID | None, Sealer]]] = {"district": [], "case": [], "reporter": []}
    for (district, _), key in districts.items():
        found["district"].append((district, None, Sealer(key)))
    for case in session.scalars(select(CaseKey)):
        case_key = rest.unwrap_case_key(districts[case.district, case.district_key_id], case.wrapped_key)
        found["case"].append((case.district, case.case_id, Sealer(case_key)))
    for apart in session.scalars(select(ReporterKey)):
        assert apart.root_key_id is not None and apart.wrapped_key is not None
        context = f"reporter_key|{apart.district}|{apart.case_id}"
        reporter_key = rest.ReporterKey(ring.unwrap(apart.root_key_id, apart.wrapped_key, context))
        found["reporter"].append((apart.district, apart.case_id, Sealer(reporter_key)))
    return found


def opened(value: Value, keys: dict[str, list[tuple[str, UUID | None, Sealer]]]) -> tuple[str, Sealer, Place, bytes]:
    """(which kind of key, the key, the place, the plaintext) of the one key that opens this value in its place."""
    for kind, of_kind in keys.items():
        for district, case_id, sealer in of_kind:
            if not sealer.made(value.sealed):
                continue
            place = Place(value.table, value.column, district, case_id, value.key)
            return kind, sealer, place, sealer.open(place, value.sealed)
    raise AssertionError(f"no key of the database opens {value.table}.{value.column}")


def _is_sealed(column: str) -> bool:
    return column.startswith("sealed_")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
