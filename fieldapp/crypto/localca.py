"""A certificate authority for one machine in its own network: `make run TLS=1`, so that a real phone gets https.

A phone that trusts it trusts whoever holds its key. So the key stays beside the key ring, and the authority can speak
for `localhost` and private addresses alone (name constraints, RFC 5280 4.2.1.10): it is of no use against another site.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397  # browsers take no longer one
RENEW_BEFORE_DAYS = 30
_CLOCK_SKEW = timedelta(days=1)  # phones with a clock that is behind
_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Certificate:
    """Files in PEM. A phone installs `authority_file` once; the server reads the other two."""

    authority_file: Path
    certificate_file: Path
    key_file: Path


def make(folder: Path, addresses: Sequence[str], now: datetime | None = None, hosts: Sequence[str] = ()) -> Certificate:
    """The certificate for localhost and these addresses (public ones are left out), made or renewed where needed.

    The authority is made once and stays, so that phones need not be told again. `hosts` are names below localhost
    (`phone.localhost`), where this machine plays a server with names of its own; raises ValueError for any other.
    """
    if any(not host.endswith(".localhost") for host in hosts):
        raise ValueError("this authority speaks for localhost and private addresses alone")
    now = now or datetime.now(UTC)
    files = Certificate(folder / "authority.crt", folder / "server.crt", folder / "server.key")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key_file = folder / "authority.key"
    if not authority_key_file.exists() or not files.authority_file.exists():
        _make_authority(authority_key_file, files.authority_file, now)
    authority = x509.load_pem_x509_certificate(files.authority_file.read_bytes())
    names = _names(addresses)
    if not _still_good(files, authority, names, hosts, now):
        _make_certificate(files, authority, _load_key(authority_key_file), names, hosts, now)
    return files


def _names(addresses: Sequence[str]) -> list[IPv4Address | IPv6Address]:
    asked = {ip_address(address) for address in (*addresses, "127.0.0.1", "::1")}
    private = [one for one in asked if any(one in network for network in _NETWORKS if network.version == one.version)]
    return sorted(private, key=lambda one: (one.version, int(one)))


def _make_authority(key_file: Path, certificate_file: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FieldApp local network")])
    permitted: list[x509.GeneralName] = [x509.DNSName("localhost")]
    permitted += [x509.IPAddress(network) for network in _NETWORKS]
    certificate = (
        _builder(key, name, name, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    _write(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write(certificate_file, certificate.public_bytes(Encoding.PEM), 0o644)


def _make_certificate(
    files: Certificate,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    addresses: Sequence[IPv4Address | IPv6Address],
    hosts: Sequence[str],
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FieldApp")])
    named: list[x509.GeneralName] = [x509.DNSName(host) for host in ("localhost", *hosts)]
    named += [x509.IPAddress(address) for address in addresses]
    certificate = (
        _builder(key, name, authority.subject, now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(named), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, SHA256())
    )
    _write(files.key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write(files.certificate_file, certificate.public_bytes(Encoding.PEM), 0o644)


def _still_good(
    files: Certificate,
    authority: x509.Certificate,
    addresses: Sequence[IPv4Address | IPv6Address],
    hosts: Sequence[str],
    now: datetime,
) -> bool:
    if not files.certificate_file.exists() or not files.key_file.exists():
        return False
    certificate = x509.load_pem_x509_certificate(files.certificate_file.read_bytes())
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {*named.get_values_for_type(x509.IPAddress), *named.get_values_for_type(x509.DNSName)}
    lives = certificate.not_valid_after_utc - now > timedelta(days=RENEW_BEFORE_DAYS)
    return (
        lives
        and {*addresses, *hosts} <= covered
        and certificate.issuer == authority.subject
        and _signed(certificate, authority)
    )


def _signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # whatever is wrong with it, a new one is made
        return False
    return True


def _builder(
    key: ec.EllipticCurvePrivateKey, subject: x509.Name, issuer: x509.Name, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now - _CLOCK_SKEW + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _load_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{file} is not a key of ours: delete its folder, and phones must trust the new authority")
    return key


def _write(file: Path, content: bytes, mode: int) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
    beside.replace(file)
