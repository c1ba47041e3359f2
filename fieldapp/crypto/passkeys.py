"""Passkeys (WebAuthn level 3): what a browser is asked for, and whether what it brought back holds.

A passkey of ours always asks its holder for a PIN or a finger (user verification): so it is two factors at once, and
opens the desk alone. Attestation is not asked for: which maker's key somebody holds is none of our business.
"""

import json
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CHALLENGE_BYTES = 32
ANSWER_CHARS_MAX = 16_000
_VERIFIED = UserVerificationRequirement.REQUIRED


class Refused(Exception):
    """The answer of the browser does not hold."""


@dataclass(frozen=True)
class Place:
    """Where a passkey is good for: the name of this desk, and its whole origin."""

    name: str
    origin: str


@dataclass(frozen=True)
class NewPasskey:
    credential_id: bytes
    public_key: bytes  # COSE
    sign_count: int


@dataclass(frozen=True)
class Presented:
    """What an answer claims, before it was checked: which passkey, and whom it belongs to."""

    credential_id: bytes
    holder: bytes | None


def creation(
    place: Place, challenge: bytes, holder: bytes, login: str, name: str, known: list[bytes]
) -> dict[str, Any]:
    """Options for navigator.credentials.create, as JSON; `known` are hers already and are not made twice."""
    options = webauthn.generate_registration_options(
        rp_id=place.name,
        rp_name="FieldApp",
        user_id=holder,
        user_name=login,
        user_display_name=name,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
        ),
    )
    return _plain(webauthn.options_to_json(options))


def request(place: Place, challenge: bytes, known: list[bytes]) -> dict[str, Any]:
    """Options for navigator.credentials.get, as JSON; an empty `known` lets the browser offer what it holds for us."""
    options = webauthn.generate_authentication_options(
        rp_id=place.name,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in known],
        user_verification=_VERIFIED,
    )
    return _plain(webauthn.options_to_json(options))


def created(place: Place, challenge: bytes, answer: str) -> NewPasskey:
    """The passkey that was made. Raises Refused."""
    try:
        made = webauthn.verify_registration_response(
            credential=_plain(answer),
            expected_challenge=challenge,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("the browser made no passkey that we can take") from error
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def presented(answer: str) -> Presented:
    """Which passkey an answer says it is of. Raises Refused for what is no answer."""
    try:
        said = webauthn.helpers.parse_authentication_credential_json(_plain(answer))
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("this is no answer of a passkey") from error
    return Presented(said.raw_id, said.response.user_handle)


def count_of(place: Place, challenge: bytes, answer: str, public_key: bytes) -> int:
    """The counter of an answer that holds for this challenge, place and key. Raises Refused.

    Whether the counter went on is the caller's to judge: one that did not is news, not a wrong answer.
    """
    try:
        checked = webauthn.verify_authentication_response(
            credential=_plain(answer),
            expected_challenge=challenge,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("the answer of the passkey does not hold") from error
    return checked.new_sign_count


def _plain(text: str) -> dict[str, Any]:
    if len(text) > ANSWER_CHARS_MAX:
        raise ValueError("longer than any passkey answers")
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("an answer is an object")
    return said
