"""The local certificate authority: what it signs, that browsers can verify it, and that it speaks for nobody else."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from fieldapp.crypto import localca

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def verify(files, subject, certificate=None):
    authority = x509.load_pem_x509_certificate(files.authority_file.read_bytes())
    certificate = certificate or x509.load_pem_x509_certificate(files.certificate_file.read_bytes())
    verifier = PolicyBuilder().store(Store([authority])).time(NOW).build_server_verifier(subject)
    return verifier.verify(certificate, [])


@pytest.fixture
def files(tmp_path):
    return localca.make(tmp_path / "tls", ["192.168.1.20", "203.0.113.5"], NOW)


def test_a_certificate_holds_for_localhost_and_private_addresses(files):
    for subject in (
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("192.168.1.20")),
        x509.IPAddress(ip_address("::1")),
    ):
        assert len(verify(files, subject)) == 2
    for subject in (x509.DNSName("desk.example"), x509.IPAddress(ip_address("203.0.113.5"))):
        with pytest.raises(VerificationError):
            verify(files, subject)


def test_a_server_can_be_started_with_it_and_keys_are_private(files):
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate_file, files.key_file)
    for key in files.key_file.parent.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_authority_stays_and_a_certificate_is_renewed_only_when_needed(files):
    folder = files.authority_file.parent
    authority, first = files.authority_file.read_bytes(), files.certificate_file.read_bytes()
    # The same addresses: nothing is made
    localca.make(folder, ["192.168.1.20"], NOW + timedelta(days=300))
    assert files.certificate_file.read_bytes() == first
    # Another address, or near its end: a new certificate under the same authority
    localca.make(folder, ["192.168.1.21"], NOW)
    second = files.certificate_file.read_bytes()
    localca.make(folder, ["192.168.1.21"], NOW + timedelta(days=380))
    third = files.certificate_file.read_bytes()
    assert len({first, second, third}) == 3 and files.authority_file.read_bytes() == authority


def test_it_speaks_for_names_below_localhost_and_refuses_any_other(files):
    folder = files.authority_file.parent
    localca.make(folder, [], NOW, hosts=["phone.localhost", "desk.localhost"])
    for host in ("localhost", "phone.localhost", "desk.localhost"):
        assert len(verify(files, x509.DNSName(host))) == 2
    with pytest.raises(VerificationError):
        verify(files, x509.DNSName("other.localhost"))
    with pytest.raises(ValueError):
        localca.make(folder, [], NOW, hosts=["desk.example"])


def test_the_authority_cannot_speak_for_another_site(files):
    # Given somebody who stole its key and signs a name of the open internet
    folder = files.authority_file.parent
    stolen = localca._load_key(folder / "authority.key")
    authority = x509.load_pem_x509_certificate(files.authority_file.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    forged = (
        localca._builder(key, name, authority.subject, NOW, 90)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bank.example")]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(stolen.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(stolen, SHA256())
    )
    # Then no phone that trusts it believes that
    with pytest.raises(VerificationError, match="constraint"):
        verify(files, x509.DNSName("bank.example"), forged)
