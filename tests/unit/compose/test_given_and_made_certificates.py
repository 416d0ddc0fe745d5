"""The certificate of nginx: a given one wins, a made one is kept while it is good."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from compose import certificate, prepare
from tests.unit.compose.conftest import Host


def certified(host: Host) -> certificate.Pair:
    return host.out("nginx", "tls.crt"), host.out("nginx", "tls.key")


def test_a_made_certificate_is_kept_while_it_is_good(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example, www.films.example,")
    assert host.run()[0] == 0
    first = certified(host)
    assert certificate.fits(first)
    assert certificate.still_good(first, ["films.example", "www.films.example"])
    host.run()
    assert certified(host) == first
    now = certificate._now()
    monkeypatch.setattr(certificate, "_now", lambda: now + timedelta(days=336))  # 29 are left
    host.run()
    assert certified(host) != first


@pytest.mark.parametrize("names", ["films.example,other.example", "films"])
def test_other_names_are_another_certificate(
    host: Host, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example")
    host.run()
    first = certified(host)
    monkeypatch.setenv("TLS_NAMES", names)
    host.run()
    assert certified(host) != first
    assert certificate.still_good(certified(host), names.split(","))


def test_a_key_of_another_certificate_is_not_kept(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run may break off between the two files."""
    monkeypatch.setenv("TLS_NAMES", "films.example")
    host.run()
    prepare.write(host.folder / "kept/tls.key", certificate.make(["films.example"])[1], 0)
    host.run()
    assert certificate.fits(certified(host))


def test_a_given_certificate_wins_whatever_its_names(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example")
    chain, key = certificate.make(["*.example"])
    host.give("tls.crt", chain)
    host.give("tls.key", key)
    assert host.run()[0] == 0
    assert certified(host) == (chain, key)
    assert not (host.folder / "kept/tls.crt").exists()


def of_another() -> bytes:
    return certificate.make(["films.example"])[1].encode()


def locked() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password"),
    )


@pytest.mark.parametrize("key", [None, b"", b"no PEM", b"\xff", of_another(), locked()])
def test_a_given_certificate_without_its_key_is_an_error(
    host: Host, monkeypatch: pytest.MonkeyPatch, key: bytes | None
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example")
    host.give("tls.crt", certificate.make(["films.example"])[0])
    if key is not None:
        host.give("tls.key", key)
    before = host.all()
    code, said, complained = host.run()
    assert (code, said) == (1, "")
    assert complained == "secrets/tls.crt and tls.key: no PEM, or not of one another\n"
    assert host.all() == before


def test_without_tls_a_certificate_is_nobodys_concern(host: Host) -> None:
    host.give("tls.crt", "no PEM")
    assert host.run()[0] == 0
    assert not list((host.folder / "out/nginx").iterdir())
