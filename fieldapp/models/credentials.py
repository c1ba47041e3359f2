"""Desk sessions, what a person proves herself with beside her password, and acts that need two people."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Acting, Person, RoleGrant

TOLD_FOR = timedelta(days=30)


class DeskSession(Base):
    """A signed-in browser at the desk. Only the hash of its token is kept. Looked up before the district is known: a
    directory.
    """

    __tablename__ = "desk_session"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    # When she last proved herself with all we ask for; None: her password alone was right, and nothing is open yet.
    proved_at: Mapped[datetime | None] = mapped_column(Moment)
    browser: Mapped[str] = mapped_column(String(60), default="", server_default="")  # "Firefox, Windows": no version


class SignInDelay(Base):
    """Failed sign-ins per account and address; each one makes the next wait longer. Names are hashed: a list of guesses
    is a list of accounts.
    """

    __tablename__ = "sign_in_delay"
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256 of "what|login|address"
    failures: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime] = mapped_column(Moment)


class AuthenticatorApp(Base):
    """The secret that an app on her own phone shares with us, sealed for the district. One to a person."""

    __tablename__ = "authenticator_app"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed_secret: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(BigInteger)  # the newest step whose code was taken; it is never taken again
    __table_args__ = (ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),)


class RecoveryCode(Base):
    """One of the codes on her sheet of paper. Only a keyed hash is kept."""

    __tablename__ = "recovery_code"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),)


class Passkey(Base):
    """A key of hers in a security key, a computer or a phone (WebAuthn). Its private half never leaves that."""

    __tablename__ = "passkey"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    credential_id: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    public_key: Mapped[bytes]  # COSE
    sign_count: Mapped[int] = mapped_column(BigInteger)  # 0: this kind does not count
    name: Mapped[str] = mapped_column(String(40))  # as she calls it
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)  # its counter went back: there may be a copy of it
    __table_args__ = (
        ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        Index("passkey_by_person", "district", "person_id"),
    )


class UsedChallenge(Base):
    """A challenge that was answered: the same answer opens nothing a second time. Copied to every shard."""

    __tablename__ = "used_challenge"
    challenge_hash: Mapped[bytes] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(Moment)  # afterwards it is too old anyway


class OutsideIdentity(Base):
    """Who she is at the organisation's own sign-in (OpenID Connect). A directory: copied to every shard."""

    __tablename__ = "outside_identity"
    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    district: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[UUID]
    linked_by: Mapped[UUID]
    linked_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def named(self) -> str:
        """What addresses and logs call it."""
        return identity_hash(self.issuer, self.subject)


def identity_hash(issuer: str, subject: str) -> str:
    """What logs say instead of an identity: an organisation may use an address or a number of hers as the subject."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


@dataclass(frozen=True)
class Notice:
    """What was done upon somebody's sign-in, as she is told of it. `confirmed_by` None: the operator of the server."""

    kind: str
    at: datetime
    asked_by: str
    confirmed_by: str | None


class TwoPersonKind(StrEnum):
    PASSWORD = "password"  # a new password, shown once to the asker
    SECOND_FACTOR = "second_factor"  # her apps, passkeys and recovery codes are removed
    IDENTITY = "identity"  # an identity of the organisation's own sign-in that opens her account
    DEVICE = "device"  # a device code for somebody who has, or had, a phone here


class TwoPersonRequest(Base):
    """An act upon somebody that one person asks for and another confirms. Kept for ever: it is what she is told."""

    __tablename__ = "two_person_request"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID]
    about: Mapped[str] = mapped_column(String(500))  # JSON, ids and codes only
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[UUID | None]  # None beside a time: the operator of the server
    refused_at: Mapped[datetime | None] = mapped_column(Moment)
    refused_by: Mapped[UUID | None]
    carried_out_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "subject_id"], ["person.district", "person.person_id"]),
        Index("two_person_request_by_subject", "district", "subject_id"),
        Index("two_person_request_by_end", "district", "expires_at"),
    )


def app_of(session: Session, acting: Acting) -> AuthenticatorApp | None:
    """Her authenticator app, if she set one up."""
    return session.get(AuthenticatorApp, (acting.district, acting.person_id))


def passkeys_of(session: Session, acting: Acting) -> list[Passkey]:
    """Her passkeys that still open, oldest first."""
    rows = select(Passkey).where(
        Passkey.district == acting.district, Passkey.person_id == acting.person_id, Passkey.stopped_at.is_(None)
    )
    return list(session.scalars(rows.order_by(Passkey.made_at, Passkey.credential_id)))


def recovery_codes_left(session: Session, acting: Acting) -> int:
    """How many of her recovery codes are unused."""
    unused = select(func.count()).where(
        RecoveryCode.district == acting.district,
        RecoveryCode.person_id == acting.person_id,
        RecoveryCode.used_at.is_(None),
    )
    return session.scalar(unused) or 0


def has_second_factor(session: Session, acting: Acting) -> bool:
    """Whether she has an app or a passkey. Recovery codes alone are none: they are for the day she lost those."""
    return app_of(session, acting) is not None or bool(passkeys_of(session, acting))


def identities_of(session: Session, district: str, person_id: UUID) -> list[OutsideIdentity]:
    """By what identities of the organisation's own server somebody signs in, oldest first."""
    hers = (OutsideIdentity.district == district, OutsideIdentity.person_id == person_id)
    return list(session.scalars(select(OutsideIdentity).where(*hers).order_by(OutsideIdentity.linked_at)))


def notices_of(session: Session, district: str, person_id: UUID, now: datetime) -> list[Notice]:
    """What two people did upon her sign-in within the last thirty days, newest first. Nobody can put these away."""
    done = session.scalars(
        select(TwoPersonRequest)
        .where(
            TwoPersonRequest.district == district,
            TwoPersonRequest.subject_id == person_id,
            TwoPersonRequest.carried_out_at > now - TOLD_FOR,
        )
        .order_by(TwoPersonRequest.carried_out_at.desc())
    )

    return [
        Notice(
            row.kind,
            row.carried_out_at or now,
            _name(session, district, row.asked_by) or "",
            _name(session, district, row.confirmed_by),
        )
        for row in done
    ]


def role_changes_of(session: Session, district: str, person_id: UUID, now: datetime) -> list[tuple[datetime, str]]:
    """When within the last thirty days her roles were changed, newest first, and by whom: empty where a role ended, of
    which nobody is noted. What she began with is no change; what begins later is told when it begins.
    """
    grants = session.scalars(
        select(RoleGrant).where(RoleGrant.district == district, RoleGrant.person_id == person_id)
    ).all()
    first = min((grant.granted_at for grant in grants), default=now)
    ends = [[at for at in (grant.ended_at, grant.until) if at is not None] for grant in grants]
    changes = {min(of_one): "" for of_one in ends if of_one}
    changes |= {grant.granted_at: _name(session, district, grant.granted_by) or "" for grant in grants}
    return sorted(
        ((at, by) for at, by in changes.items() if first < at <= now and at > now - TOLD_FOR),
        reverse=True,
    )


def _name(session: Session, district: str, of: UUID | None) -> str | None:
    person = None if of is None else session.get(Person, (district, of))
    return None if person is None else person.name
