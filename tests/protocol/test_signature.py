"""A signature or commitment counts for one thing only."""

from dataclasses import replace

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p
from sebrus.protocol.canonical import SECP256K1_ORDER

KEY = p.keccak(b"honest reviewer")
REVIEWER = Account.from_key(KEY).address
DOMAIN = p.Domain(1, p.checksum_address(p.keccak(b"contract")[12:]))
BALLOT = p.Ballot(bytes(32), 0, bytes(32), bytes(32), REVIEWER, p.bitmap_hash([1]), p.keccak(b"salt"))


def test_sign_and_recover() -> None:
    message = p.Withdraw(REVIEWER, 5, 0, 99)
    signature = p.sign(DOMAIN, message, KEY)
    assert len(signature) == 65
    assert p.recover_signer(DOMAIN, message, signature) == REVIEWER
    assert p.recover_signer(DOMAIN, replace(message, amount=6), signature) != REVIEWER
    stake = p.Stake(REVIEWER, 5, 0, 99)
    assert p.recover_signer(DOMAIN, stake, signature) != REVIEWER


def test_a_signature_that_the_contract_would_refuse_is_refused() -> None:
    """Anybody can write down the twin of a signature (EIP-2), and some wallets end it with 0 or 1."""
    signature = p.sign(DOMAIN, BALLOT, KEY)
    s = SECP256K1_ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    for bad in (twin, signature[:64] + bytes([signature[64] - 27]), signature[:64] + bytes([signature[64] + 8])):
        with pytest.raises(ValueError, match=r"sign again|27 or 28"):
            p.recover_signer(DOMAIN, BALLOT, bad)


def test_a_malformed_signature_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="65 bytes"):
        p.recover_signer(DOMAIN, BALLOT, b"\x01")


def test_a_copied_replayed_or_cross_round_commitment_does_not_open() -> None:
    other = p.checksum_address(p.keccak(b"copying reviewer")[12:])
    variants = [
        replace(BALLOT, reviewer=other),
        replace(BALLOT, round=1),
        replace(BALLOT, batch_id=p.keccak(b"another batch")),
        replace(BALLOT, panel_hash=p.panel_hash([other])),
        replace(BALLOT, screening=p.screening_word(p.keccak(b"another screening"), bytes(32))),
        replace(BALLOT, verdicts_hash=p.bitmap_hash([0])),
        replace(BALLOT, salt=p.keccak(b"another salt")),
    ]
    digests = {p.eip712_digest(DOMAIN, ballot) for ballot in [BALLOT, *variants]}
    digests.add(p.eip712_digest(replace(DOMAIN, chain_id=2), BALLOT))
    digests.add(p.eip712_digest(replace(DOMAIN, contract=other), BALLOT))
    assert len(digests) == len(variants) + 3


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(min_size=32, max_size=32)), max_size=6))
def test_the_running_digest_extends(entries: list[tuple[int, bytes]]) -> None:
    digest = p.ZERO32
    for seat, value in entries:
        digest = p.keccak(digest + seat.to_bytes(32, "big") + value)
    assert p.running_digest(entries) == digest
    assert p.running_digest(entries[1:], p.running_digest(entries[:1])) == digest


def test_addresses_have_the_capitals_of_eip55() -> None:
    address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # from EIP-55
    assert p.checksum_address(address.lower()) == address
    assert p.checksum_address(p.address_bytes(address)) == address
    for bad in ("0x12", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed00", "0x" + "g" * 40):
        with pytest.raises(ValueError, match="not an address"):
            p.checksum_address(bad)


def test_an_appeal_or_screening_of_another_round_is_another_message() -> None:
    appeal = p.Appeal(bytes(32), 0, REVIEWER, p.bitmap_hash([1]), 99)
    assert appeal.struct_hash != replace(appeal, round=1).struct_hash
    screening = p.Screening(bytes(32), 0, *[bytes(32)] * 6)
    other = p.keccak(b"changed")
    changed = [
        replace(screening, round=1),
        replace(screening, model_hash=other),
        replace(screening, scores_root=other),
        replace(screening, flags_hash=other),
        replace(screening, gold_hash=other),
        replace(screening, answers_hash=other),
        replace(screening, salt=other),
    ]
    assert len({message.struct_hash for message in [screening, *changed]}) == 8


def test_the_public_names_are_there() -> None:
    assert all(hasattr(p, name) for name in p.__all__)
