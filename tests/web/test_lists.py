"""Long lists on the feed: which phone gets which piece, once, and what becomes of a piece that no form names."""

import base64

import pytest
from sqlalchemy import delete, select

from fieldapp.actions import lists, plans
from fieldapp.forms import media, slices
from fieldapp.forms.publish import compile_xlsform
from fieldapp.models.accounts import Person
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormPiece, FormVersion
from fieldapp.models.regions import Region
from sync import wire
from tests import factories

FORM = """
| survey |
| | type | name | label::中文 (zh) | bind::fa:sensitivity | bind::fa:moment |
| | select_one_from_file villages.csv | village | 哪个村？ | household | door |
| choices |
| | list_name | name | label::中文 (zh) |
| | yn | yes | 是 |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | K2 | 村表 | {version} | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""


def villages(county, others=3):
    """Rows of a list of villages: of her county, and of the one beside it."""
    rows = [f"{county}100{at:03d},杨柳{at}组,{county}100{at:03d}" for at in range(1, 4)]
    rows += [f"990199100{at:03d},别处{at}村,990199100{at:03d}" for at in range(1, others + 1)]
    return "\n".join(["name,label,region", f"{county},本县,{county}000000", *rows]).encode()


@pytest.fixture
def publish(session, clock):
    """Publishes a version of the form with this list; the hash of the list."""

    def make(version, csv, form=FORM, **more):
        source = form.format(version=version).strip()
        compiled = compile_xlsform(source, "md", {"villages.csv": csv, **more})
        plans.keep_files(session, compiled)
        session.add(
            FormVersion(
                form="K2",
                version=version,
                plan_hash=compiled.hash,
                plan=compiled.text,
                source=source,
                roles="caseworker",
                published_at=clock(),
            )
        )
        session.commit()
        return next(iter(compiled.files))

    return make


def files(held):
    return sorted(ref for ref in held if ref.startswith("file:"))


def test_a_list_comes_with_its_form_cut_to_her_county(enrolled, county, publish):
    name = publish(1, villages(county.district))
    worker = enrolled()
    worker.sync_all()
    held = worker.device.held
    prefix = county.district
    assert files(held) == sorted([f"file:{name}/{prefix[:2]}", f"file:{name}/{prefix}"])
    piece = held[f"file:{name}/{prefix}"]
    assert [row[0] for row in piece["rows"]] == [f"{prefix}100{at:03d}" for at in range(1, 4)]
    assert piece["initials"][0] == "yl1z" and sum(count for _, count in piece["at"]) == 3
    assert held["plan:K2@1"]["files"]["villages"]["hash"] == name


def test_the_same_list_under_a_new_version_is_not_sent_again(enrolled, county, publish, clock):
    publish(1, villages(county.district))
    worker = enrolled()
    worker.sync_all()
    publish(2, villages(county.district))
    clock.advance(hours=1)
    told = [change["ref"] for change in worker.sync()["page"]["changes"]]
    assert "plan:K2@2" in told and not [ref for ref in told if ref.startswith("file:")]


def test_a_list_goes_when_nobody_gives_her_its_form_any_more(enrolled, county, publish, clock, session):
    publish(1, villages(county.district))
    worker = enrolled()
    worker.sync_all()
    session.get_one(FormVersion, ("K2", 1)).roles = "village"
    session.commit()
    clock.advance(hours=1)
    worker.sync_all()
    assert files(worker.device.held) == []


def test_nobody_is_given_a_piece_of_another_county(enrolled, county, publish, session):
    name = publish(1, villages(county.district))
    worker = enrolled()
    worker.sync_all()
    row = session.scalars(select(FeedRow).where(FeedRow.ref == f"file:{name}/{county.district}")).first()
    row.ref = f"file:{name}/990199"
    session.get_one(Person, (county.district, row.person_id)).view_version += 1
    session.commit()
    worker.sync_all()
    assert f"file:{name}/990199" not in worker.device.held


def test_a_long_list_takes_several_pages_none_beyond_its_bound(enrolled, county, publish):
    rows = [f"v{at},{chr(0x4E00 + at % 5000)}{chr(0x4E00 + at * 7 % 5000)}村" for at in range(9_000)]
    name = publish(1, "\n".join(["name,label", *rows]).encode())
    worker = enrolled()
    request = worker.device.request()
    response = worker.post(request)
    _, payload = wire.read_frame(response.data, wire.REPLY_HEAD_BYTES_MAX)
    assert len(payload) <= wire.WANT_BYTES_MAX
    worker.device.apply(request, response.data)
    while worker.device.more:
        worker.sync()
    pieces = [worker.device.held[ref] for ref in files(worker.device.held)]
    assert len(pieces) == 5 and sum(len(piece["rows"]) for piece in pieces) == 9_000
    assert all(ref.startswith(f"file:{name}/0") for ref in files(worker.device.held))


def test_the_divisions_come_once_and_again_when_one_is_merged(enrolled, county, session, clock):
    worker = enrolled()
    worker.sync_all()
    refs = [ref for ref in worker.device.held if ref.startswith("regions:")]
    assert len(refs) == 1
    held = worker.device.held[refs[0]]
    assert held["columns"] == ["value", "label:zh", "to"] and len(held["rows"]) == len(held["initials"])
    village = session.scalars(select(Region).where(Region.level == "village")).first()
    village.valid_to = clock().date()
    session.commit()
    clock.advance(days=2)
    worker.sync_all()
    again = [ref for ref in worker.device.held if ref.startswith("regions:")]
    assert len(again) == 1 and again != refs
    rows = {row[0]: row[2] for row in worker.device.held[again[0]]["rows"]}
    assert rows[village.code] == village.valid_to.isoformat()
    clock.advance(days=1)
    assert not [one for one in worker.sync()["page"]["changes"] if one["ref"].startswith("regions:")]


# === cut when they are kept ===========================================================================================


def test_a_list_is_cut_when_it_is_kept_and_never_again(enrolled, county, publish, session, monkeypatch):
    name = publish(1, villages(county.district))
    assert {row.piece for row in session.scalars(select(FormPiece).where(FormPiece.hash == name))} == {
        county.district[:2], county.district, "990199",
    }  # fmt: skip

    def never(words):
        raise AssertionError("read again while a phone waits")

    monkeypatch.setattr(slices, "initials", never)
    worker = enrolled()
    worker.sync_all()
    assert worker.device.held[f"file:{name}/{county.district}"]["initials"][0] == "yl1z"


def test_a_list_of_before_is_cut_by_the_release(enrolled, county, publish, session, clock):
    name = publish(1, villages(county.district))
    session.execute(delete(FormPiece))
    session.commit()
    lists._pieces_of_list.clear()
    plans.publish_library(session, clock())
    session.commit()
    worker = enrolled()
    worker.sync_all()
    assert f"file:{name}/{county.district}" in worker.device.held


# === media ============================================================================================================

PICTURE = b"\x89PNG\r\n\x1a\n"
ILLUSTRATED = FORM.replace("| label::中文 (zh) | bind", "| label::中文 (zh) | media::image | bind", 1).replace(
    "| 哪个村？ |", "| 哪个村？ | map.png |"
)


def picture(size):
    """So many bytes that do not compress, and begin as a picture does."""
    return (PICTURE + b"".join((at * 2654435761 % 2**32).to_bytes(4, "big") for at in range(size // 4 + 1)))[:size]


def together(held):
    pieces = sorted((held[ref] for ref in files(held) if "/m" in ref), key=lambda piece: piece["at"])
    assert [piece["of"] for piece in pieces] == [len(pieces)] * len(pieces)
    return b"".join(base64.urlsafe_b64decode(piece["bytes"] + "==") for piece in pieces)


def test_a_picture_comes_with_its_form_in_pieces_and_goes_with_it(enrolled, county, publish, clock, session):
    content = picture(media.PIECE_BYTES * 2 + 5)
    publish(1, villages(county.district), ILLUSTRATED, **{"map.png": content})
    worker = enrolled()
    worker.sync_all()
    assert together(worker.device.held) == content
    session.get_one(FormVersion, ("K2", 1)).roles = "village"
    session.commit()
    clock.advance(hours=1)
    worker.sync_all()
    assert files(worker.device.held) == []


def test_a_piece_of_a_picture_travels_as_it_is(enrolled, county, publish, session):
    publish(1, villages(county.district), ILLUSTRATED, **{"map.png": picture(media.PIECE_BYTES)})
    worker = enrolled()
    request = worker.device.request()
    head, _ = wire.read_frame(worker.post(request).data, wire.REPLY_HEAD_BYTES_MAX)
    sizes = [change["len"] for change in head["page"]["changes"] if "/m" in change["ref"]]
    assert len(sizes) == 1 and sizes[0] < media.PIECE_BYTES * 1.05


def test_media_beyond_the_limits_stay_at_the_desk():
    def told(*sizes):
        return {f"{at}.png": {"hash": str(at), "kind": "media", "bytes": size} for at, size in enumerate(sizes)}

    over = told(media.FILE_BYTES_MAX + 1, 700_000, 700_000, 700_000, 500_000)
    assert media.sent(over) == {"1": 700_000, "2": 700_000, "4": 500_000}
    assert media.not_sent(over) == ["0.png", "3.png"]
    assert media.sent({"places": {"hash": "0", "kind": "list", "bytes": 1}}) == {}


# === at the desk ======================================================================================================


def test_a_page_of_the_desk_gets_a_list_whole_in_its_order_with_its_letters(county, publish, session):
    csv = villages(county.district)
    name = publish(1, csv)
    given = lists.whole(session, plans.plan_of(session, "K2", 1))[name]
    assert [row[0] for row in given["rows"]] == [line.split(",")[0] for line in csv.decode().splitlines()[1:]]
    assert given["initials"][:2] == ["bx", "yl1z"]


def test_who_writes_at_the_desk_picks_places_from_the_divisions_of_her_regions(at_desk, county, session):
    told = at_desk("caseworker").get("/records/divisions").get_json()
    codes = [row[0] for row in told["rows"]]
    assert factories.VILLAGE in codes and told["columns"] == ["value", "label:zh", "to"]
    assert len(told["initials"]) == len(codes) and told["initials"][codes.index(factories.VILLAGE)].isascii()
