"""Files of a report: noted when it is stored, bound to its family, shown to who may read it, waited for by approval."""

import json
import re
import socket
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from fieldapp.actions import file_keys, files
from fieldapp.actions.erasures import forget_case_key
from fieldapp.blobs.local import LocalStore
from fieldapp.blobs.s3 import S3Store
from fieldapp.config import S3
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.forms.publish import compile_xlsform
from fieldapp.models import bodies, settings
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.files import File, FileState
from fieldapp.models.records import Kept, Record
from fieldapp.models.vaults import Vault
from sync import uploads
from tests import reports
from tests.uploading import Photo

HEAD, SCREEN = "hh.head", "dv.screen"  # household, violence
SOUND = (Path(__file__).parents[1] / "vectors/files/sound_in_fragments.mp4").read_bytes()


@pytest.fixture
def mine(enrolled):
    return enrolled("caseworker")


@pytest.fixture
def handed_in(mine, county):
    """Hands a whole report in with papers at these questions: `handed_in({HEAD: [photo]})`; its record id."""

    def hand_in(papers, **named):
        body = json.loads(reports.body(reports.investigation(county.subject_id), mine.clock()))
        body["papers"] = {path: [value(photo) for photo in photos] for path, photos in papers.items()}
        item = mine.fill_in(county, body=body, **named)
        mine.sync()
        assert mine.result(item)["status"] == "ok", mine.result(item)
        return UUID(str(item.head["record_id"]))

    return hand_in


def value(photo):
    return photo if isinstance(photo, dict) else photo.value


def row_of(photo: Photo) -> File:
    with reading() as session:
        return session.get_one(File, (photo.phone.device.district, photo.file_id))


def is_of_family(photo: Photo, case_id: UUID) -> bool:
    """Whether the key of the file opens under the key of this family, and under no other."""
    row = row_of(photo)
    place = ("file", "sealed_key", (row.district, row.file_id), row.sealed_key)
    with reading() as session:
        if row.case_id is None:
            bodies.open_for_district(session, row.district, *place)
            return False
        return len(bodies.open_for_case(session, row.district, case_id, *place)) == 32


@pytest.mark.parametrize("photo_first", [True, False])
def test_a_file_belongs_to_the_family_of_the_report_that_names_it_whichever_comes_first(
    app, mine, handed_in, county, photo_first
):
    photo = Photo(mine)
    if photo_first:
        photo.send()
        with app.app_context():
            assert not is_of_family(photo, county.case_id)
    record_id = handed_in({HEAD: [photo]})
    if not photo_first:
        photo.send()
    with app.app_context():
        assert is_of_family(photo, county.case_id) and row_of(photo).record_id == record_id


def test_what_is_named_by_a_report_no_longer_counts_against_the_phone(app, mine, handed_in):
    photo = Photo(mine, length=100, kind="file")
    photo.said = photo.announcement(kind="file", bytes=uploads.FILE_BYTES_MAX["file"])
    photo.announce()
    handed_in({HEAD: [photo]})
    for _ in range(20):
        other = Photo(mine, length=100)
        other.said = other.announcement(kind="file", bytes=uploads.FILE_BYTES_MAX["file"])
        assert other.announce().status_code == 201


def test_a_report_that_names_another_bodys_bytes_or_another_ones_file_gets_neither(app, mine, enrolled, handed_in):
    # Given a file of somebody else, and one of mine that the report names by other bytes
    hers, mine_too = Photo(enrolled("second_caseworker")), Photo(mine)
    hers.send()
    mine_too.send()
    wrong = {**mine_too.value, "hash": hers.value["hash"]}
    handed_in({HEAD: [hers, wrong]})
    with app.app_context():
        assert row_of(hers).case_id is None and row_of(mine_too).case_id is None


def test_the_reviewer_sees_what_is_here_and_how_much_of_the_rest(app, mine, handed_in, at_desk):
    whole, begun, waiting = Photo(mine), Photo(mine), Photo(mine)
    record_id = handed_in({HEAD: [whole, begun, waiting]})
    whole.send()
    begun.announce()
    begun.patch(0)
    desk = at_desk("supervisor")
    desk.get(f"/reports/{record_id}")
    assert re.search(r'id="files-here">[^<]*\b1\b[^<]*\b3\b', desk.page) or re.search(
        r'id="files-here">[^<]*3[^<]*1', desk.page
    )
    assert desk.page.count("/files/") == 1 and f"/reports/{record_id}/files/{whole.file_id}" in desk.page
    assert f"{100 * 32_768 // begun.said.bytes}%" in desk.page


def test_a_file_is_shown_to_its_reviewer_whole_and_the_reading_is_written_down(app, mine, handed_in, at_desk):
    photo = Photo(mine, length=200_000)
    record_id = handed_in({HEAD: [photo]})
    photo.send()
    answer = at_desk("supervisor").get(f"/reports/{record_id}/files/{photo.file_id}")
    assert answer.status_code == 200 and answer.data == photo.plain
    headers = answer.headers
    assert headers["Content-Type"] == "image/jpeg" and headers["Content-Disposition"].startswith("inline")
    assert headers["Cache-Control"] == "no-store" and headers["Content-Security-Policy"].startswith("sandbox")
    with app.app_context(), reading() as session:
        told = session.scalars(select(AuditRow.about).where(AuditRow.act == "read_file")).all()
    assert [json.loads(about) for about in told] == [{"record": str(record_id), "file": str(photo.file_id)}]


def test_nobody_waits_while_a_file_is_opened_and_its_reading_is_written_down_before(
    app, config, mine, handed_in, at_desk
):
    # Given a store in whose `open` somebody else writes
    class Slow(LocalStore):
        def open(self, digest):
            with writing() as session:
                assert session.scalars(select(AuditRow).where(AuditRow.act == "read_file")).all()
                settings.put(session, "meanwhile", "1")
            return super().open(digest)

    photo = Photo(mine)
    record_id = handed_in({HEAD: [photo]})
    photo.send()
    app.extensions["files"] = Slow(config.files_dir)
    # When a file is opened, then both get what they want
    assert at_desk("supervisor").get(f"/reports/{record_id}/files/{photo.file_id}").data == photo.plain
    with app.app_context(), reading() as session:
        assert settings.get(session, "meanwhile") == "1"


def test_a_bucket_that_does_not_answer_is_busy_for_the_reviewer_too(app, config, mine, handed_in, at_desk):
    photo = Photo(mine)
    record_id = handed_in({HEAD: [photo]})
    photo.send()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # taken, and nobody listens
        gone = S3("files", f"http://127.0.0.1:{silent.getsockname()[1]}", "us-east-1", "any", "any")
        app.extensions["files"] = S3Store.of(LocalStore(config.files_dir), gone, retries=0)
        answer = at_desk("supervisor").get(f"/reports/{record_id}/files/{photo.file_id}")
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("begins", "kind", "way"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png", "inline"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "inline"),
        (b"OggS\x00\x02" + bytes(22) + b"OpusHead", "audio/ogg", "inline"),
        (SOUND, "audio/mp4", "inline"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4", "inline"),
        (SOUND.replace(b"soun", b"vide"), "application/octet-stream", "attachment"),
        (b"\0\0\0\x18ftypmp42", "application/octet-stream", "attachment"),
        (b"%PDF-1.7", "application/pdf", "attachment"),
        (b"<html><script>", "application/octet-stream", "attachment"),
        (b"<svg xmlns=", "application/octet-stream", "attachment"),
    ],
)
def test_the_type_of_a_file_is_what_its_bytes_say_whatever_the_phone_says(begins, kind, way):
    shown = files.Shown(uuid4(), files.type_of(begins + bytes(100)), iter(()))
    assert shown.type == kind and shown.is_shown == (way == "inline")
    assert files.type_of(b"") == files.OTHER


def test_a_file_of_another_report_another_county_or_not_here_is_not_found(mine, handed_in, at_desk, county):
    photo, waiting = Photo(mine), Photo(mine)
    record_id, other_id = handed_in({HEAD: [photo, waiting]}), handed_in({HEAD: [Photo(mine)]})
    photo.send()
    desk = at_desk("supervisor")
    nothing = desk.get(f"/reports/{record_id}/files/{uuid4()}")
    for path in (
        f"/reports/{other_id}/files/{photo.file_id}",
        f"/reports/{record_id}/files/{waiting.file_id}",
        f"/reports/{uuid4()}/files/{photo.file_id}",
    ):
        answer = desk.get(path)
        assert (answer.status_code, answer.text) == (404, nothing.text)
    assert at_desk("caseworker").get(f"/reports/{record_id}/files/{photo.file_id}").status_code == 404


def test_a_file_at_a_question_of_a_class_that_is_not_read_is_not_found(app, mine, handed_in, county, clock):
    open_one, guarded, both = Photo(mine), Photo(mine), Photo(mine)
    record_id = handed_in({HEAD: [open_one, both], SCREEN: [guarded, both]})
    for photo in (open_one, guarded, both):
        photo.send()
    store, classes = app.extensions["files"], frozenset({"household"})
    with app.app_context(), writing() as session:
        acting, record = county.acting(session, "supervisor"), session.get_one(Record, (county.district, record_id))
        allowed = files.allow(session, acting, record, classes, open_one.file_id, clock())
        assert b"".join(files.show(store, allowed).pieces) == open_one.plain
        for photo in (guarded, both):
            with pytest.raises(Problem, match="not_found"):
                files.allow(session, acting, record, classes, photo.file_id, clock())


def test_who_reads_one_revision_alone_opens_what_that_one_names(app, mine, handed_in, county, clock):
    # Given a photo that the author took out again
    first, second = Photo(mine), Photo(mine)
    record_id = handed_in({HEAD: [first]})
    with app.app_context(), reading() as session:
        parent = session.get_one(Record, (county.district, record_id)).head_revision_id
    handed_in({HEAD: [second]}, record_id=str(record_id), parents=[str(parent)])
    first.send()
    second.send()
    classes = frozenset({"household"})
    with app.app_context(), writing() as session:
        acting, record = county.acting(session, "supervisor"), session.get_one(Record, (county.district, record_id))
        of_head = {"only": record.head_revision_id}
        for photo, how in ((first, {}), (second, {}), (second, of_head)):
            allowed = files.allow(session, acting, record, classes, photo.file_id, clock(), **how)
            assert allowed.digest == photo.said.hash
        with pytest.raises(Problem, match="not_found"):
            files.allow(session, acting, record, classes, first.file_id, clock(), **of_head)


def test_approval_waits_for_the_files_or_for_a_reason(app, mine, handed_in, at_desk, county):
    photo = Photo(mine)
    record_id = handed_in({HEAD: [photo]})
    desk = at_desk("supervisor")
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    desk.get(f"/reports/{record_id}")
    assert "approve-text" in desk.page
    refused = desk.post(f"/reports/{record_id}/approve", **desk.read_revision())
    assert refused.status_code == 409 and "照片" in refused.text
    photo.send()
    desk.get(f"/reports/{record_id}")
    assert "approve-text" not in desk.page
    assert desk.post(f"/reports/{record_id}/approve", **desk.read_revision()).status_code == 303


def test_a_report_whose_phone_is_lost_is_approved_with_a_reason(mine, handed_in, at_desk):
    record_id = handed_in({HEAD: [Photo(mine)]})
    desk = at_desk("supervisor")
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    desk.get(f"/reports/{record_id}")
    answer = desk.post(f"/reports/{record_id}/approve", text="手机丢失，原件已核对", **desk.read_revision())
    assert answer.status_code == 303


def test_pages_and_a_thumbnail_are_files_of_their_own(app, mine, handed_in, at_desk):
    first, second, thumb = Photo(mine, kind="paper"), Photo(mine, kind="paper"), Photo(mine, length=9_000, kind="thumb")
    record_id = handed_in({HEAD: [{**first.value, "pages": [second.page], "thumb": thumb.page}]})
    desk = at_desk("supervisor")
    thumb.send()
    desk.get(f"/reports/{record_id}")
    assert f"files/{thumb.file_id}" in desk.page and f"files/{first.file_id}" not in desk.page
    first.send()
    second.send()
    desk.get(f"/reports/{record_id}")
    assert all(f"files/{photo.file_id}" in desk.page for photo in (first, second, thumb))


def test_files_are_called_by_the_numbers_the_phone_gives_them_in_the_order_they_were_taken(mine, handed_in, at_desk):
    last, first, between = (
        {**Photo(mine).value, "taken": taken} for taken in (1_700_000_009_000, 999, 1_700_000_008_000)
    )
    record_id = handed_in({HEAD: [last, between], SCREEN: [first]})
    desk = at_desk("supervisor")
    desk.get(f"/reports/{record_id}")
    [[one], *others] = sorted(re.findall(r"照片 (\d)", part) for part in desk.page.split('<ul class="files">')[1:])
    assert (one, others) == ("1", [["3", "2"]])


def test_a_file_of_which_nobody_knows_when_it_was_taken_has_a_number_too(mine, handed_in, at_desk):
    untold = dict(Photo(mine).value)
    untold.pop("taken", None)
    record_id = handed_in({HEAD: [untold]})
    assert "照片 1" in at_desk("supervisor").get(f"/reports/{record_id}").text


def test_an_erased_family_takes_its_files_along(app, mine, handed_in, at_desk, county, clock):
    photo, later = Photo(mine), Photo(mine)
    record_id = handed_in({HEAD: [photo, later]})
    photo.send()
    later.announce()
    officer = Acting(county.district, county.administrator_id, "", ((Role.DATA_PROTECTION, county.district),))
    with app.app_context(), writing() as session:
        forget_case_key(session, officer, county.case_id, clock())
    with app.app_context(), reading() as session, pytest.raises(Problem, match="family_erased"):
        file_keys.open_key(session, session.get_one(File, (county.district, photo.file_id)))
    for offset in range(0, len(later.sealed), 32_768):
        answer = later.patch(offset)
    assert answer.json["reason"] == "gone" and not app.extensions["files"].has(later.said.hash)
    assert later.announce().json["reason"] == "gone"
    assert at_desk("supervisor").get(f"/reports/{record_id}/files/{photo.file_id}").status_code in (404, 410)


@pytest.mark.parametrize(
    "papers",
    [
        [],
        {"": []},
        {HEAD: {}},
        {HEAD: [{"file": "x"}]},
        {HEAD: [{"file": str(uuid4()), "hash": "A" * 43, "bytes": 1, "more": 1}]},
        {HEAD: [{"file": str(uuid4()), "hash": "A" * 43, "bytes": 1, "later": 1}]},
        {HEAD: [{"file": str(uuid4()), "hash": "A" * 43, "bytes": 1, "pages": [{"file": str(uuid4())}]}]},
        {HEAD: [{"file": str(uuid4()), "hash": "A" * 43, "bytes": 1}] * 21},
    ],
)
def test_papers_of_another_shape_are_kept_for_a_person(mine, county, papers):
    item = mine.fill_in(county, body={"answers": {"hh": {"head": "刘梅"}}, "papers": papers})
    mine.sync()
    assert (mine.result(item)["status"], mine.result(item)["reason"]) == ("quarantined", "shape")


def test_a_report_that_its_author_goes_on_with_comes_with_its_papers_and_no_other_does(mine, county):
    # Given one report that was begun at the door and one that was handed in, each with a paper beside an answer
    begun, whole = Photo(mine), Photo(mine)
    mine.fill_in(county, intent="door", body={"papers": {HEAD: [begun.value]}})
    mine.fill_in(county, form="F3", body={"papers": {HEAD: [whole.value]}})
    mine.sync_all()
    # When her phone is told of the family
    records = mine.device.held[f"case:{county.case_id}"]["records"]
    told = {record["form"]: record for record in records}
    # Then it brings the papers of the one that is hers to go on with
    assert told["F2"]["papers"] == {HEAD: [begun.value]} and told["F2"]["answers"] is not None
    assert told["F3"]["answers"] is None and "papers" not in told["F3"]


def test_a_report_names_no_more_files_than_a_person_could_take(mine, county):
    one = {"file": "", "hash": "A" * 43, "bytes": 100}
    many = [{**one, "file": str(uuid4())} for _ in range(15)]
    papers = {f"hh.q{n}": [{**many[0], "file": str(uuid4()), "pages": many[1:]}] for n in range(3)}
    fits = mine.fill_in(county, body={"papers": papers})
    papers = {f"hh.q{n}": [{**one, "file": str(uuid4())} for _ in range(20)] for n in range(16)}
    too_many = mine.fill_in(county, body={"papers": papers})
    mine.sync()
    assert (mine.result(fits)["status"], mine.result(too_many)["status"]) == ("ok", "quarantined")


def test_what_only_looks_like_a_file_names_none(app, mine, handed_in):
    ours = {"file": str(uuid4()), "hash": "A" * 43, "bytes": 1}
    for broken in ({**ours, "hash": "A" * 42}, {**ours, "bytes": "1"}, {**ours, "file": "x"}, {"file": 1}, [], "x"):
        assert uploads.named_by(broken) == []
    deep = {"a": [{"b": ours}, {"pages": 3}], "c": {**ours, "file": str(uuid4()), "pages": "x", "thumb": 1}}
    assert len(uploads.named_in({"answers": deep})) == 2


WELLS = """
| survey | | | | | | |
| | type | name | label::中文 (zh) | label::English (en) | bind::fa:sensitivity | bind::fa:purpose |
| | image | front | 照片 | Photo | household | 留作存档。 |
| | begin_group | inside | 屋内 | Inside | | |
| | begin_repeat | rooms | 房间 | Rooms | | |
| | image | shot | 照片 | Photo | violence | 留作存档。 |
| | end_repeat | | | | | |
| | end_group | | | | | |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | K9 | 照片 / Photos | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""


def test_answers_of_a_form_name_their_files_in_groups_and_rows():
    plan = compile_xlsform(WELLS.strip(), "md")
    one, other = ({"file": str(uuid4()), "hash": "A" * 43, "bytes": 1} for _ in range(2))
    answers = {"front": one, "inside": {"rooms": [{"_id": "r1", "shot": other}, {"_id": "r2", "shot": None}]}}
    papers = {"inside.rooms[r2].shot": [one], "nowhere": [other]}
    assert list(files.values_in(plan, {"answers": answers, "papers": papers})) == [
        ("front", "household", one),
        ("inside.rooms[r1].shot", "violence", other),
        ("inside.rooms[r2].shot", "violence", one),
    ]
    assert list(files.values_in(plan, {"answers": {"front": "x", "inside": [], "more": one}})) == []


def test_a_revision_that_is_kept_aside_names_nothing_until_a_person_takes_it_in(app, mine, county, at_desk, session):
    # Given a photo, and its report from a phone that was revoked
    photo = Photo(mine)
    photo.send()
    vault = session.get_one(Vault, (county.district, mine.device.vault_id))
    vault.state = "revoked"
    session.commit()
    mine.fill_in(county, body={"papers": {HEAD: [photo.value]}})
    mine.sync()
    with app.app_context():
        assert row_of(photo).case_id is None
        with reading() as now:
            kept_id = now.scalars(select(Kept.kept_id)).one()
    # When the supervisor takes it in
    desk = at_desk("supervisor")
    desk.get(f"/kept/{kept_id}")
    assert desk.post(f"/kept/{kept_id}/take-in", reason="电话核实").status_code == 303
    # Then the photo is the family's
    with app.app_context():
        assert is_of_family(photo, county.case_id)


def test_the_page_of_the_server_says_how_many_files_are_here_and_when_the_disk_is_full(app, config, mine, at_desk):
    Photo(mine).send()
    Photo(mine).announce()
    desk = at_desk("administrator")
    desk.get("/admin/health")
    told = desk.page.split('id="files-title"')[1].split("</section>")[0]
    assert "<dd>1 · 97.7 KiB</dd>" in told and "<dd>1</dd>" in told and 'class="bad"' not in told
    app.extensions["files"] = LocalStore(config.files_dir, reserve_bytes=1 << 60)
    desk.get("/admin/health")
    assert 'class="bad"' in desk.page.split('id="files-title"')[1].split("</section>")[0]


def test_both_names_of_a_state_are_the_same():
    assert {state.name: state.value for state in FileState} == {state.name: state.value for state in uploads.State}
