"""Long lists on the feed: which phone gets which piece, once, and what becomes of a piece that no form names."""

import pytest
from sqlalchemy import select

from fieldapp.actions import plans
from fieldapp.forms.publish import compile_xlsform
from fieldapp.models.accounts import Person
from fieldapp.models.feed import FeedRow
from fieldapp.models.forms import FormVersion
from fieldapp.models.regions import Region
from sync import wire

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

    def make(version, csv):
        source = FORM.format(version=version).strip()
        compiled = compile_xlsform(source, "md", {"villages.csv": csv})
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
