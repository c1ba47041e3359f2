"""The second client against the real server: enrolled by the code that the desk shows, with a visit to write about."""

import random
import re

import pytest

from fieldapp.db import milliseconds
from tests import factories, reports
from tests.independent import sealing
from tests.independent.client import Client
from tests.phones import issue_code, prepare_server


class Wire:
    """Carries a client's requests to the app; `after` may throw an answer away, as a cut link does."""

    def __init__(self, app_client):
        self.app_client = app_client
        self.is_cut = False

    def __call__(self, method, path, headers, body):
        answer = self.app_client.open(path, method=method, headers=headers, data=body)
        if self.is_cut:
            raise ConnectionError("the link is gone, and the answer with it")
        return answer.status_code, answer.headers, answer.data


@pytest.fixture
def county_server(session, county, clock):
    prepare_server(session, clock())
    return county


@pytest.fixture
def device_code(at_desk, county_server):
    """The 24 characters that the desk shows for somebody, as they stand in the QR."""

    def ask(who="caseworker"):
        answer = at_desk("administrator").post(f"/admin/people/{getattr(county_server, f'{who}_id')}/device-code")
        return "https://phone.example/#" + "".join(re.findall(r"<span>(\w{4})</span>", answer.text))

    return ask


@pytest.fixture
def new_client(phone, clock):
    seeds = iter(range(1, 99))
    return lambda: Client(Wire(phone), lambda: milliseconds(clock()), random.Random(next(seeds)).randbytes)


@pytest.fixture
def client(new_client, device_code):
    made = new_client()
    made.enrol(device_code(), "caseworker", str(factories.PASSWORD))
    return made


@pytest.fixture
def second_phone(client, new_client, county_server, session, clock):
    """Another phone of the same person. At the desk two people have to agree to one; that stands in test_admin.py."""

    def make():
        clock.advance(minutes=1)  # drafts come to a vault that was enrolled after the copy was taken
        made = new_client()
        code = issue_code(session, county_server, "caseworker", clock())
        identity = sealing.fingerprint(client.identity)
        made.enrol(f"https://phone.example/#{code}{identity}", "caseworker", str(factories.PASSWORD))
        made.exchange_all()
        return made

    return make


@pytest.fixture
def report(client, county):
    """What the head of a revision of the planned visit's F2 says, and its answers."""
    client.exchange_all()
    visit = client.held[f"case:{county.case_id}"]["visits"][0]
    plan = client.held[next(ref for ref in client.held if ref.startswith("plan:F2@"))]
    about = {
        "case_id": str(county.case_id), "visit_id": visit["visit_id"], "record_id": str(client.new_id()),
        "form": "F2", "form_version": plan["version"],
    }  # fmt: skip
    return about, reports.investigation(county.subject_id)
