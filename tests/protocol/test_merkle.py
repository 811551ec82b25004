"""The tree is OpenZeppelin's, and a proof proves one item and no other."""

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from sebrus.protocol import MerkleTree, batch_tree, item_leaf, keccak, merkle_root, task_tree, verify_proof

hashes = st.binary(min_size=32, max_size=32)
items = st.lists(st.tuples(hashes, st.integers(0, 65535)), min_size=1, max_size=40)


def test_root_of_the_published_example() -> None:
    """The example in the README of OpenZeppelin's merkle-tree package."""
    values = [("0x" + "11" * 20, 5 * 10**18), ("0x" + "22" * 20, 25 * 10**17)]
    leaves = [keccak(keccak(encode(["address", "uint256"], value))) for value in values]
    root = "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"
    assert merkle_root(leaves).hex() == root


@given(items)
def test_every_proof_verifies(batch: list[tuple[bytes, int]]) -> None:
    tree = batch_tree(batch)
    for index, (sha, label) in enumerate(batch):
        assert verify_proof(tree.root, item_leaf(index, sha, label), tree.proof(index))


@settings(max_examples=40)
@given(items, st.data())
def test_any_changed_bit_fails(batch: list[tuple[bytes, int]], data: st.DataObject) -> None:
    tree = batch_tree(batch)
    index = data.draw(st.integers(0, len(batch) - 1))
    sha, label = batch[index]
    leaf, proof = item_leaf(index, sha, label), tree.proof(index)
    parts = [tree.root, leaf, *proof]
    at = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    parts[at] = (int.from_bytes(parts[at], "big") ^ 1 << bit).to_bytes(32, "big")
    assert not verify_proof(parts[0], parts[1], parts[2:])


@given(items, st.data())
def test_another_place_or_label_fails(batch: list[tuple[bytes, int]], data: st.DataObject) -> None:
    tree = batch_tree(batch)
    index = data.draw(st.integers(0, len(batch) - 1))
    sha, label = batch[index]
    assert not verify_proof(tree.root, item_leaf(index + 1, sha, label), tree.proof(index))
    assert not verify_proof(tree.root, item_leaf(index, sha, label ^ 1), tree.proof(index))


def test_an_inner_node_is_no_leaf() -> None:
    """Leaves are hashed twice, so no item's encoding can equal a pair of nodes."""
    tree = batch_tree([(keccak(b"a"), 0), (keccak(b"b"), 1), (keccak(b"c"), 2)])
    assert len(tree) == 3
    assert tree.root not in {item_leaf(i, keccak(b"abc"[i : i + 1]), i) for i in range(3)}


def test_no_leaves_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one leaf"):
        MerkleTree([])


@pytest.mark.parametrize(("sha", "label"), [(b"short", 0), (bytes(32), 65536), (bytes(32), -1)])
def test_values_that_do_not_fit_are_refused(sha: bytes, label: int) -> None:
    with pytest.raises(ValueError, match=r"32 bytes|does not fit"):
        item_leaf(0, sha, label)


@given(items)
def test_a_task_is_the_same_tree_over_positions(pictures: list[tuple[bytes, int]]) -> None:
    tree = task_tree(pictures)
    sha, label = pictures[-1]
    assert verify_proof(tree.root, item_leaf(len(pictures) - 1, sha, label), tree.proof(len(pictures) - 1))
