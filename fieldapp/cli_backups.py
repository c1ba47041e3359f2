"""What operators type to have a backup, and to bring one back:  python -m fieldapp.cli backup | restore

docs/operations.md ("A server is lost") is the drill.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from alembic.script import ScriptDirectory
from flask_migrate import upgrade

from fieldapp.actions import backups, bringing_back, restores
from fieldapp.actions.bringing_back import Files, Refused
from fieldapp.actions.restores import Settled
from fieldapp.cli_server import app_of, settings_now
from fieldapp.config import Config
from fieldapp.db import db, writing

_MIGRATIONS = Path(__file__).parent / "migrations"


@click.command("backup")
@click.option("--although-same-device", is_flag=True, help="to practise on one disk: nothing becomes safe by it")
def backup(although_same_device: bool) -> None:
    """Make a backup now, read it back, and mark what it holds as safe."""
    config, now = settings_now(), datetime.now(UTC)
    device: Callable[[Path], int] = hash if although_same_device else backups.device_of
    with app_of(config).app_context():
        try:
            verified = backups.make(config, now, device)
        except backups.BackupFailed as failure:
            with writing() as session:
                backups.note_failure(session, failure, now)
            raise click.ClickException(str(failure)) from failure
        if not although_same_device:
            with writing() as session:
                backups.mark_safe(session, verified, now)
    click.echo(f"{verified.file}\nsha256 {verified.digest}, read back")
    if verified.files.lost:
        click.echo(f"{len(verified.files.lost)} file(s) are whole on neither side: their phones are asked again")
    click.echo(f"Not in it, on purpose: the key ring ({config.ring_file}), the tombstones ({config.tombstone_file}).")


@click.command("restore")
@click.option("--from", "named", type=click.Path(path_type=Path), help="the copy; without it the newest")
@click.option("--without-tombstones", is_flag=True, help="their log is lost: every phone is suspended until looked at")
def restore(named: Path | None, without_tombstones: bool) -> None:
    """Bring a backup back: database and files, tombstones replayed, a new epoch begun, all before a port opens."""
    config, now = settings_now(), datetime.now(UTC)
    known = [script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()]
    try:
        copy = bringing_back.choose(config, named, now)
        bringing_back.check(config, copy, known, without_tombstones=without_tombstones)
        bringing_back.put_down(config, copy, known)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    try:
        settled, files, epoch = _prepared(bringing_back.unfinished(config), copy, now)
    except BaseException as error:
        bringing_back.take_back(config)
        if isinstance(error, OSError):  # a full disk, a medium that went away
            raise click.ClickException(f"broke off, and the place is as empty as it was: {error}") from error
        raise
    bringing_back.finish(config)
    click.echo(f"brought back {copy.name}, epoch {epoch}")
    click.echo(f"files: {files.copied} copied, {files.here} were here, {len(files.lost)} are asked of phones again")
    say_settled(settled)
    click.echo("Start web and worker, run `audit verify`, and look at the backups at the desk. Phones bring the rest.")


def say_settled(settled: Settled) -> None:
    """What the tombstone log took away again, or that it could not."""
    click.echo(f"tombstone log: {settled.replayed} line(s) replayed")
    if settled.lost:
        click.echo(
            f"the tombstone log is missing for {', '.join(settled.lost)}: all phones there are suspended and all PINs "
            "locked, until an administrator has looked at each phone at the desk and given it back"
        )


def _prepared(config: Config, copy: Path, now: datetime) -> tuple[Settled, Files, str]:
    with app_of(config).app_context():
        try:
            upgrade()
            with writing() as session:
                settled = restores.settle(session, now, is_restore=True)
                files = bringing_back.bring_files(session, config, copy, now)
                return settled, files, restores.new_epoch(session, now, copy.name)
        finally:
            db.engine.dispose()
