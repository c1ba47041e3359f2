"""Administration of people: accounts, roles, passwords, device codes, deactivation."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions import scope_changes, sessions
from fieldapp.actions.deputies import end_deputies_of
from fieldapp.actions.vaults import revoke_all_of
from fieldapp.crypto import keys, passwords
from fieldapp.crypto.passwords import PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Password
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, feed, scope, server_keys, tombstones
from fieldapp.models.accounts import (
    PHONE_ROLES,
    Account,
    Acting,
    Organisation,
    Person,
    Role,
    RoleGrant,
    Sex,
    acting_for,
)
from fieldapp.models.regions import Region, prefix_of
from fieldapp.models.tombstones import Kind
from fieldapp.models.vaults import DeviceCode, Vault

LOGIN_MAX = 64
NAME_MAX = 50
ORGANISATION_NAME_MAX = 100
DEVICE_CODE_LIFE = timedelta(minutes=15)
TOLD_FOR = timedelta(days=30)


@dataclass(frozen=True)
class IssuedCode:
    """A device code, shown once: 24 characters (docs/protocol.md section 6) and the moment it ends."""

    text: str
    expires_at: datetime


def found_district(
    session: Session,
    *,
    district: str,
    county: str,
    login: str,
    name: str,
    password: str,
    since: date,
    is_demo: bool = False,
    now: datetime,
) -> Acting:
    """Make a county and its first administrator. Raises `district_founded` where somebody administers it already."""
    if session.scalar(select(Person.person_id).where(Person.district == district).limit(1)) is not None:
        raise Problem("district_founded")
    if session.get(Region, (district, since)) is None:
        session.add(Region(code=district, valid_from=since, valid_to=None, name=county, level="county"))
    person_id = uuid7(milliseconds(now))
    # She stands in for the administrator who would make her: there is none yet.
    herself = Acting(district, person_id, name, ((Role.ADMINISTRATOR, district),))
    create_person(
        session,
        herself,
        login=login,
        name=name,
        role=Role.ADMINISTRATOR,
        region_code=district,
        organisation_id=None,
        password=password,
        is_demo=is_demo,
        person_id=person_id,
        now=now,
    )
    return herself


def create_person(
    session: Session,
    acting: Acting,
    *,
    login: str,
    name: str,
    role: Role,
    region_code: str,
    organisation_id: UUID | None,
    password: str,
    elder: bool = False,
    sex: Sex | None = None,
    is_demo: bool = False,
    person_id: UUID | None = None,
    now: datetime,
) -> Person:
    """Make an account in the administrator's district; its password is changed at the first sign-in at the desk."""
    region_code = _region(session, acting, region_code)
    login, name = login.strip().lower(), name.strip()
    if not 2 <= len(login) <= LOGIN_MAX or not login.replace(".", "").replace("-", "").replace("_", "").isalnum():
        raise Problem("login_malformed")
    if not name or len(name) > NAME_MAX:
        raise Problem("name_needed", limit=NAME_MAX)
    _check_password(password)
    organisation = None if organisation_id is None else session.get(Organisation, (acting.district, organisation_id))
    if organisation_id is not None and (organisation is None or organisation.ended_at is not None):
        raise Problem("organisation_unknown", limit=ORGANISATION_NAME_MAX)
    if session.get(Account, login) is not None:
        raise Problem("login_taken")
    person = Person(
        district=acting.district,
        person_id=person_id or uuid7(milliseconds(now)),
        name=name,
        sex=sex,
        organisation_id=organisation_id,
        elder=elder,
        created_at=now,
    )
    session.add(person)
    session.flush()
    session.add(
        Account(
            login=login,
            district=acting.district,
            person_id=person.person_id,
            password_hash=passwords.hashed(Password(password)),
            must_change=not is_demo,
            set_by=None if is_demo else acting.person_id,
            set_at=None if is_demo else now,
            is_demo=is_demo,
        )
    )
    _grant(session, acting, person, role, region_code, now)
    _audit(session, acting, "create_person", person.person_id, now, role=role, region=region_code)
    return person


def change_role(session: Session, acting: Acting, person_id: UUID, role: Role, region_code: str, now: datetime) -> None:
    """End all running roles and give one. Her phones are told what comes and goes by it; under another role they pull
    everything afresh.
    """
    person = _person(session, acting, person_id)
    region_code = _region(session, acting, region_code)
    if person_id == acting.person_id:
        raise Problem("not_oneself")  # a county whose last administrator takes her own role away has none
    before = acting_for(session, person.district, person_id)
    _end_grants(session, person, now)
    _grant(session, acting, person, role, region_code, now)
    session.flush()
    after = acting_for(session, person.district, person_id)
    if before is not None and after is not None and scope_changes.is_same_cut(before, after):
        scope_changes.moved(session, before, after, now)
    else:
        person.view_version += 1
        feed.tell(session, person.district, person_id, "me")
    _audit(session, acting, "change_role", person_id, now, role=role, region=region_code)


def say_sex(session: Session, acting: Acting, person_id: UUID, sex: Sex | None, now: datetime) -> None:
    """Whether somebody is a woman or a man, or that it is not said: for families that women are to work with."""
    person = _person(session, acting, person_id)
    if person.sex == sex:
        return
    person.sex = sex
    feed.tell(session, person.district, person_id, "me")
    _audit(session, acting, "say_sex", person_id, now)


def set_password(session: Session, acting: Acting, person_id: UUID, password: str, now: datetime) -> None:
    """Give somebody a new password, to be changed at the next sign-in; her desk sessions end.

    Only for what two people agreed on (resets.py), where she is told by whom.
    """
    person = _person(session, acting, person_id)
    _check_password(password)
    account = _account_of(session, person)
    account.password_hash, account.must_change = passwords.hashed(Password(password)), True
    account.set_by = account.set_at = None
    tombstones.note(session, person.district, Kind.PASSWORD_ENDED, now, person=str(person_id))
    sessions.end_all(session, person.district, person.person_id, now)
    _audit(session, acting, "set_password", person_id, now)


def change_own_password(session: Session, acting: Acting, old: str, new: str, token: str, now: datetime) -> None:
    """Change one's own password; the old one is asked for, every session but that of `token` ends."""
    person = session.get(Person, (acting.district, acting.person_id))
    assert person is not None
    account = _account_of(session, person)
    if not passwords.matches(account.password_hash, Password(old)):
        raise Problem("password_wrong")
    _check_password(new)
    account.password_hash, account.must_change = passwords.hashed(Password(new)), False
    tombstones.note(session, person.district, Kind.PASSWORD_ENDED, now, person=str(acting.person_id))
    sessions.end_all(session, person.district, person.person_id, now, except_token=token)
    _audit(session, acting, "change_own_password", acting.person_id, now)


def own_account(session: Session, acting: Acting) -> Account:
    """The account of the acting person."""
    person = session.get_one(Person, (acting.district, acting.person_id))
    return _account_of(session, person)


def password_given(session: Session, acting: Acting, now: datetime) -> tuple[str, datetime] | None:
    """(name, when) of who last gave her a password, for TOLD_FOR; None where nobody did.

    Choosing one's own does not end it, and nobody can put it away: whoever gave it may have been the first to use it.
    """
    account = session.scalar(
        select(Account).where(Account.district == acting.district, Account.person_id == acting.person_id)
    )
    if account is None or account.set_by is None or account.set_at is None or now - account.set_at > TOLD_FOR:
        return None
    giver = session.get(Person, (acting.district, account.set_by))
    return ("" if giver is None else giver.name), account.set_at


def choose_language(session: Session, acting: Acting, language: str, now: datetime) -> None:
    """Choose the language of one's own pages and papers."""
    person = session.get(Person, (acting.district, acting.person_id))
    assert person is not None
    person.language = language
    _audit(session, acting, "choose_language", acting.person_id, now, language=language)


def issue_device_code(
    session: Session, acting: Acting, person_id: UUID, now: datetime, *, is_confirmed: bool = False
) -> IssuedCode:
    """A one-use code for one phone of this person, valid 15 minutes; an older unused one of hers ends now.

    The first one is one administrator's to give. Whoever has, or had, a phone here gets another one only when a second
    person confirmed it (resets.py): raises `two_people_needed`.
    """
    person = _person(session, acting, person_id)
    if not person.active:
        raise Problem("person_inactive")
    had_one = select(Vault.vault_id).where(Vault.district == person.district, Vault.person_id == person_id).limit(1)
    if not is_confirmed and session.scalar(had_one) is not None:
        raise Problem("two_people_needed")
    hers = acting_for(session, person.district, person_id)
    if hers is None or not hers.has(*PHONE_ROLES):
        raise Problem("no_phone_for_role")
    session.execute(
        update(DeviceCode)
        .where(
            DeviceCode.district == person.district,
            DeviceCode.person_id == person_id,
            DeviceCode.used_by_vault.is_(None),
            DeviceCode.expires_at > now,
        )
        .values(expires_at=now)
    )
    code = keys.new_code(secrets.token_bytes)
    expires_at = now + DEVICE_CODE_LIFE
    session.add(
        DeviceCode(
            district=person.district,
            code_hash=hashlib.sha256(code.encode()).digest(),
            person_id=person_id,
            issued_by=acting.person_id,
            issued_at=now,
            expires_at=expires_at,
        )
    )
    _audit(session, acting, "issue_device_code", person_id, now)
    return IssuedCode(code + server_keys.fingerprint(session), expires_at)


def deactivate(session: Session, acting: Acting, person_id: UUID, now: datetime) -> None:
    """End somebody's access: roles, sessions, codes, phones. What her phones still hold may come in, to quarantine."""
    person = _person(session, acting, person_id)
    if person_id == acting.person_id:
        raise Problem("not_oneself")
    person.active = False
    tombstones.note(session, person.district, Kind.PERSON_ENDED, now, person=str(person_id))
    _end_grants(session, person, now)
    sessions.end_all(session, person.district, person.person_id, now)
    session.execute(
        update(DeviceCode)
        .where(DeviceCode.district == person.district, DeviceCode.person_id == person_id, DeviceCode.expires_at > now)
        .values(expires_at=now)
    )
    revoke_all_of(session, person.district, person_id, acting.person_id, now)
    _audit(session, acting, "deactivate", person_id, now)


def _region(session: Session, acting: Acting, code: str) -> str:
    # A grant holds the prefix that all codes below a region share; the zeros behind it are padding of the code itself.
    named = {code, code.ljust(12, "0")}  # a prefix is taken as well, as a grant shows it
    region = session.scalar(select(Region).where(Region.code.in_(named)).order_by(Region.valid_from.desc()).limit(1))
    if region is None:
        raise Problem("not_found")
    prefix = prefix_of(region.code, region.level)
    # Somebody of the prefecture or the province is given her place in this county by who administers all of it.
    is_above = acting.district.startswith(prefix) and acting.district in acting.regions(Role.ADMINISTRATOR)
    if not is_above and not any(prefix.startswith(own) for own in acting.regions(Role.ADMINISTRATOR)):
        raise Problem("not_found")
    return prefix


def _person(session: Session, acting: Acting, person_id: UUID) -> Person:
    person = session.scalar(
        select(Person).where(
            Person.district == acting.district, Person.person_id == person_id, scope.may_administer(acting)
        )
    )
    if person is None:
        raise Problem("not_found")
    return person


def _account_of(session: Session, person: Person) -> Account:
    account = session.scalar(
        select(Account).where(Account.district == person.district, Account.person_id == person.person_id)
    )
    assert account is not None
    return account


def _check_password(password: str) -> None:
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Problem("password_too_short", minimum=PASSWORD_CHARS_MIN, maximum=PASSWORD_CHARS_MAX)


def _grant(session: Session, acting: Acting, person: Person, role: Role, region_code: str, now: datetime) -> None:
    session.add(
        RoleGrant(
            district=person.district,
            grant_id=uuid7(milliseconds(now)),
            person_id=person.person_id,
            role=role,
            region_code=region_code,
            granted_at=now,
            granted_by=acting.person_id,
        )
    )


def _end_grants(session: Session, person: Person, now: datetime) -> None:
    end_deputies_of(session, person.district, person.person_id, now)
    ended = session.scalars(
        update(RoleGrant)
        .where(
            RoleGrant.district == person.district,
            RoleGrant.person_id == person.person_id,
            RoleGrant.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(RoleGrant.grant_id)
    ).all()
    grants = sorted(str(grant_id) for grant_id in ended)
    if grants:
        named = {"person": str(person.person_id), "grants": grants}
        tombstones.note(session, person.district, Kind.ROLES_ENDED, now, **named)


def _audit(session: Session, acting: Acting, act: str, person_id: UUID, now: datetime, **about: object) -> None:
    named = {"person": str(person_id), **about}
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=named, at=now)
