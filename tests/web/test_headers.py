"""Security headers stand on every answer, strict on both origins."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from fieldapp import create_app
from fieldapp.web.headers import HTMX_CDN_URL, HTMX_INTEGRITY, HTMX_LOCAL_URL
from tests.house_reading import assert_none
from tests.phones import prepare_server
from tests.server_fixtures import OriginClient
from tests.web.every_route import built, rules
from tests.web.test_rights_matrix import Place

PHONE_PATHS = [
    "/",
    "/sw.js",
    "/manifest.webmanifest",
    "/emergency.json",
    "/api/ping",
    "/static/css/base.css",
    "/nowhere",
]
DESK_PATHS = ["/", "/sign-in", "/static/css/desk.css", "/nowhere"]


def policy_of(answer):
    """{directive: set of sources} of an answer's Content-Security-Policy."""
    directives = answer.headers["Content-Security-Policy"].split(";")
    return {name: set(sources) for name, *sources in (directive.split() for directive in directives)}


def pages(phone, desk):
    return [(phone, path) for path in PHONE_PATHS] + [(desk, path) for path in DESK_PATHS]


def test_every_answer_carries_the_headers(phone, desk):
    for client, path in pages(phone, desk):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        asked = "self" if client is phone else ""  # picture, sound and place are taken on the phone, by a tap
        for power in ("camera", "geolocation", "microphone"):
            assert f"{power}=({asked})," in headers["Permissions-Policy"]
        assert "Access-Control-Allow-Origin" not in headers
        assert len(headers.getlist("Content-Security-Policy")) == 1


def test_no_policy_allows_inline_eval_or_anything_unnamed(phone, desk):
    for client, path in pages(phone, desk):
        policy = policy_of(client.get(path))
        assert (
            policy["default-src"]
            == policy["base-uri"]
            == policy["frame-ancestors"]
            == policy["object-src"]
            == {"'none'"}
        )
        everything = set().union(*policy.values())
        assert not everything & {
            "'unsafe-inline'",
            "'unsafe-eval'",
            "'unsafe-hashes'",
            "*",
            "http:",
            "https:",
            "blob:*",
        }


def test_the_phone_loads_scripts_from_itself_alone_and_through_one_trusted_policy(phone):
    policy = policy_of(phone.get("/"))
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == {"'self'"}
    assert policy["require-trusted-types-for"] == {"'script'"} and policy["trusted-types"] == {"fieldapp"}
    assert policy["form-action"] == {"'none'"}


def test_only_the_vault_workers_own_answer_allows_webassembly(phone, desk, app):
    assert policy_of(phone.get("/static/js/vault-worker.js"))["script-src"] == {"'self'", "'wasm-unsafe-eval'"}
    for client, path in [*pages(phone, desk), (phone, "/static/js/errors.js"), (desk, "/static/js/vault-worker.js")]:
        assert "'wasm-unsafe-eval'" not in client.get(path).headers["Content-Security-Policy"], path


def test_the_desk_may_load_one_file_of_the_cdn_and_no_other(desk, app):
    policy = policy_of(desk.get("/nowhere"))
    assert policy["script-src"] == {"'self'", HTMX_CDN_URL}
    assert HTMX_CDN_URL.endswith("/htmx.min.js") and policy["connect-src"] == {"'self'"}


def test_the_vendored_copy_has_the_bytes_of_the_cdn_file(app):
    from base64 import b64encode
    from hashlib import sha384

    content = app.extensions["assets"].get(HTMX_LOCAL_URL.removeprefix("/static/")).content
    assert f"sha384-{b64encode(sha384(content).digest()).decode()}" == HTMX_INTEGRITY


def test_pages_that_take_a_password_name_the_local_copy_alone(desk):
    answer = desk.get("/sign-in")
    assert answer.status_code == 200 and policy_of(answer)["script-src"] == {"'self'"}
    assert HTMX_CDN_URL not in answer.text


def test_one_setting_makes_the_local_copy_the_only_source(config):
    made = create_app(replace(config, htmx_local=True))
    client = OriginClient(made, made.response_class)
    client.origin = config.desk_origin
    assert policy_of(client.get("/nowhere"))["script-src"] == {"'self'"}


# --- every answer there is --------------------------------------------------------------------------------------------

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CLOSED = {"default-src", "object-src", "base-uri", "frame-ancestors"}  # where a policy names them: to nobody
# Every source that any policy names. `data:` and `blob:` are of pictures alone.
SOURCES = {"'none'", "'self'", "'script'", "fieldapp", "data:", "blob:", HTMX_CDN_URL, "'wasm-unsafe-eval'"}
PUBLIC_PATHS = {"/", "/emergency.json", "/manifest.webmanifest", "/shell.pack", "/more.pack"}  # alike for everybody


def wrong_with(answer):
    """What is missing or too wide among the headers of one answer."""
    headers = answer.headers
    wrong = [f"{name}: {headers.get(name)}" for name, value in FIXED.items() if headers.getlist(name) != [value]]
    wrong += [name for name, _ in headers if name.startswith("Access-Control-")]
    wrong += [] if len(headers.getlist("Content-Security-Policy")) == 1 else ["not one policy"]
    policy = policy_of(answer)
    wrong += [f"{name} {policy[name]}" for name in CLOSED & policy.keys() if policy[name] != {"'none'"}]
    wrong += [] if {"default-src", "frame-ancestors"} <= policy.keys() else ["a policy with a hole"]
    wrong += [f"names {source}" for source in set().union(*policy.values()) - SOURCES]
    wrong += [] if "payment=()" in headers.get("Permissions-Policy", "") else ["no permissions policy"]
    if answer.request.path.startswith("/static/") and answer.status_code == 200:
        return wrong
    stored = headers.get("Cache-Control")
    is_public = answer.request.path in PUBLIC_PATHS and stored == "no-cache"
    return wrong + ([] if stored == "no-store" or is_public else [f"cached: {stored}"])


def test_every_answer_of_every_route_carries_the_strict_headers(app, phone, at_desk, county, session, clock, forms):
    # Given an address for every route, and somebody for whom they are
    prepare_server(session, clock())
    place = Place(county, clock)
    wrong = []
    for client in (phone, at_desk("supervisor")._client, at_desk("administrator")._client):
        for endpoint, method, rule in rules(app):
            for asked in (method, "OPTIONS") if method == "GET" else (method,):
                # When it is asked as it should be, and as nobody should
                answer = client.open(built(rule, place.ids), method=asked)
                wrong += [f"{asked} {rule} ({endpoint}) {answer.status_code}: {one}" for one in wrong_with(answer)]
    # Then no answer is without them
    assert_none(wrong)


def test_an_answer_that_went_wrong_carries_them_too(app, phone, desk, config, session, county):
    stranger = OriginClient(app, app.response_class)
    stranger.origin = "http://neither.example"
    asked = [
        (404, desk.get("/nowhere")),
        (405, desk.delete("/sign-in")),
        (403, desk.post("/sign-in", data={"login": "x"})),
        (413, phone.post("/sync/v1/exchange", data=bytes(9_000_000))),
        (404, stranger.get("/")),
    ]
    # And a server that lost its tables
    for table in ("account", "setting"):
        session.execute(text(f"ALTER TABLE {table} RENAME TO lost_{table}"))
    session.commit()
    token = desk.get("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "login": "supervisor", "password": "x"}
    asked.append((500, desk.post("/sign-in", data=form, headers={"Origin": desk.origin})))
    asked.append((500, phone.get("/emergency.json")))
    for status, answer in asked:
        assert (answer.status_code, wrong_with(answer)) == (status, []), answer.request.path


@pytest.mark.parametrize("path", ["/emergency.json", "/api/ping", "/sw.js", "/", "/static/css/base.css", "/nowhere"])
def test_on_the_phone_nothing_but_public_bytes_may_be_stored(phone, path):
    said = phone.get(path).headers["Cache-Control"]
    assert said == ("no-cache" if path in ("/", "/static/css/base.css", "/emergency.json") else "no-store")


def test_no_page_of_the_desk_may_be_stored(desk):
    for path in ("/", "/sign-in", "/nowhere"):
        assert desk.get(path).headers["Cache-Control"] == "no-store"


def test_in_public_browsers_are_told_to_stay_with_https(config, phone):
    assert "Strict-Transport-Security" not in phone.get("/").headers
    public = replace(config, public_phone_origin="https://app.example", public_desk_origin="https://desk.example")
    made = create_app(public)
    client = OriginClient(made, made.response_class)
    client.origin = "https://app.example"
    assert client.get("/").headers["Strict-Transport-Security"] == "max-age=31536000"
