"""The draw of a panel: successive sampling in proportion to weight, one seat per account, no retries."""

from collections.abc import Collection, Iterable, Sequence
from itertools import count

from sebrus.protocol.keccak import ZERO_ADDRESS, bytes32_word, keccak, uint_word


def draw_entropy(block_hash: bytes, batch_id: bytes, round_: int) -> bytes:
    """Return `keccak256(abi.encode(blockhash(E), batchId, round))`."""
    return keccak(bytes32_word(block_hash) + bytes32_word(batch_id) + uint_word(round_, 8))


def draw_number(entropy: bytes, draw: int) -> int:
    """Return the random number of a draw, before it is reduced by the weight still in the urn."""
    return int.from_bytes(keccak(bytes32_word(entropy) + uint_word(draw)), "big")


def excluded_accounts(contributor: str, owner: str, detector: str, lists: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return who may not be drawn: those with an interest, linked accounts and everybody who sat in an earlier round.

    `lists` are those of the record's `excluded` digest; the zero address (no detector) is left out.
    """
    named = {contributor, owner, detector}.union(*lists)
    return frozenset(named - {ZERO_ADDRESS})


def entropy_block(asked_at: int, draw_delay: int, epoch_length: int) -> int:
    """Return the block whose hash decides a draw asked for in block `asked_at`.

    It is `asked_at + draw_delay`; where that falls in the last quarter of its epoch, the next epoch's first.
    """
    block = asked_at + draw_delay
    place = block % epoch_length
    return block if place < epoch_length - epoch_length // 4 else block - place + epoch_length


def draw_panel(weights: Sequence[int], excluded: Collection[int], entropy: bytes, seats: int) -> list[int]:
    """Return the indices of the reviewers drawn, in seat order; fewer when fewer are eligible.

    `weights[i]` is the weight of the reviewer with tree index `i` at the end of the epoch before the entropy block's;
    `excluded` are the indices of `excluded_accounts` where they have one: they are drawn like all others and passed
    over. Given that, each next seat goes to those left who may sit in proportion to their weights, just as if the
    excluded had never been in the urn. Indices of weight zero are never drawn.

    >>> draw_panel([0, 7], excluded=(), entropy=bytes(32), seats=3)
    [1]
    """
    left = list(weights)
    remaining = sum(left)
    panel: list[int] = []
    draws = count()
    while len(panel) < seats and remaining > 0:
        index = _holder(left, draw_number(entropy, next(draws)) % remaining)
        remaining -= left[index]
        left[index] = 0
        if index not in excluded:
            panel.append(index)
    return panel


def _holder(weights: Sequence[int], number: int) -> int:
    """Return the index whose interval holds `number`, walking the weights in order."""
    for index, weight in enumerate(weights):
        if number < weight:
            return index
        number -= weight
    raise ValueError("The number is not below the total weight.")
