"""How tests sign in at the desk: password, then a code of the app that factories and demo give to everybody.

The clock of most tests stands still, and a code opens once: `unused` lets the codes of this half minute be used again
by the next browser. What happens to a code that was used is shown in tests/web/test_second_factor.py.
"""

from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext
from sqlalchemy import select, update

from fieldapp import demo
from fieldapp.actions import sessions
from fieldapp.crypto import totp
from fieldapp.db import writing
from fieldapp.models.accounts import Account
from fieldapp.models.credentials import AuthenticatorApp
from fieldapp.web import guard

# Which app answers at an address: filled by tests/browser/desk_room.py.
served: dict[str, Flask] = {}


def code_of(login: str, at: datetime, steps: int = 0) -> str:
    """What her app shows at a moment, or so many half minutes after it."""
    return totp.code_at(demo.second_factor_secret(login), totp.step_of(at) + steps)


def unused(app: Flask) -> None:
    """Let every code of this half minute be taken once more."""
    with app.app_context(), writing() as session:
        session.execute(update(AuthenticatorApp).values(last_step=0))


def token_of(app: Flask, login: str) -> str:
    """Of a session that this person has just begun at the desk, as a cookie holds it."""
    now = app.extensions["clock"]()
    with app.app_context(), writing() as session:
        account = session.scalars(select(Account).where(Account.login == login)).one()
        started = sessions.start(session, account, "Chromium, Linux", now, is_proved=True)
    assert started is not None, f"{login} has no place at the desk"
    return started[0]


def enter(context: BrowserContext, address: str, login: str) -> None:
    """Put a browser in front of the desk as this person. The pages that ask are walked through in test_sign_in.py."""
    host, token = urlsplit(address).hostname or "", token_of(served[address], login)
    context.add_cookies([{"name": guard.COOKIE, "value": token, "domain": host, "path": "/"}])
