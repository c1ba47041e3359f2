"""What operators type:  python -m fieldapp.cli <command>

serve-demo            everything `make run` needs: keys, tables, demo data, phone app, desk and worker
keys init             make the root key ring and the server's keys where they are missing
keys rotate           a new key for phones to seal to; older ones stay (the worker does it each quarter)
keys destroy KEY      delete an ended key for good
ring rotate           a new root key, all keys wrapped under it, an escrow copy; `ring rewrap` ends what was cut off
worker [--once]       findings, audit chain, holds, hourly backup
publish               publish the forms of the library
first-administrator   make the first account of a new database
regions import FILE   put divisions in, province to village (--look: only say what would change)
check-proxy [ORIGIN]  whether what stands in front lets bytes through as they come
parcel FILE           take in what a phone saved as a file, also one too large for the desk's page
confirm REQUEST       say yes to an act of two people, where a county has no second one
audit verify          walk the audit chains and check their signatures
switch-off [KIND …]   switch off questions that take photos, sound or places; all others are on
backup                make and verify a backup now (the worker makes one each hour)
restore               bring a backup back onto an empty machine, whole or not at all
epoch new             after a restore by hand: phones bring back what the database does not know any more
openapi               write docs/openapi.json
"""

import hashlib
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from uuid import UUID

import click
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from fieldapp import create_app, demo, jobs
from fieldapp.actions import (
    accounts,
    chains,
    keyring,
    openapi,
    parcels,
    plans,
    policies,
    proxies,
    receipts,
    regions,
    resets,
    restores,
)
from fieldapp.cli_backups import backup, restore, say_settled
from fieldapp.cli_server import app_of as _app
from fieldapp.cli_server import settings_now as _settings
from fieldapp.config import Config
from fieldapp.crypto import localca
from fieldapp.crypto.rest import Ring, RingError
from fieldapp.db import reading, writing
from fieldapp.demo import between_counties, help_given, papers_and_requests, visits_made, work_around
from fieldapp.errors import Problem
from fieldapp.models import health, server_keys, settings
from sync.parcels import BYTES_MAX as PARCEL_BYTES_MAX

THREADS = 8
PROXY_SAID = {
    health.ProxyResult.STREAMS: "bytes pass as they come",
    health.ProxyResult.BUFFERS: "a proxy holds whole requests back: set its request buffering off (docs/operations.md)",
    health.ProxyResult.UNREACHABLE: "this server does not answer there",
}
KEEP_ALIVE_S = 75  # gunicorn's own 2 s closes the line between two frames, and the browser sends a frame twice


@click.group()
def main() -> None:
    """Commands of the server."""


main.add_command(backup)
main.add_command(restore)


@main.command("serve-demo")
@click.option("--port", type=int, default=8000)
@click.option("--desk-port", type=int, default=8001)
@click.option("--tls", is_flag=True, help="https with an own certificate authority, for phones in this network")
@click.option("--whole", is_flag=True, help="with something on every page; without it with families and papers alone")
def serve_demo(port: int, desk_port: int, tls: bool, whole: bool) -> None:
    """Set everything up and serve it until Ctrl-C. A second call keeps the data."""
    config = _settings(demo=True, port=port, desk_port=desk_port, tls=tls)
    _say_where_keys_are(config, _make_ring(config))
    app = create_app(config)
    with app.app_context():
        upgrade()
        _make_keys()
        with writing() as session:
            _load_demo(session, whole)
    certificate = localca.make(config.certificate_dir, _own_addresses()) if tls else None
    _print_addresses(config, certificate)
    _serve(config, certificate)


@main.group("keys")
def keys_group() -> None:
    """The root key ring and the server's own keys."""


@keys_group.command("init")
def keys_init() -> None:
    """Make what is missing; change nothing that is there."""
    config = _settings()
    _say_where_keys_are(config, _make_ring(config))
    with _app(config).app_context():
        upgrade()  # the keys lie in tables; a database that has none yet gets them
        click.echo(f"fingerprint of this server: {_make_keys()}")


@keys_group.command("rotate")
def keys_rotate() -> None:
    """Make a new key for phones to seal to."""
    with _app().app_context(), writing() as session:
        click.echo(f"new key {server_keys.rotate(session, datetime.now(UTC))}")


@keys_group.command("destroy")
@click.argument("key_id")
def keys_destroy(key_id: str) -> None:
    """Delete an ended key for good: a phone that still comes with it seals anew."""
    try:
        with _app().app_context(), writing() as session:
            keyring.destroy(session, key_id, datetime.now(UTC))
    except (LookupError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"destroyed {key_id}")


@main.group("ring")
def ring_group() -> None:
    """The root key ring."""


@ring_group.command("rotate")
@click.option("--escrow", type=click.Path(dir_okay=False, path_type=Path), help="where the escrow copy is to lie")
def ring_rotate(escrow: Path | None) -> None:
    """A new root key, all keys wrapped under it, and an escrow copy. Older root keys stay: backups need them."""
    config = _settings()
    if escrow is not None:
        _refuse_escrow_beside_data(config, escrow)
    try:
        ring = Ring.load(config.ring_file).with_new_key()
    except RingError as error:
        raise click.ClickException(str(error)) from error
    # The copy first: what is wrapped under a key that only this machine holds would be lost with this machine.
    if escrow is not None:
        ring.save(escrow)
    ring.save(config.ring_file)
    click.echo(f"new root key {ring.newest}; wrapped anew: {_rewrap(config)}")
    click.echo("Copy the ring to your escrow now, then start web and worker again." if escrow is None else f"{escrow}")


@ring_group.command("rewrap")
def ring_rewrap() -> None:
    """Wrap what is not yet wrapped under the newest root key: where `rotate` was interrupted."""
    click.echo(f"wrapped anew: {_rewrap(_settings())}")


def _rewrap(config: Config) -> int:
    with _app(config).app_context(), writing() as session:
        return keyring.rewrap(session)


def _refuse_escrow_beside_data(config: Config, escrow: Path) -> None:
    for folder in (config.data_dir, config.backup_dir):
        if folder is not None and escrow.absolute().is_relative_to(folder):
            raise click.ClickException(f"{escrow} lies in {folder}: a copy of the data must not carry the keys")


@main.command("worker")
@click.option("--once", is_flag=True, help="one round, then end")
def worker(once: bool) -> None:
    """Run the jobs until stopped."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    app = _app()
    with app.app_context():
        jobs.run(app.extensions["config"], lambda: datetime.now(UTC), stop, once)


@main.command("publish")
def publish() -> None:
    """Publish every form of the library whose version is new."""
    with _app().app_context(), writing() as session:
        published = plans.publish_library(session, datetime.now(UTC))
    click.echo(", ".join(published) or "nothing new")


@main.command("first-administrator")
@click.option("--district", required=True, help="six-digit county code")
@click.option("--county", required=True, help="name of the county")
@click.option("--login", required=True)
@click.option("--name", required=True)
def first_administrator(district: str, county: str, login: str, name: str) -> None:
    """Make the first account of an empty database and print its password once."""
    password = secrets.token_urlsafe(12)
    try:
        with _app().app_context(), writing() as session:
            accounts.found_district(
                session,
                district=district,
                county=county,
                login=login,
                name=name,
                password=password,
                since=date.today(),  # noqa: DTZ011  # a calendar day of the operator
                now=datetime.now(UTC),
            )
    except Problem as problem:
        raise click.ClickException(f"{problem.title('en')} {problem.what_to_do('en')}") from problem
    click.echo(f"account {login}, password (change it at the first sign-in): {password}")


@main.group("regions")
def regions_group() -> None:
    """Divisions, province to village."""


@regions_group.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--look", is_flag=True, help="only say what the file would change")
def regions_import(path: Path, look: bool) -> None:
    """Put the divisions of a CSV or XLSX in; the same file again changes nothing. Ends with 1 where a row is wrong."""
    with _app().app_context(), writing() as session:
        try:
            found = regions.import_file(session, path.read_bytes(), acting=None, dry_run=look, now=datetime.now(UTC))
        except Problem as problem:
            raise click.ClickException(f"{problem.title('en')} {problem.what_to_do('en')}") from problem
    for bad in found.bad:
        click.echo(f"row {bad.row}, {bad.column}: {bad.code} ({bad.text})", err=True)
    if found.bad:
        raise SystemExit(1)
    click.echo(f"{'would be' if look else 'were'}: {found.added} added, {found.changed} changed, {found.same} the same")


@main.command("check-proxy")
@click.argument("origin", required=False)
@click.option("--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="certificate authority")
def check_proxy(origin: str | None, trust: Path | None) -> None:
    """Try the public address of the phones (or ORIGIN). Ends with 0 where bytes pass as they come, 1 where a proxy
    holds whole requests back, 2 where this server does not answer. The desk shows what was found at its own address.
    """
    app = _app()
    config = app.extensions["config"]
    context = ssl.create_default_context(cafile=trust) if trust else None
    result = proxies.probe(origin or config.phone_origin, trust=context)
    if origin in (None, config.phone_origin):
        with app.app_context(), writing() as session:
            proxies.keep(session, result, app.extensions["clock"]())
    click.echo(PROXY_SAID[result])
    sys.exit(list(PROXY_SAID).index(result))


@main.command("parcel")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--receipt", "to", type=click.Path(path_type=Path), help="write what was taken here, without names")
def take_parcel(path: Path, to: Path | None) -> None:
    """Take in what a phone could not send and saved as a file. Ends with 1 where something of it needs a person."""
    app, size = _app(), path.stat().st_size
    try:
        if size > PARCEL_BYTES_MAX:
            raise Problem("parcel_too_large")
        with app.app_context(), path.open("rb") as stream:
            came = parcels.hand_in(
                stream, size, acting=None, store=app.extensions["files"], clock=app.extensions["clock"]
            )
    except Problem as problem:
        raise click.ClickException(f"{problem.title('en')} {problem.what_to_do('en')}") from problem
    if to is not None:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
        to.write_text(receipts.receipt(came, digest, app.extensions["clock"]()), "utf-8")
    for (status, reason), count in sorted(came.packages.items()):
        click.echo(f"packages {status} {reason}".strip() + f": {count}")
    for code, count in sorted(came.files.items()):
        click.echo(f"files {code}: {count}")
    if came.damaged:
        click.echo(f"parts that are not what the phone signed: {came.damaged}", err=True)
    sys.exit(0 if came.is_all_here else 1)


@main.command("confirm")
@click.argument("request_id", type=click.UUID)
@click.option("--although-others-could", is_flag=True, help="somebody else could confirm, but cannot be reached")
def confirm(request_id: UUID, although_others_could: bool) -> None:
    """Confirm a reset that an administrator asked for. The person is told that the operator confirmed it."""
    try:
        with _app().app_context(), writing() as session:
            name = resets.confirm_by_operator(
                session, request_id, datetime.now(UTC), although_others_could=although_others_could
            )
    except Problem as problem:
        who = ", ".join(problem.details.get("who", []))
        raise click.ClickException(f"{problem.title('en')} {problem.what_to_do('en')} {who}".strip()) from problem
    click.echo(f"confirmed: {name}")


@main.group("audit")
def audit_group() -> None:
    """The audit chains."""


@audit_group.command("verify")
def audit_verify() -> None:
    """Walk every chain, check the signature of its end and what phones were told; exits 1 where one does not hold."""
    broken = False
    with _app().app_context(), reading() as session:
        for district in chains.districts(session):
            found, chain = chains.verify(session, district), health.audit_of(session, district)
            broken = broken or found is not None
            said = f"holds: {chain.seq} rows" if found is None else f"broken at {found.seq}: {found.what}"
            waiting = f", {chain.waiting} more wait for the worker" if chain.waiting else ""
            click.echo(f"{district}: {said}{waiting}")
    if broken:
        click.echo("Keep this database as it is, and have somebody look at it.", err=True)
    sys.exit(1 if broken else 0)


@main.command("switch-off")
@click.argument("kinds", nargs=-1, type=click.Choice(settings.POLICIES))
def switch_off(kinds: tuple[str, ...]) -> None:
    """Switch off questions of these kinds (none: all are on again). Phones learn it at their next contact."""
    with _app().app_context(), writing() as session:
        off = policies.switch_off(session, kinds, datetime.now(UTC))
        click.echo(f"off: {', '.join(off) or 'nothing'}")


@main.group("epoch")
def epoch_group() -> None:
    """The epoch of the feed."""


@epoch_group.command("new")
def epoch_new() -> None:
    """After a restore, before the port opens: phones notice, pull afresh and keep what was only acknowledged."""
    with _app().app_context(), writing() as session:
        settled = restores.settle(session, datetime.now(UTC), is_restore=True)
        click.echo(f"new epoch {restores.new_epoch(session, datetime.now(UTC))}")
    say_settled(settled)


@main.command("openapi")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("docs/openapi.json"))
def write_openapi(out: Path) -> None:
    """Write the JSON parts of the sync API as OpenAPI."""
    out.write_text(json.dumps(openapi.document(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    click.echo(str(out))


def _make_ring(config: Config) -> bool:
    if config.ring_file.exists():
        return False
    config.ring_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    Ring.generate().save(config.ring_file)
    return True


def _make_keys() -> str:
    with writing() as session:
        if settings.get(session, settings.EPOCH) is None:
            settings.put(session, settings.EPOCH, secrets.token_hex(8))
        restores.settle(session, datetime.now(UTC))  # begins the tombstone log, so that its loss is noticed later
        return server_keys.make_server_keys(session, datetime.now(UTC))


def _load_demo(session: Session, whole: bool) -> None:
    if demo.is_loaded(session):
        return
    try:
        now = datetime.now(UTC)
        demo.load(session, now)
        help_given.load(session, now)
        papers_and_requests.load(session, now)
        if whole:
            work_around.load(session, now)
            family = visits_made.load(session, now)
            between_counties.load(session, family.case_id, now)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _say_where_keys_are(config: Config, new: bool) -> None:
    made = "Made new keys" if new else "Keys"
    click.echo(f"{made}: {config.ring_file}")
    click.echo(
        "  Whoever loses this file loses every record; keep a copy apart from the backups. 丢失此文件等于丢失全部资料。"
    )


def _print_addresses(config: Config, certificate: localca.Certificate | None) -> None:
    click.echo("")
    click.echo(f"  手机端  Phone app  {config.phone_origin}")
    click.echo(f"  审核台  Desk       {config.desk_origin}")
    if certificate is not None:
        for address in _own_addresses():
            click.echo(f"          in this network  https://{address}:{config.port}")
        click.echo(f"  Trust this certificate authority on the phone once: {certificate.authority_file}")
    click.echo("")
    click.echo(f"  演示账号 Demo sign-ins, password {demo.PASSWORD}")
    for account in demo.ACCOUNTS:
        click.echo(f"    {account.login:<6} {account.name}  {account.zh} / {account.en}")
    click.echo("  审核台还要验证码，演示时显示在页面上。 The desk also asks for a code: a demo shows it.")
    click.echo("  手机先由 admin 在审核台“人员”里发设备码。 A phone first needs a device code: desk, admin, People.")
    click.echo("")


def _serve(config: Config, certificate: localca.Certificate | None) -> None:
    # Without https only this machine may connect: a phone elsewhere would have neither service worker nor WebCrypto.
    host = "0.0.0.0" if certificate else "127.0.0.1"
    web = [
        sys.executable, "-m", "gunicorn", "fieldapp:create_server()", "--worker-class", "gthread", "--workers", "1",
        "--threads", str(THREADS), "--keep-alive", str(KEEP_ALIVE_S), "--no-control-socket", "--log-level", "warning",
        "--bind", f"{host}:{config.port}", "--bind", f"{host}:{config.desk_port}",
    ]  # fmt: skip
    if certificate:
        web += ["--certfile", str(certificate.certificate_file), "--keyfile", str(certificate.key_file)]
    environment = config.to_environment()
    processes = [
        subprocess.Popen(web, env=environment),
        subprocess.Popen([sys.executable, "-m", "fieldapp.cli", "worker"], env=environment),
    ]
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: _stop(processes))
    ended, _ = os.wait()
    _stop(processes)
    for process in processes:
        process.wait()
    sys.exit(0 if ended else 1)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()


def _own_addresses() -> list[str]:
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; tells which of our addresses leads out
        found.add(probe.getsockname()[0])
    return sorted(str(address) for address in found if not str(address).startswith("127."))


if __name__ == "__main__":
    main()
