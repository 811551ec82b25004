"""Both halves of the contract are shipped together, fit a chain, and are one interface."""

from __future__ import annotations

from sebrus.chain.artifact import artifact

LARGEST_CONTRACT = 24_576  # bytes, EIP-170
SECOND_HALF = {"reveal", "conclude", "appeal", "startAppeal", "finalize"}


def names(kind):
    return [entry["name"] for entry in artifact()["abi"] if entry["type"] == kind]


def test_both_halves_come_from_the_same_sources():
    first, second = artifact("Sebrus"), artifact("Judgement")
    for field in ("sourceHash", "compiler"):
        assert first[field] == second[field], "run `make artifacts` and commit the result"


def test_both_halves_fit_a_chain():
    for name in ("Sebrus", "Judgement"):
        assert len(artifact(name)["deployedBytecode"]) // 2 - 1 <= LARGEST_CONTRACT, name


def test_the_interface_has_the_functions_of_both_halves_once():
    assert set(names("function")) >= SECOND_HALF | {"submit", "commit", "draw", "multicall"}
    for kind in ("function", "event", "error"):
        assert len(names(kind)) == len(set(names(kind)))
