"""Ed25519 keys of those who export bundles, as PEM files (PKCS #8, SubjectPublicKeyInfo)."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from deploy.commands.strategy_files import read_bytes
from deploy.errors import UserError


def make_keys(private: Path) -> Path:
    """A new private key in that file, which only its owner may read, and the public one beside it,
    as NAME.pub.pem; where that is. What is there is never written over. Raises UserError."""
    public = private.with_suffix(".pub.pem")
    if public.exists():  # before the private one, which would be of no use alone
        raise UserError(f"{public} is there already: name another file.")
    key = Ed25519PrivateKey.generate()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_new(private, data, 0o600)
    told = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write_new(public, told, 0o644)
    return public


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise UserError(f"{path} is there already: name another file.") from None
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}.") from None


def read_private(path: Path) -> Ed25519PrivateKey:
    """Raises UserError."""
    try:
        key = load_pem_private_key(read_bytes(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(
            f"{path} is no private Ed25519 key without a passphrase: `peripheral receipts-key`"
            " makes one."
        )
    return key


def read_public(path: Path) -> str:
    """A public key's 32 bytes in hexadecimal. Raises UserError."""
    try:
        key = load_pem_public_key(read_bytes(path))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UserError(f"{path} is no public Ed25519 key in PEM: give the .pub.pem of the author.")
    return public_hex(key)


def public_hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()


def holds(public: str, signature: bytes, data: bytes) -> bool:
    """Whether the signature is that key's, of that data."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
