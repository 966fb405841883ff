"""Keys are made once, the private one for its owner alone, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from deploy.commands.receipts_key import command
from deploy.errors import UserError
from deploy.receipts.keys import holds, public_hex, read_private, read_public


@pytest.fixture
def private(tmp_path: Path) -> Path:
    path = tmp_path / "mine.pem"
    done = CliRunner().invoke(command, ["--out", str(path)], standalone_mode=False)
    assert done.return_value == 0, done.output
    assert read_public(path.with_suffix(".pub.pem")) in done.output
    return path


def test_the_private_key_is_for_its_owner_alone(private: Path) -> None:
    assert private.stat().st_mode & 0o777 == 0o600
    public = read_public(private.with_suffix(".pub.pem"))
    assert public_hex(read_private(private).public_key()) == public


def test_nothing_is_written_over(private: Path) -> None:
    public = private.with_suffix(".pub.pem")
    before = private.read_bytes(), public.read_bytes()
    for other in (public, private):
        done = CliRunner().invoke(command, ["--out", str(private)], standalone_mode=False)
        assert isinstance(done.exception, UserError) and "is there already" in str(done.exception)
        assert (private.read_bytes(), public.read_bytes()) == before
        other.rename(other.with_name("away"))
        done = CliRunner().invoke(command, ["--out", str(private)], standalone_mode=False)
        assert isinstance(done.exception, UserError) and not other.exists()
        other.with_name("away").rename(other)


def test_a_signature_holds_for_its_key_and_its_bytes_alone(private: Path) -> None:
    key = read_private(private)
    public, signature = public_hex(key.public_key()), key.sign(b"bytes")
    assert holds(public, signature, b"bytes")
    assert not holds(public, signature, b"Bytes")
    assert not holds(public, signature[:-1], b"bytes")
    assert not holds(public[:-2] + ("00" if public[-2:] != "00" else "01"), signature, b"bytes")
    assert not holds("00" * 32, bytes(64), b"bytes"), "a key of low order signs nothing"


def test_other_files_are_no_keys(private: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    curve = generate_private_key(SECP256R1())
    plain = (Encoding.PEM, PrivateFormat.PKCS8)
    locked = read_private(private).private_bytes(*plain, BestAvailableEncryption(b"word"))
    for data in (b"", b"text", locked, curve.private_bytes(*plain, NoEncryption())):
        other.write_bytes(data)
        with pytest.raises(UserError, match="no private Ed25519 key"):
            read_private(other)
    told = curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for data in (b"", told, private.read_bytes()):
        other.write_bytes(data)
        with pytest.raises(UserError, match="no public Ed25519 key"):
            read_public(other)
    with pytest.raises(UserError):
        read_private(tmp_path / "nowhere.pem")
