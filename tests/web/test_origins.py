"""Two origins in one process: what answers on one does not exist on the other."""

from dataclasses import replace

import pytest
from flask import Blueprint, Request, request, session
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder

from fieldapp import create_app
from fieldapp.errors import Problem
from fieldapp.web.origins import MAX_BODY_BYTES, origin_of
from tests.server_fixtures import OriginClient


def endpoints_of(app, origin):
    return {rule.endpoint: rule for rule in app.url_map.iter_rules() if rule.subdomain == origin}


def test_a_blueprint_that_does_not_say_its_origin_is_not_registered(app):
    with pytest.raises(AttributeError):
        app.register_part(Blueprint("forgotten", __name__))


def test_every_route_belongs_to_one_origin_and_none_to_nowhere(app):
    phone, desk = endpoints_of(app, "phone"), endpoints_of(app, "desk")
    assert len(phone) + len(desk) == len({rule.endpoint for rule in app.url_map.iter_rules()})
    assert {"phone.shell", "sync_api.exchange", "static.file"} <= set(phone)
    assert {"session.sign_in", "static_desk.file"} <= set(desk)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_no_route_of_one_answers_on_the_other(app, phone, desk, method):
    # "/" and /static/ are there on both, and differ
    paths = {"phone": set(), "desk": set()}
    for rule in app.url_map.iter_rules():
        paths[rule.subdomain].add(rule.rule)
    shared = paths["phone"] & paths["desk"]
    assert shared == {"/", "/static/<path:path>"}
    for client, elsewhere in ((phone, paths["desk"]), (desk, paths["phone"])):
        for path in sorted(elsewhere - shared):
            if "<" not in path:
                assert client.open(path, method=method).status_code == 404, path


def test_the_two_first_pages_differ(phone, desk):
    assert b'id="app"' in phone.get("/").data
    assert desk.get("/").status_code == 303  # to the sign-in


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8000", "phone"),
        ("127.0.0.1:8000", "phone"),
        ("192.168.1.20:8000", "phone"),
        ("[::1]:8001", "desk"),
        ("localhost:8001", "desk"),
        ("localhost", None),
        ("localhost:8002", None),
        ("localhost:no", None),
    ],
)
def test_on_one_machine_the_port_tells_the_origin(config, host, origin):
    assert origin_of(config, request_to("http", host)) == origin


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("app.example", "phone"),
        ("APP.example:443", "phone"),
        ("desk.example", "desk"),
        ("app.example:8001", None),
        ("app.example.evil.example", None),
        ("localhost:8000", None),
    ],
)
def test_in_public_the_name_tells_the_origin(config, host, origin):
    public = replace(config, public_phone_origin="https://app.example", public_desk_origin="https://desk.example")
    assert origin_of(public, request_to("https", host)) == origin


def test_an_address_that_is_neither_origin_gets_nothing(app):
    stranger = OriginClient(app, app.response_class)
    stranger.origin = "http://localhost:9999"
    for path in ("/", "/sw.js", "/static/css/base.css", "/sign-in"):
        assert stranger.get(path).status_code == 404


def test_the_phone_origin_neither_reads_nor_sets_a_cookie(config, app):
    # Given one route on each origin that uses the session, as a page might do by mistake
    made = create_app(config)
    for origin in ("phone", "desk"):
        made.add_url_rule("/try", endpoint=f"{origin}_try", view_func=_remember, subdomain=origin, methods=["GET"])
    made.before_request_funcs[None] = [f for f in made.before_request_funcs[None] if f.__name__ == "know_origin"]
    desk = OriginClient(made, made.response_class, use_cookies=False)
    desk.origin = config.desk_origin
    phone = OriginClient(made, made.response_class, use_cookies=False)
    phone.origin = config.phone_origin
    # When the desk has set its cookie
    cookie = desk.get("/try").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite" in cookie
    sent_back = {"Cookie": cookie.split(";")[0]}
    assert desk.get("/try", headers=sent_back).data == b"something"
    # Then the phone does not see it, though a browser sends it to every port of the host
    answer = phone.get("/try", headers=sent_back)
    assert answer.data == b"nothing" and "Set-Cookie" not in answer.headers
    # And none of its real addresses sets one
    for path in ("/", "/sw.js", "/manifest.webmanifest", "/emergency.json", "/api/ping", "/static/css/base.css", "/no"):
        assert "Set-Cookie" not in phone.get(path).headers


def _remember():
    try:
        seen = session.get("seen", "nothing")
        session["seen"] = "something"
    except RuntimeError:  # a null session cannot be written
        seen = "nothing"
    return seen


def test_a_body_over_the_bound_of_its_route_is_refused_by_its_own_code(app, desk, phone):
    answer = phone.post("/sync/v1/exchange", data=bytes(2_000_000), content_type="application/octet-stream")
    assert answer.status_code == 413 and answer.get_json()["code"] == "frame_too_large"
    with app.test_request_context("/", method="POST", data=bytes(MAX_BODY_BYTES + 1), base_url=desk.origin):
        app.preprocess_request()
        with pytest.raises(Exception, match="413"):
            request.get_data()


def test_a_form_without_its_token_says_that_the_page_has_expired(desk):
    answer = desk.post("/sign-in", data={"login": "x", "password": "y"}, headers={"Origin": desk.origin})
    assert answer.status_code == 400 and 'data-code="form_token"' in answer.text


def test_a_form_from_another_site_is_refused(desk, phone):
    for origin in ("https://evil.example", phone.origin, "null"):
        answer = desk.post("/sign-in", data={}, headers={"Origin": origin})
        assert answer.status_code == 403 and 'data-code="other_origin"' in answer.text


def test_a_problem_is_json_for_the_phone_and_a_page_at_the_desk(phone, desk):
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    said = phone.get("/nowhere", headers=english).get_json()
    assert said == {"code": "not_found", "title": Problem("not_found").title("en"), "what_to_do": said["what_to_do"]}
    assert phone.get("/nowhere").get_json()["title"] == "找不到这一项"
    page = desk.get("/nowhere", headers=english)
    assert page.status_code == 404 and page.mimetype == "text/html" and 'lang="en"' in page.text
    assert page.headers["Content-Language"] == "en"
    fragment = desk.get("/nowhere", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text and "找不到" in fragment.text


def test_what_nobody_expected_shows_a_reference_and_nothing_else(app, phone, capsys):
    add_to_phone(app, "/broken", _break)
    answer = phone.get("/broken")
    said = answer.get_json()
    assert answer.status_code == 500 and said["code"] == "internal" and len(said["reference"]) == 8
    logged = "".join(capsys.readouterr())
    assert "刘梅" not in answer.text + logged  # the text of an exception may hold what somebody typed
    assert said["reference"] in logged and "_break" in logged


def _break():
    raise LookupError("刘梅")


def test_a_database_that_stays_locked_asks_to_come_again(app, phone):
    def busy():
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    add_to_phone(app, "/busy", busy)
    answer = phone.get("/busy")
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
    assert answer.get_json()["code"] == "server_busy"


def test_a_wrong_method_says_which_are_right(phone):
    answer = phone.delete("/api/ping")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]
    assert answer.get_json()["code"] == "method_not_allowed"


def request_to(scheme, host):
    return Request(EnvironBuilder(path="/", base_url=f"{scheme}://x", headers={"Host": host}).get_environ())


def add_to_phone(app, path, view):
    part = Blueprint("trial", __name__)
    part.origin = "phone"
    part.add_url_rule(path, view_func=view)
    app.register_part(part)
