"""What a line of the tombstone log takes away once more, after a restore brought it back (restores.py); and a phone
that was enrolled after the backup is known again.

Whatever a line names and this database does not know was made after the backup: then there is nothing to take away.
What opened nothing any more (a replaced app, a removed passkey) is stopped and not deleted: somebody left without a
second factor could set one up by her password alone, and so could whoever knows it. Two people help her (resets.py).
"""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from fieldapp.actions import erasures, kept_apart, restrictions
from fieldapp.db import moment
from fieldapp.models import bodies, reporters, server_keys
from fieldapp.models.accounts import Account, Acting, Organisation, Person, RoleGrant
from fieldapp.models.cases import Assignment, Case, ConflictOfInterest
from fieldapp.models.credentials import (
    AuthenticatorApp,
    OutsideIdentity,
    Passkey,
    RecoveryCode,
    has_second_factor,
    identity_hash,
)
from fieldapp.models.entrusting import PartnerCounty
from fieldapp.models.officers import OfficerChild
from fieldapp.models.organisations import Department, Liaison
from fieldapp.models.tombstones import Kind, Line
from fieldapp.models.vaults import PinShare, ServerKey, Vault, VaultHome, VaultState

_SEVERITY = {VaultState.ACTIVE: 0, VaultState.SUSPENDED: 1, VaultState.REVOKED: 2}
_NEVER_PULLED = -1  # another view than every person has: its next contact tells everything
_NO_STEP = 2**62  # later than every code there will ever be


def replay(session: Session, line: Line) -> None:
    """Take away once more. Whatever the line names and this database does not know was made after the backup."""
    about, district = line.about, line.district
    match line.kind:
        case Kind.VAULT_STOPPED:
            vault = session.get(Vault, (district, UUID(about["vault"])))
            if vault is not None:
                vault.state = max(vault.state, about["state"], key=lambda state: _SEVERITY[VaultState(state)])
                vault.changed_at = moment(line.at_ms)
                if about["wipe"] is not None:
                    vault.wipe_order, vault.wipe_ordered_at = UUID(about["wipe"]), moment(line.at_ms)
        case Kind.VAULT_GIVEN_BACK:
            vault = session.get(Vault, (district, UUID(about["vault"])))
            if vault is not None and vault.state == VaultState.SUSPENDED:
                vault.state, vault.changed_at = VaultState.ACTIVE, moment(line.at_ms)
        case Kind.VAULT_ENROLLED:
            _enrol(session, line)
        case Kind.SHARE_DELETED:
            session.execute(delete(PinShare).where(*_share(line)))
        case Kind.PIN_TRIES:
            session.execute(update(PinShare).where(*_share(line)).values(tries=about["tries"]))
        case Kind.ROLES_ENDED:
            _end_roles(session, line)
        case Kind.PERSON_ENDED:
            person = session.get(Person, (district, UUID(about["person"])))
            if person is not None:
                person.active = False
        case Kind.CASE_ERASED:
            erasures.clear_family(session, district, UUID(about["case"]), moment(line.at_ms))
        case Kind.REPORTER_ERASED:
            kept_apart.move_of(session, district, UUID(about["case"]))
            reporters.erase(session, district, UUID(about["case"]), moment(line.at_ms))
        case Kind.CASE_RESTRICTED | Kind.RESTRICTION_ENDED | Kind.CONSENT_WITHDRAWN:
            restrictions.bring_back(session, line)
        case Kind.COUNTY_ENDED:
            named = (PartnerCounty.district == district, PartnerCounty.partner_id == about["county"])
            session.execute(update(PartnerCounty).where(*named).values(ended_at=moment(line.at_ms)))
        case Kind.KEYS_LISTED:
            server_keys.bring_version_above(session, about["version"])
        case Kind.KEY_DESTROYED:
            session.execute(delete(ServerKey).where(ServerKey.key_id == about["key"]))
        case _:
            _replay_of_person(session, line)


def _replay_of_person(session: Session, line: Line) -> None:
    about, at = line.about, moment(line.at_ms)
    match line.kind:
        case Kind.MEMBER_ENDED:
            _end_member(session, line.district, UUID(about["case"]), UUID(about["person"]), at)
        case Kind.CHILDREN_TAKEN:
            _take_children(session, line)
        case Kind.RELATED:
            _keep_away(session, line, at)
        case Kind.LIAISONS_ENDED:
            named = [UUID(liaison) for liaison in about["liaisons"]]
            running = (Liaison.district == line.district, Liaison.liaison_id.in_(named), Liaison.ended_at.is_(None))
            session.execute(update(Liaison).where(*running).values(ended_at=at))
        case Kind.BELONGS:
            _move(session, line)
        case Kind.PASSWORD_ENDED:
            hers = (Account.district == line.district, Account.person_id == UUID(about["person"]))
            session.execute(update(Account).where(*hers).values(must_change=True))
        case Kind.IDENTITY_ENDED:
            for row in session.scalars(select(OutsideIdentity).where(OutsideIdentity.district == line.district)).all():
                if identity_hash(row.issuer, row.subject) == about["identity"]:
                    session.delete(row)
        case Kind.APP_ENDED | Kind.PASSKEYS_ENDED | Kind.RECOVERY_ENDED:
            _end_factor(session, line, at)


def _enrol(session: Session, line: Line) -> None:
    """The phone is known again, as it was when it was enrolled; it pulls afresh. Its person may have been entered after
    the backup too: then she is entered anew, and gets another code.
    """
    about, vault_id = line.about, UUID(line.about["vault"])
    is_person = session.get(Person, (line.district, UUID(about["person"]))) is not None
    if not is_person or session.get(VaultHome, vault_id) is not None:
        return
    session.add(VaultHome(vault_id=vault_id, district=line.district))
    session.add(
        Vault(
            district=line.district,
            vault_id=vault_id,
            person_id=UUID(about["person"]),
            transport_key=bytes.fromhex(about["transport"]),
            author_key=bytes.fromhex(about["author"]),
            enrolled_at=moment(line.at_ms),
            issued_by=UUID(about["issued_by"]),
            view_version=_NEVER_PULLED,
        )
    )
    session.flush()


def _share(line: Line) -> tuple[ColumnElement[bool], ...]:
    return PinShare.district == line.district, PinShare.share_id == UUID(line.about["share"])


def _end_roles(session: Session, line: Line) -> None:
    grants = [UUID(grant) for grant in line.about["grants"]]
    session.execute(
        update(RoleGrant)
        .where(RoleGrant.district == line.district, RoleGrant.grant_id.in_(grants), RoleGrant.ended_at.is_(None))
        .values(ended_at=moment(line.at_ms))
    )
    person = session.get(Person, (line.district, UUID(line.about["person"])))
    if person is not None:
        person.view_version += 1  # her phones pull afresh under what she may see now


def _end_member(session: Session, district: str, case_id: UUID, person_id: UUID, at: datetime) -> None:
    row = session.get(Assignment, (district, case_id, person_id))
    if row is not None and row.ended_at is None:
        row.ended_at = at
        _pull_afresh(session, district, person_id)


def _take_children(session: Session, line: Line) -> None:
    person_id = UUID(line.about["person"])
    hers = (
        OfficerChild.district == line.district,
        OfficerChild.case_id == UUID(line.about["case"]),
        OfficerChild.officer_id == person_id,
        OfficerChild.child_id.in_([UUID(child) for child in line.about["children"]]),
    )
    session.execute(delete(OfficerChild).where(*hers))
    _pull_afresh(session, line.district, person_id)


def _keep_away(session: Session, line: Line, at: datetime) -> None:
    case_id, person_id = UUID(line.about["case"]), UUID(line.about["person"])
    key = (line.district, case_id, person_id)
    if session.get(Case, key[:2]) is None:
        return
    row = session.get(ConflictOfInterest, key)
    if row is None:
        row = ConflictOfInterest(district=line.district, case_id=case_id, person_id=person_id)
        session.add(row)
    row.said_by, row.said_at, row.lifted_by, row.lifted_at = UUID(line.about["by"]), at, None, None
    _end_member(session, line.district, case_id, person_id, at)


def _move(session: Session, line: Line) -> None:
    person = session.get(Person, (line.district, UUID(line.about["person"])))
    if person is None:
        return
    person.organisation_id = _known(session, Organisation, line.district, line.about["organisation"])
    person.department_id = _known(session, Department, line.district, line.about["department"])
    _pull_afresh(session, line.district, person.person_id)


def _known(session: Session, table: type[Organisation | Department], district: str, named: str | None) -> UUID | None:
    return None if named is None or session.get(table, (district, UUID(named))) is None else UUID(named)


def _pull_afresh(session: Session, district: str, person_id: UUID) -> None:
    person = session.get(Person, (district, person_id))
    if person is not None:
        person.view_version += 1


def _end_factor(session: Session, line: Line, at: datetime) -> None:
    district, about = line.district, line.about
    person_id = UUID(about["person"])
    if session.get(Person, (district, person_id)) is None:
        return
    if line.kind == Kind.APP_ENDED:
        app = session.get(AuthenticatorApp, (district, person_id))
        if app is not None and app.made_at <= moment(about["made"]):
            app.last_step = _NO_STEP
    elif line.kind == Kind.PASSKEYS_ENDED:
        named = [bytes.fromhex(passkey) for passkey in about["passkeys"]]
        hers = (Passkey.district == district, Passkey.credential_id.in_(named), Passkey.stopped_at.is_(None))
        session.execute(update(Passkey).where(*hers).values(stopped_at=at))
    else:
        ended = delete(RecoveryCode).where(RecoveryCode.district == district, RecoveryCode.person_id == person_id)
        if about["codes"] is not None:
            ended = ended.where(RecoveryCode.code_hash.in_([bytes.fromhex(code) for code in about["codes"]]))
        session.execute(ended)
    session.flush()
    if not has_second_factor(session, Acting(district, person_id, "", ())):
        _leave_locked(session, district, person_id, at)


def _leave_locked(session: Session, district: str, person_id: UUID, at: datetime) -> None:
    sealed = bodies.seal_for_district(
        session, district, "authenticator_app", "sealed_secret", (district, person_id), secrets.token_bytes(20)
    )
    session.add(
        AuthenticatorApp(district=district, person_id=person_id, sealed_secret=sealed, made_at=at, last_step=_NO_STEP)
    )
