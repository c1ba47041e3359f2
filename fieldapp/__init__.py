"""The server. `create_app` connects everything and decides nothing."""

import gc
from datetime import UTC, datetime
from pathlib import Path

import structlog
from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from fieldapp.actions import restores
from fieldapp.assets import Assets
from fieldapp.blobs.chosen import store_of
from fieldapp.casework import calendar
from fieldapp.config import Config, ConfigError
from fieldapp.crypto.rest import LineMark, Ring, RingError
from fieldapp.db import db, engine_options, prepare_engine, reading, writing
from fieldapp.models import bodies, health
from fieldapp.models.tombstones import TombstoneLog
from fieldapp.web import (
    admin,
    agenda,
    audit,
    campaigns,
    case_extracts,
    case_moves,
    cases,
    clock_settings,
    counties,
    crews,
    dashboard,
    deputies,
    desk_records,
    duty,
    entrusted,
    extracts,
    forms,
    funds,
    green,
    guard,
    headers,
    imports,
    inspections,
    kept,
    key_care,
    leads,
    letter_templates,
    letters,
    measures,
    meetings,
    menu,
    officers,
    organisations,
    origins,
    other_side,
    outreach,
    outside,
    parcels,
    phone,
    policies,
    problems,
    projects,
    regions,
    resets,
    resting,
    review,
    rhythms,
    rights_requests,
    rule_texts,
    screenings,
    second_factor,
    security,
    session,
    static,
    statistics,
    suggestions,
    sync_api,
    tasks,
    teams,
    two_levels,
    vaults,
    women,
)
from fieldapp.web.language import preferred_language

_HERE = Path(__file__).parent
# static/ and templates/ stand beside us in a checkout, inside the package when it was installed.
_ROOT = _HERE.parent if (_HERE.parent / "templates").is_dir() else _HERE / "_assets"
_MIGRATIONS = _HERE / "migrations"
log = structlog.get_logger()
COLLECT_AFTER = 20_000  # new objects; a batch of a hundred reports makes about as many


def create_app(config: Config | None = None) -> Flask:
    """The whole server, ready to answer. Raises ConfigError or RingError where it must not start."""
    config = config or Config.from_env()
    app = origins.TwoOrigins(__name__, static_folder=None, template_folder=str(_ROOT / "templates"))
    app.extensions["config"] = config
    app.extensions["clock"] = lambda: datetime.now(UTC)
    app.extensions["ring"] = Ring.load(config.ring_file)
    app.extensions["tombstones"] = TombstoneLog(config.tombstone_file, LineMark.of_ring(app.extensions["ring"]))
    app.extensions["files"] = store_of(config)
    app.extensions["assets"] = Assets(_ROOT / "static")
    _set_flask(app, config)
    _take_holidays(config)
    _connect_database(app, config)
    Babel(app, default_locale="zh_Hans_CN", locale_selector=preferred_language)
    problems.init_problems(app)
    headers.init_headers(app)
    origins.init_origins(app)
    guard.init_guard(app)
    app.jinja_env.globals["menu"] = menu.menu
    for part in (static, phone, sync_api, session, second_factor, security, outside, resets, dashboard, review, kept):
        app.register_part(part.bp)
    for part in (
        cases,
        agenda,
        measures,
        tasks,
        teams,
        desk_records,
        forms,
        admin,
        organisations,
        regions,
        deputies,
        vaults,
        parcels,
        policies,
    ):
        app.register_part(part.bp)
    for part in (screenings, statistics, case_moves, leads, women, duty, green, clock_settings, two_levels, crews):
        app.register_part(part.bp)
    app.register_part(rhythms.bp)
    app.register_part(audit.bp)
    app.register_part(imports.bp)
    app.register_part(resting.bp)
    app.register_part(funds.bp)
    app.register_part(meetings.bp)
    for part in (case_extracts, inspections, key_care, officers, projects, suggestions):
        app.register_part(part.bp)
    for part in (letters, letter_templates, extracts, entrusted, counties, other_side):
        app.register_part(part.bp)
    app.register_part(rights_requests.bp)
    for part in (campaigns, outreach, rule_texts):
        app.register_part(part.bp)
    return app


def _take_holidays(config: Config) -> None:
    """A year that cannot be read would count every limit of it wrong, and nobody would know."""
    try:
        calendar.take_years_of(config.holidays_dir)
    except ValueError as error:
        raise ConfigError(f"a file of holidays cannot be read; mend it or take it away: {error}") from error


def create_server() -> Flask:
    """The server of a process that does nothing else: `gunicorn "fieldapp:create_server()"`."""
    app = create_app()
    with app.app_context(), writing() as database:
        restores.settle(database, app.extensions["clock"]())  # before the port opens: what was taken away stays away
        proxy = health.proxy_of(database)
    if proxy is not None and proxy.result is health.ProxyResult.BUFFERS:
        log.warning("proxy_buffers", checked_at=str(proxy.checked_at), see="docs/operations.md, The proxy")
    settle_memory()
    return app


def settle_memory() -> None:
    """Tell the collector that what is loaded now stays: walking through it again and again took an eighth of the time
    of a batch of reports. Not for a process that makes many apps: what the earlier ones held would never be freed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def _set_flask(app: Flask, config: Config) -> None:
    newest, *older = app.extensions["ring"].secrets_for("flask")
    app.config.update(
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=config.is_secure,
        MAX_CONTENT_LENGTH=origins.MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=origins.MAX_BODY_BYTES,
        BABEL_TRANSLATION_DIRECTORIES=str(_HERE / "translations"),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Chinese is readable, and shorter
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0)  # type: ignore[method-assign]


def _connect_database(app: Flask, config: Config) -> None:
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(config.database_url)
    db.init_app(app)
    Migrate(app, db, directory=str(_MIGRATIONS), render_as_batch=True, compare_type=True)
    with app.app_context():
        prepare_engine(db.engine)
        with reading() as database:
            if lacking := bodies.root_keys_lacking(database, app.extensions["ring"]):
                raise RingError(
                    f"the key ring {config.ring_file} lacks {', '.join(lacking)}, which the database names: "
                    "bring back the ring that belongs to this database (its escrow copy), or the database of this ring"
                )
