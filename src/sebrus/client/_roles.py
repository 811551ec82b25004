"""What contributors and reviewers do, signed with their own key."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from sebrus.client._http import Client, ServerRefused
from sebrus.protocol.bitmap import bitmap_hash, pack_bits
from sebrus.protocol.identity import BatchKey, panel_hash
from sebrus.protocol.leaf import batch_tree
from sebrus.protocol.signature import Ballot, Commit, Message, Stake, Submit, Unstake, Withdraw, eip712_digest, sign

SIGNED_FOR_SECONDS = 3600
UPLOAD_FILES = 50


@dataclass(frozen=True)
class Handed:
    """What became of a contribution: the batch's id, and the files refused with their sentences."""

    batch_id: str
    taken: int
    refused: dict[str, str]


class Role:
    """A key acting through one server."""

    def __init__(self, client: Client, private_key: str | bytes) -> None:
        self.client = client
        self.account: LocalAccount = Account.from_key(private_key)

    @property
    def address(self) -> str:
        """The account's checksummed address."""
        return str(self.account.address)

    def money(self) -> dict[str, Any]:
        """The account's money in the contract, in gwei."""
        answer: dict[str, Any] = self.client.get(f"/v1/accounts/{self.address}")
        return answer

    def move(self, kind: str, amount: int) -> None:
        """Sign a stake, unstake or withdrawal of `amount` gwei and hand it in."""
        message = {"stake": Stake, "unstake": Unstake, "withdraw": Withdraw}[kind]
        nonce = self.money()["nonce"]
        deadline = _deadline()
        signature = self._sign(message(self.address, amount, nonce, deadline))
        body = {"kind": kind, "account": self.address, "amount": amount, "nonce": nonce}
        self.client.post("/v1/movements", body | {"deadline": deadline, "signature": signature})

    def _sign(self, message: Message) -> str:
        return "0x" + sign(self.client.domain, message, self.account.key).hex()


class Contributor(Role):
    """Sends labelled images.

    Example:
        >>> Contributor(client, key).submit(dataset_id, [("cat.png", data, 0)])  # doctest: +SKIP
    """

    def submit(self, dataset_id: str, files: Sequence[tuple[str, bytes, int]]) -> Handed:
        """Upload (name, bytes, label) files, sign one batch of those taken in, hand it in.

        Raises:
            ServerRefused: no file was taken in, or the batch was refused.
        """
        taken: list[tuple[str, int]] = []
        refused: dict[str, str] = {}
        for start in range(0, len(files), UPLOAD_FILES):
            part = files[start : start + UPLOAD_FILES]
            results = self.client.upload([(name, data) for name, data, _ in part], dataset_id)
            for (name, data, label), result in zip(part, results, strict=True):
                # The digest that is signed is computed here, not taken from the server.
                if result["accepted"]:
                    taken.append((hashlib.sha256(data).hexdigest(), label))
                else:
                    refused[name] = result["sentence"]
        if not taken:
            raise ServerRefused(422, "nothing_taken", f"None of the {len(files)} files was taken in.")
        return Handed(self._hand_in(dataset_id, taken), len(taken), refused)

    def _hand_in(self, dataset_id: str, items: list[tuple[str, int]]) -> str:
        root = batch_tree((bytes.fromhex(sha256), label) for sha256, label in items).root
        key = BatchKey(bytes.fromhex(dataset_id[2:]), self.address, root, len(items))
        deadline = _deadline()
        signature = self._sign(Submit(key.dataset_id, self.address, root, len(items), deadline))
        body = {
            "dataset_id": dataset_id,
            "contributor": self.address,
            "items": [{"sha256": sha256, "label": label} for sha256, label in items],
            "deadline": deadline,
            "signature": signature,
        }
        batch_id: str = self.client.post("/v1/batches", body)["batch_id"]
        return batch_id


class Reviewer(Role):
    """Votes on the items of batches it was drawn for."""

    def seats(self) -> list[dict[str, Any]]:
        """The reviewer's seats in running rounds; `state` says what to do now."""
        seats: list[dict[str, Any]] = self.client.get(f"/v1/reviews/{self.address}")
        return seats

    def commit(self, seat: dict[str, Any], verdicts: Sequence[bool]) -> None:
        """Commit to one verdict per item, True to accept."""
        batch_id = bytes.fromhex(seat["batch_id"][2:])
        commitment = eip712_digest(self.client.domain, self._ballot(seat, verdicts))
        deadline = _deadline()
        signature = self._sign(Commit(batch_id, seat["round"], panel_hash(seat["panel"]), commitment, deadline))
        body = {
            "batch_id": seat["batch_id"],
            "round": seat["round"],
            "seat": seat["seat"],
            "reviewer": self.address,
            "commitment": "0x" + commitment.hex(),
            "deadline": deadline,
            "signature": signature,
        }
        self.client.post("/v1/ballots", body)

    def reveal(self, seat: dict[str, Any], verdicts: Sequence[bool]) -> None:
        """Open the commitment to the same verdicts."""
        body = {
            "batch_id": seat["batch_id"],
            "round": seat["round"],
            "seat": seat["seat"],
            "salt": "0x" + self.salt(seat).hex(),
            "verdicts": [f"0x{word:064x}" for word in pack_bits(verdicts)],
        }
        self.client.post("/v1/openings", body)

    def salt(self, seat: dict[str, Any]) -> bytes:
        """The seat's salt: the hash of a signature, so that the same key finds it again on any device (RFC 6979)."""
        text = f"SeBRUS salt\nbatch {seat['batch_id']}\nround {seat['round']}"
        return keccak(bytes(self.account.sign_message(encode_defunct(text=text)).signature))

    def _ballot(self, seat: dict[str, Any], verdicts: Sequence[bool]) -> Ballot:
        return Ballot(
            bytes.fromhex(seat["batch_id"][2:]),
            seat["round"],
            panel_hash(seat["panel"]),
            bytes.fromhex(seat["policy_hash"][2:]),
            self.address,
            bitmap_hash(pack_bits(verdicts)),
            self.salt(seat),
        )


def _deadline() -> int:
    return int(time.time()) + SIGNED_FOR_SECONDS
