"""docs/sealing.md gives the sizes that are measured, the field names that are read, and tests that exist."""

import json
import re
from pathlib import Path

import pytest

from sebrus.sealing import Binding, KeeperKey, SeatOnChain, encode_opening, release, seal

HERE = Path(__file__).parent
DOCS = (HERE.parents[1] / "docs" / "sealing.md").read_text()


@pytest.mark.parametrize("verdicts", [256, 1_024])
def test_sizes(binding: Binding, keepers: list[KeeperKey], verdicts: int) -> None:
    opening = encode_opening(binding.seat, bytes(32), [0] * (verdicts // 256))
    sealed = seal(opening, binding, [key.public for key in keepers], 2)
    assert f"| {verdicts:,} | {len(opening)} bytes | {len(sealed.to_json()):,} bytes |" in DOCS


def test_what_more_keepers_and_verdicts_add(binding: Binding, revealing: SeatOnChain) -> None:
    keys = [KeeperKey.generate() for _ in range(16)]
    public = [key.public for key in keys]

    def size(words: int, count: int) -> int:
        return len(seal(encode_opening(3, bytes(32), [0] * words), binding, public[:count], 1).to_json())

    assert (
        f"Each further keeper adds {size(1, 4) - size(1, 3)} bytes, each further 256 verdicts {size(2, 3) - size(1, 3)}"
        in DOCS
    )
    assert size(18, 16) < 9_000
    share = release(seal(b"x", binding, public[:1], 1), keys[0], revealing)
    assert f"{len(json.dumps(share.to_dict(), separators=(',', ':')))} bytes" in DOCS


def test_every_field_stands_in_the_docs(binding: Binding, keepers: list[KeeperKey]) -> None:
    envelope = seal(b"x", binding, [keepers[0].public], 1).to_dict()
    for name in (*envelope, *envelope["binding"], *envelope["shares"][0]):
        assert f"`{name}`" in DOCS


def test_the_tests_it_names_exist() -> None:
    sources = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", DOCS)
    assert len(named) > 10
    assert all(f"def {name}(" in sources for name in named)
