"""Signed notes: texts with Ed25519 signatures, in the form of https://c2sp.org/signed-note.

A key is written as Go's `sumdb/note` writes it: `<name>+<key id>+<base64 of 01 and the public key>`; the private one
has `PRIVATE+KEY+` before it and the seed in the place of the public key.
"""

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100

_ED25519 = b"\x01"
_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_PRIVATE = "PRIVATE+KEY+"
_NAME = r"[^\s+\x00-\x1f]+"
_BASE64 = r"[A-Za-z0-9+/]+={0,2}"
_KEY = re.compile(rf"({_NAME})\+([0-9a-f]{{8}})\+({_BASE64})")
_SIGNATURE = re.compile(rf"— ({_NAME}) ({_BASE64})\n")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class SignedNoteError(ValueError):
    """A key or a note is malformed, or a note is not signed by a key; no message holds any part of a private key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public half of a key, for everybody."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public key.

        Raises:
            SignedNoteError: it is none.
        """
        name, key_id, public_key = _parsed_key(text, "a public key, NAME+KEY ID+BASE64")
        key = cls(name=name, public_key=public_key)
        if key.key_id != key_id:
            raise SignedNoteError("the id of the public key does not belong to its name and bytes")
        return key

    @property
    def key_id(self) -> bytes:
        """What a signature names the key by, beside its name: four bytes."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_KEY_ID_BYTES]

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Say whether a signature of a text is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        """Write the key as `parse` reads it."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(_ED25519 + self.public_key)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """The private half of a key, to be kept secret."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str) -> Self:
        """Make a key under a name.

        Raises:
            SignedNoteError: the name is empty, or holds a space, a plus or a control character.
        """
        if re.fullmatch(_NAME, name) is None:
            raise SignedNoteError("a key's name is not empty and holds neither spaces nor a plus, such as okr.example.com")
        return cls(name=name, seed=os.urandom(_KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a private key.

        Raises:
            SignedNoteError: it is none.
        """
        wanted = "a private key, PRIVATE+KEY+NAME+KEY ID+BASE64"
        if not text.startswith(_PRIVATE):
            raise SignedNoteError(f"this is not {wanted}")
        name, key_id, seed = _parsed_key(text.removeprefix(_PRIVATE), wanted)
        key = cls(name=name, seed=seed)
        if key.verifier.key_id != key_id:
            raise SignedNoteError("the id of the private key does not belong to its name and bytes")
        return key

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public_key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(name=self.name, public_key=public_key)

    def exported(self) -> str:
        """Write the key as `parse` reads it: the secret itself, so on purpose not what `str` answers."""
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{_encoded(_ED25519 + self.seed)}"

    def sign(self, text: str) -> str:
        """Return the note of a text.

        Raises:
            SignedNoteError: the text does not end with a line break, or holds control characters.
        """
        if not text.endswith("\n") or _CONTROL.search(text):
            raise SignedNoteError("the text of a note ends with a line break and holds no other control characters")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {_encoded(self.verifier.key_id + signature)}\n"


def open_note(content: bytes, key: VerifierKey) -> str:
    """Return the text of a note that a key has signed. Signatures by other keys are passed over.

    Raises:
        SignedNoteError: the note is malformed, the key has not signed it, or its signature is not of this text.
    """
    text, signatures = _parted(content)
    own = [signature for name, key_id, signature in signatures if (name, key_id) == (key.name, key.key_id)]
    if not own:
        raise SignedNoteError(f"the note is not signed by {key.name}+{key.key_id.hex()}")
    if not all(key.verifies(text.encode(), signature) for signature in own):
        raise SignedNoteError(f"the signature is not that of {key.name}+{key.key_id.hex()} on this text")
    return text


def _parted(content: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Answer the text of a note, and of each signature the name and the id of its key and what they signed with."""
    if len(content) > MAX_NOTE_BYTES:
        raise SignedNoteError(f"a note is no longer than {MAX_NOTE_BYTES} bytes")
    try:
        note = content.decode()
    except UnicodeDecodeError as error:
        raise SignedNoteError("the note is not UTF-8") from error
    text, parting, lines = note.rpartition("\n\n")
    signature_lines = lines.splitlines(keepends=True)
    found = [_SIGNATURE.fullmatch(line) for line in signature_lines[:MAX_SIGNATURES]]
    if _CONTROL.search(note) or not parting or not found or len(signature_lines) > MAX_SIGNATURES:
        raise SignedNoteError("this is not a signed note")
    signatures: list[tuple[str, bytes, bytes]] = []
    for signature in found:
        decoded = b"" if signature is None else _decoded(signature[2])
        if signature is None or len(decoded) <= _KEY_ID_BYTES:
            raise SignedNoteError("a signature of the note is malformed")
        signatures.append((signature[1], decoded[:_KEY_ID_BYTES], decoded[_KEY_ID_BYTES:]))
    return text + "\n", signatures


def _parsed_key(text: str, wanted: str) -> tuple[str, bytes, bytes]:
    found = _KEY.fullmatch(text)
    content = b"" if found is None else _decoded(found[3])
    if found is None or len(content) != len(_ED25519) + _KEY_BYTES:
        raise SignedNoteError(f"this is not {wanted}")
    if not content.startswith(_ED25519):
        raise SignedNoteError("the key is not one of Ed25519")
    return found[1], bytes.fromhex(found[2]), content.removeprefix(_ED25519)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: str) -> bytes:
    """Decode base64 in its one spelling; empty where it is another."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
    return content if _encoded(content) == text else b""
