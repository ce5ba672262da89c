from owlpost.keyed_hashes import CodeHashes, token_hash


def test_a_code_is_bound_to_its_address_and_to_our_keys() -> None:
    hashes = CodeHashes(["the newest key", "an older key"])
    stored = hashes.hash("ada@people.example", "123456")
    assert hashes.matches("ada@people.example", "123456", stored)
    assert not hashes.matches("ada@people.example", "123457", stored)
    assert not hashes.matches("bo@people.example", "123456", stored)
    assert not CodeHashes(["another key"]).matches("ada@people.example", "123456", stored)


def test_a_code_outlives_the_rotation_of_its_key() -> None:
    stored = CodeHashes(["an older key"]).hash("ada@people.example", "123456")
    assert CodeHashes(["the newest key", "an older key"]).matches("ada@people.example", "123456", stored)


def test_any_text_can_be_hashed() -> None:
    assert len(token_hash("\ud800")) == 64
    assert not CodeHashes(["key"]).matches("ada@people.example", "\ud800", "0" * 64)
