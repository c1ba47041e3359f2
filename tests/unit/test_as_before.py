"""What tests begin from: copied where the database stands as it stood then, made anew where it does not."""

import shutil
from pathlib import Path

from fieldapp.db import db, reading, writing
from fieldapp.models import settings


def test_what_was_made_once_is_copied_and_nothing_is_written_over(app, config, clock, empty_tables, as_before):
    times = iter(range(1, 9))

    def make() -> int:
        made = next(times)
        with writing() as session:
            settings.put(session, f"made {made}", "yes")
        return made

    def kept() -> list[str]:
        with reading() as session:
            return [name for name in ("made 1", "made 2", "made 3") if settings.get(session, name)]

    with app.app_context():
        # Given something made of an empty database, when more is made of what it left, then both stand there
        assert (as_before(make), as_before(make), kept()) == (1, 2, ["made 1", "made 2"])
        # When the database is empty again, then what was made of it comes back, and so does what was made of that
        db.engine.dispose()
        shutil.copyfile(empty_tables, Path(config.database_url.removeprefix("sqlite:///")))
        assert (as_before(make), kept()) == (1, ["made 1"])
        assert (as_before(make), kept()) == (2, ["made 1", "made 2"])
        # And at another hour it is made anew
        clock.advance(hours=1)
        assert (as_before(make), kept()) == (3, ["made 1", "made 2", "made 3"])
