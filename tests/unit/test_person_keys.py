import base64

import pytest

from service.person_keys import SealedTextError, new_key, open_sealed, seal


def test_what_is_sealed_opens_with_its_key():
    key = new_key()

    assert open_sealed(key, seal(key, "Petr Novák", "petr@sales.example")) == ("Petr Novák", "petr@sales.example")


def test_a_sealed_text_shows_neither_name_nor_address():
    sealed = base64.b64decode(seal(new_key(), "Petr", "petr@sales.example"))

    assert b"Petr" not in sealed
    assert b"petr" not in sealed


def test_keys_have_256_bits_and_differ():
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


def test_sealing_twice_gives_two_texts():
    key = new_key()

    assert seal(key, "Anna", "anna@sales.example") != seal(key, "Anna", "anna@sales.example")


def test_another_key_does_not_open_it():
    sealed = seal(new_key(), "Anna", "anna@sales.example")

    with pytest.raises(SealedTextError, match="cannot be opened with this key"):
        open_sealed(new_key(), sealed)


@pytest.mark.parametrize("place", range(0, 50, 7))
def test_a_changed_byte_is_noticed(place: int):
    key = new_key()
    content = bytearray(base64.b64decode(seal(key, "Anna Berg", "anna@sales.example")))
    content[place] ^= 1

    with pytest.raises(SealedTextError):
        open_sealed(key, base64.b64encode(bytes(content)).decode())


@pytest.mark.parametrize("text", ["", "no base64!", "AQ==", "AQAAAA=="])
def test_what_is_no_sealed_text_is_refused(text: str):
    with pytest.raises(SealedTextError):
        open_sealed(new_key(), text)
