"""The hashes and running digests of which a batch's record is made (docs/protocol.md, "What the contract keeps")."""

from collections.abc import Iterable, Sequence

from sebrus.protocol.bitmap import bitmap_hash
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.keccak import ZERO32, address_word, bytes32_word, keccak, uint_word


def extend_digest(digest: bytes, seat: int, value: bytes) -> bytes:
    """Return `keccak256(abi.encode(digest, seat, value))`, the digest after one more seat."""
    return keccak(bytes32_word(digest) + uint_word(seat, 8) + bytes32_word(value))


def running_digest(entries: Iterable[tuple[int, bytes]], start: bytes = ZERO32) -> bytes:
    """Return the digest of `(seat, hash)` entries in their order.

    The hash is the commitment in the digest of ballots, the verdicts' bitmap hash in the digest of votes.
    """
    digest = start
    for seat, value in entries:
        digest = extend_digest(digest, seat, value)
    return digest


def extend_excluded(digest: bytes, list_hash: bytes) -> bytes:
    """Return the digest of accounts that may not be drawn, after the list of that `panel_hash`."""
    return keccak(bytes32_word(digest) + bytes32_word(list_hash))


def excluded_digest(lists: Iterable[Sequence[str]]) -> bytes:
    """Return the digest of lists of accounts that may not be drawn, as `draw` brings them."""
    digest = ZERO32
    for accounts in lists:
        digest = extend_excluded(digest, panel_hash(accounts))
    return digest


def extend_appeals(digest: bytes, appellant: str, items: Sequence[int]) -> bytes:
    """Return the digest of open appeals after one more; `items` is its bitmap over the batch's items."""
    return keccak(bytes32_word(digest) + address_word(appellant) + bitmap_hash(items))


def extend_history(digest: bytes, round_digest_: bytes) -> bytes:
    """Return the digest of concluded rounds after one more."""
    return keccak(bytes32_word(digest) + bytes32_word(round_digest_))


def round_digest(
    status: int, panel: bytes, votes: bytes, question: bytes, gold: bytes = ZERO32, answers: bytes = ZERO32
) -> bytes:
    """Return what `history` keeps of a concluded round.

    `status` is the packed word with phase Voting and the revealed mask complete; the others are the panel's hash, the
    running digest of the votes, and the hashes of question, gold and answers (zero where there is none).
    """
    hashes = (panel, votes, question, gold, answers)
    return keccak(uint_word(status) + b"".join(bytes32_word(value) for value in hashes))


def decision_hash(accepted: Sequence[int], panel_accepted: Sequence[int], flags: Sequence[int]) -> bytes:
    """Return `keccak256(abi.encode(hash(accepted), hash(panelAccepted), hash(flags)))`."""
    return keccak(bitmap_hash(accepted) + bitmap_hash(panel_accepted) + bitmap_hash(flags))


def screening_word(commitment: bytes, task_root: bytes) -> bytes:
    """Return `keccak256(abi.encode(commitment, taskRoot))`, by which ballots are bound to what was shown."""
    return keccak(bytes32_word(commitment) + bytes32_word(task_root))


def question_hash(question: Sequence[int]) -> bytes:
    """Return the hash of the items in question; zero where `question` is empty: every item is."""
    return bitmap_hash(question) if question else ZERO32
