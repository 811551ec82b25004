"""What contributors do, signed with their own key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from sebrus.client._exchange import ServerRefused
from sebrus.client._http import AsyncClient
from sebrus.client._role import Role, good_until
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.leaf import batch_tree
from sebrus.protocol.signature import Domain, Submit, sign

LabelledFile = tuple[str, bytes, int]
Labelled = tuple[str, int]


@dataclass(frozen=True)
class Handed:
    """What became of a contribution: the batch's id, and the files refused with their sentences."""

    batch_id: str
    taken: int
    refused: dict[str, str]


class Contributor(Role):
    """Sends labelled images.

    Example:
        >>> Contributor(client, key).submit(dataset_id, [("cat.png", data, 0)])  # doctest: +SKIP
    """

    def submit(self, dataset_id: str, files: Sequence[LabelledFile]) -> Handed:
        """Upload what is missing of (name, bytes, label) files, sign one batch of those taken in, hand it in.

        Raises:
            ServerRefused: no file was taken in, or the batch was refused.
            ServerUnreachable: no server answered after several tries; submitting again goes on from there.
        """
        taken, refused = sort_out(files, self.client.send([(name, data) for name, data, _ in files], dataset_id))
        return Handed(self._hand_in(dataset_id, taken), len(taken), refused)

    def _hand_in(self, dataset_id: str, items: list[Labelled]) -> str:
        body = signed_batch(self.account, self.client.domain, dataset_id, items)
        return str(self.client.post("/v1/batches", body)["batch_id"])


class AsyncContributor:
    """Sends labelled images with asyncio.

    Example:
        >>> await AsyncContributor(client, key).submit(dataset_id, [("cat.png", data, 0)])  # doctest: +SKIP
    """

    def __init__(self, client: AsyncClient, private_key: str | bytes) -> None:
        self.client = client
        self.account: LocalAccount = Account.from_key(private_key)

    @property
    def address(self) -> str:
        """The account's checksummed address."""
        return str(self.account.address)

    async def submit(self, dataset_id: str, files: Sequence[LabelledFile]) -> Handed:
        """As `Contributor.submit`."""
        results = await self.client.send([(name, data) for name, data, _ in files], dataset_id)
        taken, refused = sort_out(files, results)
        body = signed_batch(self.account, await self.client.domain(), dataset_id, taken)
        batch_id = str((await self.client.post("/v1/batches", body))["batch_id"])
        return Handed(batch_id, len(taken), refused)


def sort_out(files: Sequence[LabelledFile], results: Sequence[dict[str, Any]]) -> tuple[list[Labelled], dict[str, str]]:
    """The items taken in, and the sentences of those refused.

    Raises:
        ServerRefused: none was taken in.
    """
    taken: list[Labelled] = []
    refused: dict[str, str] = {}
    for (name, data, label), result in zip(files, results, strict=True):
        # The digest that is signed is computed here, not taken from the server.
        if result["accepted"]:
            taken.append((hashlib.sha256(data).hexdigest(), label))
        else:
            refused[name] = result["sentence"]
    if not taken:
        raise ServerRefused(422, "nothing_taken", f"None of the {len(files)} files was taken in.")
    return taken, refused


def signed_batch(account: LocalAccount, domain: Domain, dataset_id: str, items: Sequence[Labelled]) -> dict[str, Any]:
    """The body that hands a batch in, signed."""
    root = batch_tree((bytes.fromhex(sha256), label) for sha256, label in items).root
    key = BatchKey(bytes.fromhex(dataset_id[2:]), str(account.address), root, len(items))
    deadline = good_until()
    message = Submit(key.dataset_id, key.contributor, root, len(items), deadline)
    return {
        "dataset_id": dataset_id,
        "contributor": key.contributor,
        "items": [{"sha256": sha256, "label": label} for sha256, label in items],
        "deadline": deadline,
        "signature": "0x" + sign(domain, message, account.key).hex(),
    }
