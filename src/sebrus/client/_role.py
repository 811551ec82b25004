"""What everybody does with a key: move money, appeal, declare who one is tied to."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from sebrus.client._http import Client
from sebrus.protocol.bitmap import bitmap_hash, pack_bits
from sebrus.protocol.signature import Appeal, Message, Payout, Stake, Unstake, Withdraw, sign
from sebrus.protocol.statement import Link

SIGNED_FOR_SECONDS = 3600


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

    def move(self, kind: str, amount: int, *, nonce: int | None = None) -> None:
        """Sign a stake, unstake or withdrawal of `amount` gwei and hand it in.

        Whoever repeats this after a lost answer names the `nonce` of the first time (`money()` has it): with the next
        one it would be a second movement.
        """
        message = {"stake": Stake, "unstake": Unstake, "withdraw": Withdraw}[kind]
        nonce, deadline = self.money()["nonce"] if nonce is None else nonce, good_until()
        signature = self.sign(message(self.address, amount, nonce, deadline))
        body = {"kind": kind, "account": self.address, "amount": amount, "nonce": nonce}
        self.client.post("/v1/movements", body | {"deadline": deadline, "signature": signature})

    def order_payout(self, payout: bool = True) -> None:
        """Sign a standing order to be paid out whenever a batch of ours is finalized, or end it, and hand it in."""
        nonce, deadline = self.money()["nonce"], good_until()
        signature = self.sign(Payout(self.address, payout, nonce, deadline))
        body = {"account": self.address, "payout": payout, "nonce": nonce}
        self.client.post("/v1/payouts", body | {"deadline": deadline, "signature": signature})

    def declare_link(self, other: str) -> None:
        """Declare that this account is tied to another (checksummed), whose batches it will not judge."""
        deadline = good_until()
        signature = self.sign(Link(self.address, other, deadline))
        body = {"account": self.address, "other": other, "deadline": deadline, "signature": signature}
        self.client.post("/v1/links", body)

    def appeal(self, batch_id: str, items: Collection[int]) -> None:
        """Appeal these items of a held decision; the bond is taken from the free balance when it reaches the chain.

        Raises:
            ServerRefused: the decision is not held, an item is under appeal already, or the balance is too small.
        """
        batch = self.client.get(f"/v1/batches/{batch_id}")
        words = pack_bits(item in items for item in range(batch["item_count"]))
        deadline = good_until()
        message = Appeal(bytes.fromhex(batch_id[2:]), batch["round"], self.address, bitmap_hash(words), deadline)
        body = {
            "batch_id": batch_id,
            "round": batch["round"],
            "appellant": self.address,
            "items": [f"0x{word:064x}" for word in words],
            "deadline": deadline,
            "signature": self.sign(message),
        }
        self.client.post("/v1/appeals", body)

    def sign(self, message: Message) -> str:
        """The signature of a message for the server's contract and chain, `0x` hex."""
        return "0x" + sign(self.client.domain, message, self.account.key).hex()


def good_until() -> int:
    """The deadline of what is signed now, in seconds."""
    return int(time.time()) + SIGNED_FOR_SECONDS
