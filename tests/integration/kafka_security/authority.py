"""Certificates of our own making: who signs, and a broker that is `localhost` and nobody else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAME = "localhost"


def sign(folder: Path) -> tuple[Path, Path]:
    """The signer's certificate, and the broker's key store (key, then certificates), both PEM."""
    signer, broker = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    above = _certificate("a signer of tests", signer, "a signer of tests", signer, signs=True)
    below = _certificate(NAME, broker, "a signer of tests", signer, signs=False)
    ca, store = folder / "ca.pem", folder / "broker.pem"
    ca.write_bytes(above.public_bytes(Encoding.PEM))
    key = broker.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    store.write_bytes(key + below.public_bytes(Encoding.PEM) + ca.read_bytes())
    return ca, store


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuers_key: ec.EllipticCurvePrivateKey,
    signs: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        .sign(issuers_key, SHA256())
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
