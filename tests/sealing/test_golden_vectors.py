"""Envelopes that another implementation makes, byte for byte, are opened by the keeper here.

`web/src/sealing/envelope.test.ts` makes those of `tests/vectors/sealed.json` in TypeScript.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sebrus.sealing import KeeperKey, SealedOpening, SealingError, SeatOnChain, decode_opening, release, unseal

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sealed.json").read_text())
CASES = [VECTORS[f"case{number}"] for number in range(VECTORS["cases"])]


def seen(sealed: SealedOpening) -> SeatOnChain:
    """All 32 seats have committed."""
    return SeatOnChain(sealed.binding, seats=32, committed=2**32 - 1, commit_deadline=1000, now=500)


@pytest.mark.parametrize("case", CASES)
def test_a_keeper_opens_what_a_browser_sealed(case):
    sealed = SealedOpening.from_json(case["envelope"])
    keeper = KeeperKey.from_bytes(bytes.fromhex(case["keeper_private"][2:]))
    assert "0x" + keeper.public.hex() == case["keeper"]
    opening = unseal(sealed, [release(sealed, keeper, seen(sealed))], sealed.binding)
    assert "0x" + opening.hex() == case["opening"]
    found = decode_opening(opening)
    assert (found.seat, "0x" + found.salt.hex()) == (int(case["seat"]), case["salt"])
    assert [f"0x{word:064x}" for word in found.verdicts] == case["verdicts"]


@pytest.mark.parametrize("case", CASES)
def test_another_keeper_does_not(case):
    sealed = SealedOpening.from_json(case["envelope"])
    with pytest.raises(SealingError):
        release(sealed, KeeperKey.from_bytes(b"\x07" * 32), seen(sealed))
