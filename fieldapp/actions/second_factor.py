"""The second factor: an authenticator app, and recovery codes on paper for the day it is gone. Passkeys: passkeys.py.

A code opens once: one conditional UPDATE takes its step, so that of two requests with one code the second is refused.
Wrong codes make the next try wait, for this account and address and, more patiently, for the account from anywhere:
whoever tries them knows the password already.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from fieldapp.actions import accounts, sign_in
from fieldapp.crypto import totp
from fieldapp.crypto.keys import read_code
from fieldapp.crypto.rest import Ring
from fieldapp.crypto.totp import TotpSecret
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, settings, tombstones
from fieldapp.models.accounts import Acting
from fieldapp.models.credentials import AuthenticatorApp, Passkey, RecoveryCode, app_of, passkeys_of
from fieldapp.models.tombstones import Kind

WHAT = "second factor"  # which delays these failures count towards
FREE_TRIES_OF_ACCOUNT = 20  # from anywhere: she may hurry in the morning, at two desks
ISSUER = "FieldApp"


@dataclass(frozen=True)
class NewApp:
    """A secret on its way into an app: as text to type, and as what the QR code says."""

    secret: TotpSecret
    text: str
    address: str


def new_app(session: Session, acting: Acting, text: str | None = None) -> NewApp:
    """A fresh secret, or the one of `text` again. Nothing is kept until she shows a code of it."""
    secret = totp.new_secret() if text is None else totp.secret_of(text)
    login = accounts.own_account(session, acting).login
    return NewApp(secret, totp.text_of(secret), totp.address_for_apps(secret, login, ISSUER))


def set_up_app(session: Session, acting: Acting, secret: TotpSecret, typed: str, now: datetime) -> None:
    """Remember the app that showed this code; one that was there before opens nothing any more.

    Raises `second_factor_refused` where the code is not the app's: then it was not set up, or its clock is wrong.
    """
    step = totp.step_shown(secret, typed, now)
    if step is None:
        raise Problem("second_factor_refused")
    keep_app(session, acting, secret, step, now)
    _audit(session, acting, "set_up_app", now)


def keep_app(session: Session, acting: Acting, secret: TotpSecret, last_step: int, now: datetime) -> None:
    """Store a secret, sealed, in place of an older one."""
    key = (acting.district, acting.person_id)
    sealed = bodies.seal_for_district(session, acting.district, "authenticator_app", "sealed_secret", key, secret)
    app = app_of(session, acting)
    if app is None:
        app = AuthenticatorApp(district=key[0], person_id=key[1])
        session.add(app)
    else:
        _note_app_ended(session, app, now)
    app.sealed_secret, app.made_at, app.last_step = sealed, now, last_step
    session.flush()


def remove_app(session: Session, acting: Acting, now: datetime) -> None:
    """Forget the app. Raises `last_second_factor` where no passkey is left to sign in with."""
    if not passkeys_of(session, acting):
        raise Problem("last_second_factor")
    app = app_of(session, acting)
    if app is not None:
        session.delete(app)
        _note_app_ended(session, app, now)
        _audit(session, acting, "remove_app", now)


def remove_all(session: Session, acting: Acting, now: datetime) -> None:
    """Forget app, passkeys and recovery codes of a person: she sets up new ones at the next sign-in."""
    if (app := app_of(session, acting)) is not None:
        _note_app_ended(session, app, now)
    if keys := [passkey.credential_id.hex() for passkey in passkeys_of(session, acting)]:
        _note(session, acting, Kind.PASSKEYS_ENDED, now, passkeys=keys)
    _note(session, acting, Kind.RECOVERY_ENDED, now, codes=None)
    for table in (AuthenticatorApp, Passkey, RecoveryCode):
        session.execute(delete(table).where(table.district == acting.district, table.person_id == acting.person_id))


def make_recovery_codes(session: Session, acting: Acting, now: datetime) -> list[str]:
    """Ten new codes, shown once; the older ones open nothing any more."""
    ring: Ring = session.info["ring"]
    hers = (RecoveryCode.district == acting.district, RecoveryCode.person_id == acting.person_id)
    older = session.scalars(delete(RecoveryCode).where(*hers).returning(RecoveryCode.code_hash)).all()
    if older:
        _note(session, acting, Kind.RECOVERY_ENDED, now, codes=sorted(code.hex() for code in older))
    codes = [totp.new_recovery_code() for _ in range(totp.RECOVERY_CODES)]
    for code in codes:
        code_hash = totp.recovery_hashes(ring, acting.person_id.bytes, code)[0]
        session.add(RecoveryCode(district=acting.district, person_id=acting.person_id, code_hash=code_hash))
    _audit(session, acting, "make_recovery_codes", now)
    return codes


def take(session: Session, acting: Acting, typed: str, address: str, now: datetime) -> bool:
    """Whether what she typed is a code of her app or an unused recovery code; it is used up by this.

    A wrong one is counted: commit before refusing. Raises `slow_down` while she has to wait.
    """
    login = accounts.own_account(session, acting).login
    sign_in.refuse_while_delayed(session, WHAT, login, address, now)
    sign_in.refuse_while_delayed(session, WHAT, login, "", now)
    right = _take_recovery(session, acting, typed, now) if read_code(typed) else _take_step(session, acting, typed, now)
    if right:
        sign_in.clear_failures(session, WHAT, login, address)
        sign_in.clear_failures(session, WHAT, login, "")
    else:
        sign_in.note_failure(session, WHAT, login, address, now)
        sign_in.note_failure(session, WHAT, login, "", now, FREE_TRIES_OF_ACCOUNT)
    return right


def demo_code(session: Session, acting: Acting, now: datetime) -> str | None:
    """The code that a demo account may type next, on a demo database and nowhere else: it is taken for half a minute at
    least, for a person types slowly. None too in the seconds after both codes of such a time were used.
    """
    app = app_of(session, acting)
    if app is None or settings.get(session, settings.DEMO) is None or not accounts.own_account(session, acting).is_demo:
        return None
    now_step = totp.step_of(now)
    step = max(app.last_step + 1, now_step)
    return totp.code_at(_secret_of(session, app), step) if step <= now_step + totp.STEPS_APART else None


def _take_step(session: Session, acting: Acting, typed: str, now: datetime) -> bool:
    app = app_of(session, acting)
    if app is None:
        return False
    step = totp.step_shown(_secret_of(session, app), typed, now, later_than=app.last_step)
    if step is None:
        return False
    unused = (
        update(AuthenticatorApp)
        .where(
            AuthenticatorApp.district == acting.district,
            AuthenticatorApp.person_id == acting.person_id,
            AuthenticatorApp.last_step < step,
        )
        .values(last_step=step)
        .returning(AuthenticatorApp.person_id)
    )
    return session.scalar(unused) is not None


def _take_recovery(session: Session, acting: Acting, typed: str, now: datetime) -> bool:
    unused = (
        update(RecoveryCode)
        .where(
            RecoveryCode.district == acting.district,
            RecoveryCode.person_id == acting.person_id,
            RecoveryCode.code_hash.in_(totp.recovery_hashes(session.info["ring"], acting.person_id.bytes, typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.code_hash)
    )
    used = session.scalar(unused)
    if used is None:
        return False
    _note(session, acting, Kind.RECOVERY_ENDED, now, codes=[used.hex()])
    _audit(session, acting, "use_recovery_code", now)
    return True


def _secret_of(session: Session, app: AuthenticatorApp) -> TotpSecret:
    key = (app.district, app.person_id)
    return TotpSecret(
        bodies.open_for_district(session, app.district, "authenticator_app", "sealed_secret", key, app.sealed_secret)
    )


def _note_app_ended(session: Session, app: AuthenticatorApp, now: datetime) -> None:
    named = {"person": str(app.person_id), "made": milliseconds(app.made_at)}
    tombstones.note(session, app.district, Kind.APP_ENDED, now, **named)


def _note(session: Session, acting: Acting, kind: Kind, now: datetime, **about: list[str] | None) -> None:
    tombstones.note(session, acting.district, kind, now, person=str(acting.person_id), **about)


def _audit(session: Session, acting: Acting, act: str, now: datetime) -> None:
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about={}, at=now)
