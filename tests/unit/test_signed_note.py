"""Signed notes and their keys, held against the vectors of golang.org/x/mod/sumdb/note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.signed_note import MAX_NOTE_BYTES, MAX_SIGNATURES, SignedNoteError, SignerKey, VerifierKey, open_note

PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_SIGNATURE = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"


def opened(note: str, key: str = PETER) -> str:
    return open_note(note.encode(), VerifierKey.parse(key))


def test_keys_are_read_and_written_as_published():
    signer = SignerKey.parse(PETER_PRIVATE)
    assert signer.exported() == PETER_PRIVATE
    assert str(signer.verifier) == PETER
    assert VerifierKey.parse(PETER) == signer.verifier
    assert str(VerifierKey.parse(ENOCH)) == ENOCH


def test_a_text_is_signed_as_published():
    assert SignerKey.parse(PETER_PRIVATE).sign(TEXT) == TEXT + "\n" + PETER_SIGNATURE


def test_published_notes_are_opened_with_the_keys_that_signed_them():
    both = TEXT + "\n" + PETER_SIGNATURE + ENOCH_SIGNATURE
    assert opened(both, PETER) == opened(both, ENOCH) == opened(TEXT + "\n" + ENOCH_SIGNATURE, ENOCH) == TEXT
    assert opened(TEXT + "\n" + PETER_SIGNATURE * 3) == TEXT


def test_a_text_may_have_empty_lines():
    text = "a\n\n\nb\n\n"
    assert opened(SignerKey.parse(PETER_PRIVATE).sign(text)) == text


def test_a_new_key_signs_what_its_public_half_opens():
    first, second = SignerKey.new("okr.example.com/ledger"), SignerKey.new("okr.example.com/ledger")
    assert first.seed != second.seed
    read = SignerKey.parse(first.exported())
    assert read == first
    note = read.sign("Grüße 大きい\n").encode()
    assert open_note(note, VerifierKey.parse(str(first.verifier))) == "Grüße 大きい\n"
    with pytest.raises(SignedNoteError, match="not signed by"):
        open_note(note, second.verifier)


def test_a_private_key_does_not_show_itself():
    key = SignerKey.parse(PETER_PRIVATE)
    assert PETER_PRIVATE[-44:] not in f"{key} {key!r}"
    assert str(key.seed) not in f"{key} {key!r}"


@pytest.mark.parametrize("name", ["", " ", "a b", "a+b", "a\nb", "a\u00a0b", "a\x01b"])
def test_what_is_no_name_makes_no_key(name: str):
    with pytest.raises(SignedNoteError, match="a key's name"):
        SignerKey.new(name)


def mangled(text: str) -> list[str]:
    """Every part of a text, and the text with each character raised by one."""
    parts = [text[start:end] for start in range(len(text) + 1) for end in range(start, len(text) + 1)]
    raised = [text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))]
    return [each for each in (*parts, *raised) if each != text]


def test_no_mangled_key_is_read():
    for each in mangled(PETER):
        with pytest.raises(SignedNoteError):
            VerifierKey.parse(each)
    for each in mangled(PETER_PRIVATE):
        with pytest.raises(SignedNoteError):
            SignerKey.parse(each)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "not a public key"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not one of Ed25519"),
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "does not belong"),
        (PETER_PRIVATE, "not a public key"),
        ("", "not a public key"),
    ],
)
def test_what_is_no_public_key_is_refused(key: str, message: str):
    with pytest.raises(SignedNoteError, match=message):
        VerifierKey.parse(key)


def test_no_message_about_a_private_key_holds_a_part_of_it():
    for each in mangled(PETER_PRIVATE):
        with pytest.raises(SignedNoteError) as caught:
            SignerKey.parse(each)
        assert PETER_PRIVATE[-20:-10] not in str(caught.value)


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + PETER_SIGNATURE,
        TEXT + "\n" + PETER_SIGNATURE[:-1],
        "\x01" + TEXT + "\n" + PETER_SIGNATURE,
        TEXT + "\n" + PETER_SIGNATURE.replace("PeterNeumann", "Bad Name"),
        TEXT + "\n" + PETER_SIGNATURE + "Unexpected line.\n",
        TEXT + "\n" + PETER_SIGNATURE * (MAX_SIGNATURES + 1),
        TEXT + "\n" + PETER_SIGNATURE + "— EnochRoot rwz+eA==\n",
        TEXT + "\r\n" + PETER_SIGNATURE,
        TEXT * (MAX_NOTE_BYTES // len(TEXT)) + "\n" + PETER_SIGNATURE,
    ],
)
def test_what_is_no_note_is_refused(note: str):
    with pytest.raises(SignedNoteError, match="note"):
        opened(note)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(SignedNoteError, match="not UTF-8"):
        open_note(b"\xff" + TEXT.encode() + b"\n" + PETER_SIGNATURE.encode(), VerifierKey.parse(PETER))


@pytest.mark.parametrize(
    ("note", "message"),
    [
        (TEXT + "\n" + ENOCH_SIGNATURE, "not signed by PeterNeumann"),
        (TEXT + "\n" + ENOCH_SIGNATURE.replace("EnochRoot", "PeterNeumann"), "not signed by PeterNeumann"),
        (TEXT + "\n" + PETER_SIGNATURE.replace("PeterNeumann", "Peter"), "not signed by PeterNeumann"),
        (TEXT.replace("think", "thimk") + "\n" + PETER_SIGNATURE, "the signature is not that of PeterNeumann"),
        (TEXT + "\n" + PETER_SIGNATURE[:60] + "ABCD" + PETER_SIGNATURE[60:], "the signature is not that of PeterNeumann"),
        (TEXT + "\n" + PETER_SIGNATURE + PETER_SIGNATURE.replace("ZJku", "ZJkv"), "the signature is not that of PeterNeumann"),
    ],
)
def test_a_note_that_the_key_has_not_signed_is_refused(note: str, message: str):
    with pytest.raises(SignedNoteError, match=message):
        opened(note)


@given(data=st.data())
def test_a_flipped_bit_anywhere_in_a_note_is_found(data: st.DataObject):
    note = bytearray((TEXT + "\n" + PETER_SIGNATURE).encode())
    note[data.draw(st.integers(0, len(note) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SignedNoteError):
        open_note(bytes(note), VerifierKey.parse(PETER))


@given(content=st.binary(max_size=300), text=st.text(max_size=300))
def test_any_note_and_key_get_an_answer(content: bytes, text: str):
    with pytest.raises(SignedNoteError):
        open_note(content, VerifierKey.parse(PETER))
    with pytest.raises(SignedNoteError):
        VerifierKey.parse(text)
    with pytest.raises(SignedNoteError):
        SignerKey.parse(text)


@pytest.mark.parametrize("text", ["", "no line break", "a\tb\n", "a\x00b\n"])
def test_what_no_note_can_hold_is_not_signed(text: str):
    with pytest.raises(SignedNoteError, match="the text of a note"):
        SignerKey.parse(PETER_PRIVATE).sign(text)
