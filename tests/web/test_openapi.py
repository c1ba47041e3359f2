"""docs/openapi.json tells what the server does."""

import json
import re
from pathlib import Path

import pytest

from fieldapp.actions import openapi
from tests.phones import Phone, issue_code, prepare_server

WRITTEN = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture
def new_phone(phone, session, county, clock):
    """A phone that nobody has enrolled."""
    prepare_server(session, clock())
    return Phone(phone, clock, 1)


def test_the_written_description_is_up_to_date():
    written = json.loads(WRITTEN.read_text("utf-8"))
    assert written == openapi.document(), "run: python -m fieldapp.cli openapi"


def test_every_path_it_names_is_a_route_of_the_phone_origin(app):
    rules = [(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), rule.methods) for rule in app.url_map.iter_rules()]
    routes = {(path, method.lower()) for path, methods in rules for method in methods}
    named = {(path, method) for path, said in openapi.document()["paths"].items() for method in said}
    assert named <= routes


def test_answers_have_the_shape_it_tells(new_phone, session, county, clock, phone):
    schemas = openapi.document()["components"]["schemas"]
    refused = Phone(phone, clock, 2).enrol("caseworker", "0" * 12)
    assert set(schemas["Problem"]["required"]) == refused.json.keys()
    enrolled = new_phone.enrol("caseworker", issue_code(session, county, "caseworker", clock()))
    assert schemas["Enrolled"]["properties"].keys() == enrolled.json.keys()
    assert schemas["ServerKey"]["properties"].keys() == enrolled.json["server_keys"][0].keys()
    assert phone.get("/api/ping").status_code == 204


def test_a_request_it_describes_is_the_one_the_server_reads(new_phone):
    schema = openapi.document()["components"]["schemas"]["Enrol"]
    sent = json.loads(new_phone.device.enrolment("caseworker", "a long password", "0" * 12))
    assert sent.keys() == schema["properties"].keys() and schema["additionalProperties"] is False
    assert len(sent["transport_key"]) == schema["properties"]["transport_key"]["maxLength"]
