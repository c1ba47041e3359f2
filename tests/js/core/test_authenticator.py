"""Opening by what an authenticator derives (WebAuthn PRF): tried with authenticators that the browser plays."""

from typing import Any

import pytest

# An authenticator stays with the window that it was given to.
pytestmark = [pytest.mark.browser, pytest.mark.own_window]
RUN = "async () => (await import('/tests/js/core/authenticator.js')).setAndOpen()"


def played(page: Any, **more: Any) -> None:
    """An authenticator of this phone, behind a finger that always fits."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True}
    finger = {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    client.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **finger, **more}})


def test_an_authenticator_opens_the_phone_without_a_link(js_page: Any) -> None:
    played(js_page, hasPrf=True)
    assert js_page.evaluate(RUN) == "open secret,prf 演示甲"


def test_an_authenticator_that_derives_nothing_is_refused(js_page: Any) -> None:
    played(js_page, hasPrf=False)
    assert js_page.evaluate(RUN) == "prf_missing"


def test_a_passkey_that_is_copied_to_a_cloud_is_refused(js_page: Any) -> None:
    played(js_page, hasPrf=True, defaultBackupEligibility=True, defaultBackupState=True)
    assert js_page.evaluate(RUN) == "prf_synced"
