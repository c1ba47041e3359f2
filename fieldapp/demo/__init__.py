"""Demo data: a county that does not exist, invented people of every role, and the six published cases as files.

The cases are public (cases.json names their sources); the codes, dates and assignments around them are invented.
Passwords are printed by `make run`: no database that is not a demo accepts these accounts (actions/sign_in.py).
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions import accounts, cases, plans, second_factor
from fieldapp.actions import organisations as houses
from fieldapp.crypto import totp
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.demo import care
from fieldapp.ids import uuid7
from fieldapp.models import settings
from fieldapp.models.accounts import Acting, Organisation, Person, Role, RoleGrant, Sex, acting_for
from fieldapp.models.cases import VisitPurpose
from fieldapp.models.regions import Region

DISTRICT = "990101"  # 99 is no province
PREFECTURE, PROVINCE = "990100", "990000"
TOWNSHIP = "990101100000"
VILLAGES = ("990101100201", "990101100202")
_HERS = VILLAGES[0]  # of the village cadre
PASSWORD = "demo-zoufang-2026"
_SINCE = date(2021, 1, 1)
_CASES = Path(__file__).parent / "cases.json"
_FAMILY = {"victim", "close_relative", "household_member", "applicant", "support_obligor", "carer_and_reporter"}
_RELATION_ZH = {
    "self": "本人", "spouse": "配偶", "son": "儿子", "daughter": "女儿", "father": "父亲", "mother": "母亲",
    "father_in_law": "公公", "mother_in_law": "婆婆", "sister": "姐妹", "brother": "兄弟",
}  # fmt: skip


@dataclass(frozen=True)
class DemoAccount:
    """A sign-in as `make run` prints it. `organisation` is a kind of organisation; `region` is the county but for who
    works above or below it.
    """

    login: str
    name: str
    role: Role
    organisation: str
    zh: str
    en: str
    region: str = DISTRICT
    sex: Sex | None = None


ACCOUNTS = (
    DemoAccount("admin", "周以衡", Role.ADMINISTRATOR, "wf", "管理员（审核台）", "administrator (desk)"),
    DemoAccount("chen", "陈素心", Role.SUPERVISOR, "wf", "主管（审核台）", "supervisor (desk)"),
    DemoAccount("li", "李春禾", Role.CASEWORKER, "wf", "妇联走访人员（手机）", "caseworker (phone)", sex=Sex.WOMAN),
    DemoAccount(
        "wang", "王砚秋", Role.CASEWORKER, "proc", "检察院走访人员（手机）", "caseworker (phone)", sex=Sex.WOMAN
    ),
    DemoAccount(
        "zhao", "赵大田", Role.VILLAGE, "village", "村干部（手机，大字）", "village cadre (phone)", VILLAGES[0], Sex.MAN
    ),
    DemoAccount("wu", "吴知行", Role.ADMINISTRATOR, "wf", "第二管理员（审核台）", "second administrator (desk)"),
    DemoAccount("sun", "孙明达", Role.SUPERVISOR, "wf", "第二主管（审核台）", "second supervisor (desk)"),
    DemoAccount(
        "lin", "林远", Role.SUPERVISOR, "city", "市级主管（审核台）", "prefecture supervisor (desk)", PREFECTURE
    ),
    DemoAccount("qian", "钱正", Role.PROCURATORATE, "proc", "检察院（审核台）", "procuratorate (desk)"),
    DemoAccount("he", "何禾", Role.LIAISON, "civil", "民政联络员（审核台）", "department liaison (desk)"),
    DemoAccount("xu", "许静安", Role.DATA_PROTECTION, "wf", "个人信息负责人（审核台）", "data protection (desk)"),
    DemoAccount("tang", "唐审", Role.AUDITOR, "wf", "审计员（审核台）", "auditor (desk)"),
)


def load(session: Session, now: datetime) -> None:
    """Fill an empty database. Raises ValueError on one that holds people already and is not a demo."""
    if session.scalar(select(Person.person_id).limit(1)) is not None:
        raise ValueError("this database has people in it: demo data is loaded only into an empty one")
    settings.put(session, settings.DEMO, "1")
    plans.publish_library(session, now)
    first, *others = ACCOUNTS
    administrator = accounts.found_district(
        session,
        district=DISTRICT,
        county="示例县",
        login=first.login,
        name=first.name,
        password=PASSWORD,
        since=_SINCE,
        is_demo=True,
        now=now,
    )
    _regions(session)
    organisations = _organisations(session, now)
    second_factor.keep_app(session, administrator, second_factor_secret(first.login), 0, now)
    people = {account.login: _account(session, administrator, account, organisations, now) for account in others}
    _liaison(session, administrator, organisations["civil"], people["he"], now)
    # Long in office: who was made an administrator a moment ago confirms no act of two people (actions/resets.py).
    session.execute(update(RoleGrant).values(granted_at=now - timedelta(days=365)))
    supervisor = acting_for(session, DISTRICT, people["chen"])
    assert supervisor is not None
    _case_files(session, supervisor, people, now)
    _leads(session, supervisor, now)
    care.load(session, supervisor, now)


def second_factor_secret(login: str) -> totp.TotpSecret:
    """The secret of a demo account's authenticator app. Published, like the password: no real database takes it."""
    return totp.TotpSecret(sha256(b"fieldapp demo second factor|" + login.encode()).digest()[: totp.SECRET_BYTES])


def is_loaded(session: Session) -> bool:
    """Whether this database holds the demo."""
    return settings.get(session, settings.DEMO) == "1"


def _regions(session: Session) -> None:
    rows = (
        (PROVINCE, None, "province", "示例省", None, None),
        (PREFECTURE, PROVINCE, "prefecture", "示例市", None, None),
        (TOWNSHIP, DISTRICT, "township", "柳河镇", None, None),
        (VILLAGES[0], TOWNSHIP, "village", "柳树湾村", None, None),
        (VILLAGES[1], TOWNSHIP, "village", "青石桥村", None, None),
        # Merged into Qingshiqiao: its code stays readable in old files and is no longer offered.
        ("990101100203", TOWNSHIP, "village", "小石桥村", date(2023, 6, 30), VILLAGES[1]),
    )
    for code, parent, level, name, valid_to, successor in rows:
        days = {"valid_from": _SINCE, "valid_to": valid_to}
        session.add(Region(code=code, name=name, parent_code=parent, level=level, successor_code=successor, **days))
    session.get_one(Region, (DISTRICT, _SINCE)).parent_code = PREFECTURE
    session.flush()


def _organisations(session: Session, now: datetime) -> dict[str, UUID]:
    named = (
        ("wf", "示例县妇女联合会", DISTRICT),
        ("proc", "示例县人民检察院", DISTRICT),
        ("village", "柳树湾村村民委员会", VILLAGES[0]),
        ("civil", "示例县民政局", DISTRICT),
        ("city", "示例市妇女联合会", DISTRICT),
    )
    ids = {}
    for kind, name, region in named:
        ids[kind] = uuid7(milliseconds(now))
        org = "wf" if kind == "city" else kind
        session.add(Organisation(district=DISTRICT, organisation_id=ids[kind], kind=org, name=name, region_code=region))
    session.flush()
    return ids


def _account(
    session: Session, administrator: Acting, account: DemoAccount, organisations: dict[str, UUID], now: datetime
) -> UUID:
    person = accounts.create_person(
        session,
        administrator,
        login=account.login,
        name=account.name,
        role=account.role,
        region_code=account.region,
        organisation_id=organisations[account.organisation],
        password=PASSWORD,
        elder=account.role is Role.VILLAGE,
        sex=account.sex,
        is_demo=True,
        now=now,
    )
    acting = Acting(DISTRICT, person.person_id, person.name, ())
    second_factor.keep_app(session, acting, second_factor_secret(account.login), 0, now)
    return person.person_id


def _liaison(session: Session, administrator: Acting, organisation_id: UUID, person_id: UUID, now: datetime) -> None:
    department = houses.add_department(session, administrator, organisation_id, "社会救助股", now)
    session.flush()
    houses.belong_to(session, administrator, person_id, organisation_id, department.department_id, now)
    houses.name_liaison(session, administrator, department.department_id, person_id, DISTRICT, now)


def _case_files(session: Session, supervisor: Acting, people: dict[str, UUID], now: datetime) -> None:
    today = day_of(now)
    workers, cadre = [people["li"], people["wang"]], [people["zhao"]]
    investigation, look_in = VisitPurpose.INVESTIGATION, VisitPurpose.VILLAGE_FOLLOW_UP
    plan = {
        "S001-1": (0, [(investigation, workers, 0, "first_visit"), (look_in, cadre, 0, "village_30_days")]),
        "S001-3": (1, [(investigation, workers, 1, "planned_visit")]),
        "S001-5": (0, [(investigation, workers, 0, "planned_visit")]),
        "S001-7": (0, [(investigation, workers, 2, "planned_visit"), (look_in, cadre, 0, "village_30_days")]),
        "S002-liu": (1, [(investigation, workers, -2, "asked_for")]),
        "S003-lili": (0, [(look_in, cadre, -1, "village_90_days")]),
    }
    for published in json.loads(_CASES.read_text("utf-8"))["cases"]:
        village, visits = plan[published["id"]]
        case = cases.open_case(
            session,
            supervisor,
            village_code=VILLAGES[village],
            people=_people_of(published),
            contact={"safe": "only_times", "how": "上午由走访人员联系（演示）"},
            programme="困难妇女司法救助（演示）",
            now=now,
        )
        for purpose, visitors, days, reason in visits:
            cases.plan_visit(
                session,
                supervisor,
                case.case_id,
                purpose=purpose,
                visitor_ids=visitors,
                planned_on=today + timedelta(days=days),
                due_on=None,
                reason=reason,
                now=now,
            )


def _leads(session: Session, supervisor: Acting, now: datetime) -> None:
    """Two leads that wait for triage; the second may repeat the first."""
    for days, how in ((3, "晚上打 199 0000 2211（演示）"), (0, "打 19900002211，找她本人（演示）")):
        woman = cases.NewPerson(name="罗秋云", sex="female", birth_ym="1987-03", relation="self")
        cases.open_lead(
            session,
            supervisor,
            village_code=VILLAGES[1],
            person=woman,
            contact={"safe": "only_times", "how": how},
            programme=None,
            now=now - timedelta(days=days),
        )


def _people_of(published: dict[str, Any]) -> list[cases.NewPerson]:
    family = [person for person in published["persons"] if person["role_in_case"] in _FAMILY or _is_kin(person)]
    family.sort(key=lambda person: person["id"] != published["principal_id"])
    return [
        cases.NewPerson(
            name=person["name"] or _RELATION_ZH.get(person["relation_to_principal"] or "", f"家人{number}"),
            sex=person["sex"],
            birth_ym=person["birth_ym"],
            relation=person["relation_to_principal"],
            household=bool(person["household_member_now"]),
        )
        for number, person in enumerate(family, start=1)
    ]


def _is_kin(person: dict[str, Any]) -> bool:
    return person["relation_to_principal"] not in (None, "none")
