"""The documented proxy before the documented command: who reaches what, what is believed, and what a cut leaves."""

import http.client
import socket
import ssl
from contextlib import ExitStack
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.actions import proxies
from fieldapp.db import reading
from fieldapp.models.audit import AuditRow
from fieldapp.models.files import File
from fieldapp.models.health import ProxyResult
from fieldapp.models.records import Findings, Revision
from fieldapp.web import guard
from sync import uploads, wire
from tests.stack.deployed import DESK, PHONE, Deployed
from tests.stack.lines import PATIENCE_S, Browser, Line
from tests.stack.link import Fate
from tests.uploading import PIECE, Photo

pytestmark = pytest.mark.xdist_group("deployed")
# Of the hop, or different in each answer of a page with a token.
ODD = {"Server", "Date", "Connection", "Transfer-Encoding", "Keep-Alive", "Set-Cookie", "Content-Length"}
GUESSES_MAX = 12  # the wait after so many is longer than any request takes
SLOW_PHONES = 40  # of an evening, each in the middle of a piece


def test_a_phone_is_enrolled_and_hands_in_through_the_proxy(deployed: Deployed) -> None:
    phone = deployed.phone()
    item = phone.fill_in(deployed.county)
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"
    assert phone.device.states[item.head["record_id"]] == "submitted"
    assert phone.sync()["results"] == []


def test_an_answer_is_the_same_behind_the_proxy_as_before_it(deployed: Deployed) -> None:
    for name, paths in ((PHONE, ("/", "/sw.js", "/static/js/vault-worker.js", "/none")), (DESK, ("/sign-in", "/none"))):
        for path in paths:
            said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
            behind, before = deployed.line(name).get(path), deployed.straight(name).get(path, said)
            assert behind.status_code == before.status_code, path
            headers = [
                {key: value for key, value in answer.headers.items() if key not in ODD} for answer in (behind, before)
            ]
            assert headers[0] == headers[1], path
            assert behind.headers["Strict-Transport-Security"] and behind.headers["Content-Security-Policy"]


def test_whoever_comes_without_tls_is_led_to_it(deployed: Deployed) -> None:
    answer = Line(deployed.plain_port, DESK).get("/cases?page=2")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{DESK}/cases?page=2")
    with pytest.raises(http.client.RemoteDisconnected):
        Line(deployed.plain_port, "elsewhere.example").get("/")


def test_a_third_name_reaches_neither(deployed: Deployed) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        Line(deployed.port, "elsewhere.localhost", deployed.tls).get("/")
    # One that says the right name to TLS and another one to us
    for host in ("elsewhere.example", f"elsewhere.localhost:{deployed.port}", "127.0.0.1"):
        with pytest.raises(http.client.RemoteDisconnected):
            deployed.line().get("/", {"Host": host})
    # And one that goes around the proxy
    assert deployed.straight("elsewhere.example").get("/").status_code == 404


def test_a_name_leads_to_its_own_origin_whatever_else_is_claimed(deployed: Deployed) -> None:
    claimed = {"X-Forwarded-Host": f"{DESK}:{deployed.port}", "Forwarded": f"host={DESK}", "X-Forwarded-Proto": "http"}
    assert deployed.line().get("/sign-in", claimed).status_code == 404
    assert b'id="app"' in deployed.line().get("/", claimed).data
    # The one that is asked for counts, not the header beside it
    asked = f"https://{PHONE}:{deployed.port}/sign-in"
    assert deployed.line().get(asked, {"Host": f"{DESK}:{deployed.port}"}).status_code == 404
    assert deployed.line(DESK).get("/").headers["Location"] == "/sign-in"


def test_the_cookie_of_a_sign_in_belongs_to_the_desk_alone(deployed: Deployed) -> None:
    desk, browser = deployed.desk()
    desk.sign_in("supervisor")
    assert desk.get("/").status_code == 200
    answer = deployed.line(DESK).get("/sign-in")
    begun = [*answer.headers.get_all("Set-Cookie"), *_cookies_of_a_sign_in(deployed)]
    assert any(said.startswith(f"{guard.COOKIE}=") for said in begun)
    for said in begun:
        parts = {part.strip().partition("=")[0].lower() for part in said.split(";")}
        assert {"secure", "httponly", "samesite"} <= parts and "domain" not in parts, said
    # The phone's origin neither gives one nor listens to one
    phone = deployed.line().get("/", {"Cookie": f"{guard.COOKIE}={browser.cookies[guard.COOKIE]}"})
    assert phone.status_code == 200 and "Set-Cookie" not in phone.headers
    assert phone.data == deployed.line().get("/").data


def _cookies_of_a_sign_in(deployed: Deployed) -> list[str]:
    kept: list[str] = []

    class Listening(Browser):
        def _keep(self, answer):
            kept.extend(answer.headers.get_all("Set-Cookie") or [])
            return super()._keep(answer)

    desk, browser = deployed.desk()
    desk._client = Listening(browser.line, browser.origin, browser.application)
    desk.sign_in("administrator")
    return kept


def test_a_guess_counts_for_the_address_it_came_from_whatever_it_claims(deployed: Deployed) -> None:
    phone = deployed.phone("cadre")
    codes = [""]
    # She has to wait two seconds after the fourth, then twice as long each time: as often as this machine is slower
    while codes[-1] != "slow_down":
        body = phone.device.enrolment("cadre", "not the password", "000000000000")
        claimed = {f"X-{name}": f"198.51.100.{len(codes)}" for name in ("Forwarded-For", "Real-IP", "Client-IP")}
        codes.append(deployed.line().post("/sync/v1/enrol", data=body, headers=claimed).json["code"])
        assert len(codes) < GUESSES_MAX, codes
    assert codes[1:5] == ["enrol_refused"] * 4 and set(codes[5:-1]) <= {"enrol_refused"}


def test_bytes_of_a_piece_go_on_as_they_come_and_a_cut_costs_that_piece_alone(deployed: Deployed) -> None:
    # Given a photo of which one piece was answered
    phone = deployed.phone()
    photo = Photo(phone)
    photo.announce()
    assert photo.patch(0).status_code == 204
    chunk = photo.sealed[PIECE : 2 * PIECE]
    path, headers = f"{uploads.PATH}/{photo.file_id}", photo.patch_headers(PIECE, chunk)
    # When half of the next one comes, then the app has it: the proxy waits for no more
    with deployed.line().begun("PATCH", path, headers, len(chunk), chunk[: PIECE // 2]):
        deployed.tap.wait_for(lambda seen: chunk[: PIECE // 2] in seen.up)
    # Then nothing of it was taken, and the phone goes on where it was
    assert photo.head().headers["Upload-Offset"] == str(PIECE)
    assert photo.send().status_code == 204
    with deployed.app.app_context():
        with reading() as session:
            file = session.get_one(File, (deployed.county.district, photo.file_id))
            ended = select(AuditRow).where(AuditRow.act == "file_complete")
            assert file.state == "complete" and file.offset == len(photo.sealed)
            assert len([row for row in session.scalars(ended) if str(photo.file_id) in str(row.about)]) == 1
        with deployed.app.extensions["files"].open(photo.said.hash) as stream:
            assert stream.read() == photo.sealed


def test_the_check_of_a_proxy_tells_ours_from_one_that_holds_bodies_back(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Names below localhost are this machine (RFC 6761); browsers know that by themselves, not every system does.
    asked = socket.getaddrinfo
    here = {PHONE: "127.0.0.1"}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **other: asked(here.get(host, host), *more, **other))
    monkeypatch.setattr(proxies, "CONNECT_S", PATIENCE_S)
    ours = proxies.probe(deployed.config.phone_origin, patience_s=PATIENCE_S, trust=deployed.tls)
    assert ours is ProxyResult.STREAMS
    other = proxies.probe(f"http://localhost:{deployed.holding_port}", patience_s=0.1)
    assert other is ProxyResult.BUFFERS


def test_what_is_too_large_is_refused_by_a_code_the_phone_knows(deployed: Deployed) -> None:
    for length in (2_000_000, wire.REQUEST_BYTES_MAX + 1):
        answer = deployed.line().announce("POST", "/sync/v1/exchange", length)
        assert (answer.status_code, answer.json["code"]) == (413, "frame_too_large")
        assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    answer = deployed.line(DESK).announce("POST", "/sign-in", 200_000)
    assert answer.status_code == 413 and "请返回" in answer.text


def test_every_form_and_message_that_the_app_takes_passes_the_proxy(deployed: Deployed) -> None:
    """What a route reads at most is said in the app; what the proxy lets through, in its file. They must not part."""
    refused = []
    for rule in deployed.app.url_map.iter_rules():
        part = deployed.app.blueprints[rule.endpoint.rpartition(".")[0]]
        length = getattr(part, "max_body_bytes", None)
        method = next((one for one in ("POST", "PATCH", "PUT") if one in (rule.methods or ())), None)
        if length is None or method is None:
            continue
        path = "/".join("1" if piece.startswith("<") else piece for piece in rule.rule.split("/"))
        limit = uploads.UPLOAD_CHUNK_BYTES_MAX if method == "PATCH" else length
        if path.startswith("/forms/"):
            limit = 0  # acts on what was uploaded: the upload itself goes to /forms
        line = deployed.line(PHONE if rule.subdomain == "phone" else DESK)
        try:
            with line.begun(method, path, {}, limit):
                pass
        except AssertionError as error:
            refused.append((rule.rule, str(error)[:40]))
    assert not refused


def test_nothing_that_passes_lies_in_a_file_of_the_proxy(deployed: Deployed) -> None:
    phone = deployed.phone()
    for _ in range(40):
        phone.fill_in(deployed.county, body={"answers": {"hh": {"head": "\u5218" * 4_000}}})
    phone.sync_all()
    desk, _ = deployed.desk()
    desk.sign_in("supervisor")
    assert desk.post("/records", case_id="\u5218" * 200_000).status_code in (400, 404)
    assert desk.post("/password", old="x" * 50_000).status_code in (200, 400, 403)
    log = (deployed.folder / "nginx.log").read_text("utf-8")
    assert "temporary file" not in log


def test_many_slow_phones_hold_up_neither_the_desk_nor_another_phone(deployed: Deployed) -> None:
    # Given phones on a thin link, each in the middle of a piece
    phone = deployed.phone()
    photo = Photo(phone)
    photo.announce()
    chunk = photo.sealed[:PIECE]
    path, headers = f"{uploads.PATH}/{photo.file_id}", photo.patch_headers(0, chunk)
    with ExitStack() as slow:
        for _ in range(SLOW_PHONES):
            slow.enter_context(deployed.line().begun("PATCH", path, headers, PIECE, chunk[:1_000]))
        deployed.tap.wait_for(lambda _: sum(chunk[:1_000] in seen.up for seen in deployed.tap.seen) == SLOW_PHONES)
        # Then the desk answers, and so does the door of the phones
        assert deployed.line(DESK).get("/sign-in").status_code == 200
        assert phone.sync()["results"] == []


def test_while_the_app_is_away_the_phone_hears_when_to_come_again(deployed: Deployed) -> None:
    # Given a phone with a report, and an app that was killed
    phone = deployed.phone()
    item = phone.fill_in(deployed.county)
    request = phone.device.request()
    deployed.kill_web()
    # When it comes, then it is told to come again
    answer = phone.post(request)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "server_busy", "15")
    assert deployed.line(DESK).get("/").status_code == 503
    # And when the app is back, then the very same request is taken, over connections that were kept before too
    deployed.start_web()
    phone.sync_with(request)
    assert phone.result(item)["status"] == "ok"


def test_a_reply_that_is_lost_between_proxy_and_app_is_asked_for_again_by_the_phone_alone(deployed: Deployed) -> None:
    phone = deployed.phone()
    item = phone.fill_in(deployed.county)
    request = phone.device.request()
    deployed.tap.cut()  # so that the proxy makes a new connection, and that one has this fate
    deployed.tap.next(Fate(keeps_reply=True))
    assert phone.post(request).status_code == 503
    deployed.tap.wait_for(lambda seen: seen.fate.keeps_reply and bool(seen.down))
    assert sum(request.body in seen.up for seen in deployed.tap.seen) == 1, "the proxy sent it again by itself"
    phone.sync_with(request)
    assert phone.result(item)["status"] == "ok"
    with deployed.app.app_context(), reading() as session:
        [revision] = session.scalars(select(Revision).where(Revision.revision_id == UUID(item.head["revision_id"])))
        assert str(revision.record_id) == item.head["record_id"]


def test_the_worker_of_the_procfile_works_beside_web_and_ends_when_it_is_told(deployed: Deployed) -> None:
    # Given a report that came in through nginx
    phone = deployed.phone()
    item = phone.fill_in(deployed.county)
    phone.sync_all()
    revision_id = item.head["revision_id"]
    found = select(Findings.count).where(Findings.revision_id == UUID(revision_id))
    said = select(AuditRow.chain_seq).where(AuditRow.about.contains(revision_id))

    def has_done() -> bool:
        with deployed.app.app_context(), reading() as session:
            rows = list(session.scalars(said))
            return session.scalar(found) is not None and bool(rows) and None not in rows

    # Then its findings stand there, and its rows in the chain of the audit
    deployed.worker_has(has_done)
    # And a host that stops it hears that all is well
    assert deployed.stop_worker() == 0, deployed.log("worker")
    assert "job_failed" not in deployed.log("worker") and "Traceback" not in deployed.log("worker")
    deployed.start_worker()
