"""The protocol, pure: leaves, trees, bitmaps, tallies, commitments, manifests, as the contract computes them.

Hashes are `bytes`, addresses checksummed `str`, amounts whole gwei. docs/protocol.md is the specification.
"""

from sebrus.protocol.bitmap import (
    bitmap_bytes,
    bitmap_from_bytes,
    bitmap_hash,
    is_bitmap,
    pack_bits,
    popcount,
    require_bitmap,
    unpack_bits,
    valid_mask,
    word_count,
)
from sebrus.protocol.digest import extend_digest, running_digest
from sebrus.protocol.draw import draw_entropy, draw_panel, draw_weight, entropy_block, seat_number
from sebrus.protocol.identity import POLICY_BITS, BatchKey, DatasetParams, Policy, panel_hash
from sebrus.protocol.keccak import ZERO32, ZERO_ADDRESS, address_bytes, address_word, checksum_address, keccak
from sebrus.protocol.leaf import MAX_ITEMS, batch_tree, item_leaf, manifest_leaf
from sebrus.protocol.manifest import ManifestEntry, manifest_tree
from sebrus.protocol.merkle import MerkleTree, merkle_root, verify_proof
from sebrus.protocol.settlement import (
    Seat,
    Settlement,
    batch_reserve,
    batch_stake,
    failed_round_slashes,
    settle_batch,
    silent_slash,
)
from sebrus.protocol.signature import (
    Ballot,
    Commit,
    Domain,
    Message,
    Screening,
    Stake,
    Submit,
    Unstake,
    Withdraw,
    eip712_digest,
    recover_signer,
    sign,
    typed_data,
)
from sebrus.protocol.tally import MAX_SEATS, Tally, tally_naive, tally_verdicts

__all__ = [
    "MAX_ITEMS",
    "MAX_SEATS",
    "POLICY_BITS",
    "ZERO32",
    "ZERO_ADDRESS",
    "Ballot",
    "BatchKey",
    "Commit",
    "DatasetParams",
    "Domain",
    "ManifestEntry",
    "MerkleTree",
    "Message",
    "Policy",
    "Screening",
    "Seat",
    "Settlement",
    "Stake",
    "Submit",
    "Tally",
    "Unstake",
    "Withdraw",
    "address_bytes",
    "address_word",
    "batch_reserve",
    "batch_stake",
    "batch_tree",
    "bitmap_bytes",
    "bitmap_from_bytes",
    "bitmap_hash",
    "checksum_address",
    "draw_entropy",
    "draw_panel",
    "draw_weight",
    "eip712_digest",
    "entropy_block",
    "extend_digest",
    "failed_round_slashes",
    "is_bitmap",
    "item_leaf",
    "keccak",
    "manifest_leaf",
    "manifest_tree",
    "merkle_root",
    "pack_bits",
    "panel_hash",
    "popcount",
    "recover_signer",
    "require_bitmap",
    "running_digest",
    "seat_number",
    "settle_batch",
    "sign",
    "silent_slash",
    "tally_naive",
    "tally_verdicts",
    "typed_data",
    "unpack_bits",
    "valid_mask",
    "verify_proof",
    "word_count",
]
