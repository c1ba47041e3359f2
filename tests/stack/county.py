"""A county behind a server of another process: its database, looked at from here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.orm import Session

from fieldapp import create_app
from fieldapp.actions import accounts
from fieldapp.config import Config
from fieldapp.db import Base, db, writing
from tests import factories
from tests.phones import prepare_server


@contextmanager
def county_of(config: Config) -> Iterator[tuple[Flask, factories.County, Session]]:
    """(app, county, a session that reads on); the context of the app is pushed meanwhile."""
    app = create_app(config)
    with (
        app.app_context(),
        Session(db.engine, expire_on_commit=False, info={"ring": app.extensions["ring"]}) as own,
    ):
        try:
            Base.metadata.create_all(db.engine)
            with writing() as session:
                county = factories.county(session, datetime.now(UTC))
            prepare_server(own, datetime.now(UTC))
            yield app, county, own
        finally:
            own.close()
            db.engine.dispose()


def whole_code(app: Flask, county: factories.County, who: str) -> str:
    """A device code as it stands on the paper: 24 characters."""
    with app.app_context(), writing() as session:
        person_id, now = getattr(county, f"{who}_id"), app.extensions["clock"]()
        acting = county.acting(session, "administrator")
        return str(accounts.issue_device_code(session, acting, person_id, now, is_confirmed=True).text)
