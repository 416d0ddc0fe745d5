"""The certificate that nginx shows: the operator's own, else one signed by itself.

What a self-signed one encrypts is safe from listeners, not from who answers in nginx's place.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_FOR = timedelta(days=365)
RENEWED_BEFORE = timedelta(days=30)

FILES = ("tls.crt", "tls.key")

Pair = tuple[str, str]
"""Certificate chain and private key, PEM."""


def read(folder: Path) -> Pair | None:
    with suppress(FileNotFoundError):
        chain, key = ((folder / name).read_text(errors="replace") for name in FILES)
        return chain, key
    return None


def fits(pair: Pair) -> bool:
    """Whether the key is the certificate's, and can be read without a password."""
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        certificate = x509.load_pem_x509_certificate(pair[0].encode())
        key = serialization.load_pem_private_key(pair[1].encode(), password=None)
        return certificate.public_key() == key.public_key()
    return False


def still_good(pair: Pair, names: list[str]) -> bool:
    """Whether a certificate is for exactly these names, for some time yet; and the key's, for a
    run may have broken off between the two."""
    if not fits(pair):
        return False
    certificate = x509.load_pem_x509_certificate(pair[0].encode())
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    until = certificate.not_valid_after_utc - RENEWED_BEFORE
    return alternatives.value.get_values_for_type(x509.DNSName) == names and _now() < until


def make(names: list[str]) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - timedelta(minutes=5))
        .not_valid_after(_now() + VALID_FOR)
        .add_extension(alternatives, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _now() -> datetime:
    return datetime.now(UTC)
