"""Keys of people: names and addresses are sealed with a key per person, and erased by forgetting the key.

A sealed text is base64 of a version byte, 12 random bytes (the nonce) and an AES-256-GCM ciphertext of the
JSON `[name, email]`. The version byte is authenticated with it, so that a later form cannot be passed off as
this one.
"""

import base64
import binascii
import os

import orjson
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_log = structlog.get_logger()

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealedTextError(Exception):
    """A sealed text cannot be opened: it is damaged, or the key is another person's."""


def new_key() -> bytes:
    """Return a fresh key of 32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, name: str, email: str) -> str:
    """Return the sealed text of a name and an address; every call gives another one."""
    nonce = os.urandom(_NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, orjson.dumps([name, email]), _VERSION)
    return base64.b64encode(_VERSION + nonce + ciphertext).decode()


def open_sealed(key: bytes, sealed: str) -> tuple[str, str]:
    """Return the name and the address in a sealed text.

    Raises:
        SealedTextError: the text is damaged, of an unknown version, or sealed with another key.
    """
    try:
        content = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealedTextError("a sealed text is not base64") from error
    version, rest = content[:1], content[1:]
    if version != _VERSION:
        raise SealedTextError("a sealed text is of an unknown version")
    try:
        name, email = orjson.loads(AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _VERSION))
    except (InvalidTag, ValueError) as error:
        # Neither the key nor the text belongs into a message that ends up in a log.
        raise SealedTextError("a sealed text cannot be opened with this key") from error
    return name, email


def open_name(sealed: str, key: bytes) -> tuple[str, str] | None:
    """Answer the name and the address in a sealed text, None when it cannot be opened, which is logged."""
    try:
        return open_sealed(key, sealed)
    except SealedTextError as error:
        # A name that cannot be read is shown like an erased one; everything else stays readable.
        _log.error("a name cannot be opened", exc_info=error)
        return None
