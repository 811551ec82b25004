"""What reviewers do, signed with their own key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eth_account.messages import encode_defunct
from eth_hash.auto import keccak

from sebrus.chain import calls
from sebrus.chain.calls import OpenedBallot, Vote
from sebrus.chain.contract import Receipt
from sebrus.client._direct import batch_on_chain, connected
from sebrus.client._role import Role
from sebrus.client._task import Task, TaskAltered, checked_task
from sebrus.protocol.bitmap import bitmap_hash, pack_bits
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.signature import Ballot, Commit, eip712_digest
from sebrus.protocol.statement import Look
from sebrus.sealing import Binding, encode_opening, seal


class Reviewer(Role):
    """Votes on what the panels it was drawn for are shown.

    Example:
        >>> for seat in reviewer.seats():  # doctest: +SKIP
        ...     if seat["state"] == "commit":
        ...         reviewer.review(seat, lambda image, label: looks_right(image, label))
    """

    def seats(self) -> list[dict[str, Any]]:
        """The reviewer's seats in rounds that vote; `state` says what to do now."""
        seats: list[dict[str, Any]] = self.client.get(f"/v1/reviews/{self.address}")
        return seats

    def task(self, seat: dict[str, Any]) -> Task:
        """What the seat's panel is shown, checked against the screening word that the ballot binds.

        Raises:
            TaskAltered: the server shows something else.
        """
        message = Look(_batch_id(seat), seat["round"], panel_hash(seat["panel"]), self.address)
        path = f"/v1/batches/{seat['batch_id']}/rounds/{seat['round']}/task"
        answer = self.client.get(path, reviewer=self.address, signature=self.sign(message))
        return checked_task(seat, answer)

    def review(
        self, seat: dict[str, Any], judge: Callable[[bytes, int], bool], *, rpc_url: str | None = None
    ) -> list[bool]:
        """Look at every picture, commit to what `judge` says of its bytes and label, and return the verdicts.

        With the URL of a node the seat is compared with what the contract keeps, so that a lying server cannot make a
        commitment that nobody could open. What the server does not have is rejected.

        Raises:
            TaskAltered: pictures are not those that were committed to.
            RecordOutdated: the server's record is not the contract's.
        """
        if rpc_url is not None:
            self._check(seat, rpc_url)
        task = self.task(seat)
        verdicts = [judge(data, label) for data, label in task.images(self.client)]
        verdicts = verdicts or [False] * task.positions
        self.commit(seat, verdicts)
        return verdicts

    def commit(self, seat: dict[str, Any], verdicts: Sequence[bool], *, keeper: bytes | None = None) -> None:
        """Commit to one verdict per position, True to accept.

        With the public key of the server's keeper (32 bytes) the opening is left sealed for it, and the server opens it
        once nobody can commit any more. The server could open it before, too: whoever does not trust it comes back.
        """
        commitment = self.commitment(seat, verdicts)
        message = Commit(_batch_id(seat), seat["round"], panel_hash(seat["panel"]), commitment)
        body = {
            "batch_id": seat["batch_id"],
            "round": seat["round"],
            "seat": seat["seat"],
            "reviewer": self.address,
            "commitment": "0x" + commitment.hex(),
            "signature": self.sign(message),
        }
        if keeper is not None:
            body["sealed"] = self._sealed(seat, verdicts, commitment, keeper)
        self.client.post("/v1/ballots", body)

    def _sealed(
        self, seat: dict[str, Any], verdicts: Sequence[bool], commitment: bytes, keeper: bytes
    ) -> dict[str, Any]:
        domain = self.client.domain
        binding = Binding(
            chain_id=domain.chain_id,
            contract=domain.contract,
            batch_id=_batch_id(seat),
            round=seat["round"],
            seat=seat["seat"],
            reviewer=self.address,
            commitment=commitment,
        )
        opening = encode_opening(seat["seat"], self.salt(seat), pack_bits(verdicts))
        return seal(opening, binding, [keeper], threshold=1).to_dict()

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

    def commit_directly(self, seat: dict[str, Any], verdicts: Sequence[bool], rpc_url: str) -> Receipt:
        """Send the commitment to the contract oneself, when the server does not; the account pays the gas.

        Where the panel is foreseen the draw goes before it in the same transaction.

        Raises:
            RecordOutdated: the server's record is not the contract's.
            ContractRefused: the seat has committed, or the window has closed.
        """
        with connected(self.client, rpc_url) as contract:
            batch = batch_on_chain(self.client, contract, seat["batch_id"])
            vote = Vote(seat["seat"], self.commitment(seat, verdicts))
            commit = calls.commit(batch.key, batch.record, batch.panel, [vote])
            if batch.draw is None:
                return contract.perform(self.account, commit)
            together = [contract.encode_call(step) for step in (batch.draw, commit)]
            return contract.send(self.account, "multicall", together)

    def reveal_directly(self, seat: dict[str, Any], verdicts: Sequence[bool], rpc_url: str) -> Receipt:
        """Open the commitment on chain oneself, when the server does not; the account pays the gas.

        Raises:
            RecordOutdated: the server's record is not the contract's.
            ContractRefused: others may still commit, the window has closed, or these are not the verdicts.
        """
        with connected(self.client, rpc_url) as contract:
            batch = batch_on_chain(self.client, contract, seat["batch_id"])
            mine = OpenedBallot(seat["seat"], self.salt(seat), tuple(pack_bits(verdicts)))
            ballots = [mine if one.seat == seat["seat"] else one for one in batch.ballots]
            return contract.perform(self.account, calls.reveal(batch.key, batch.record, batch.panel, ballots))

    def commitment(self, seat: dict[str, Any], verdicts: Sequence[bool]) -> bytes:
        """The digest of the seat's ballot with these verdicts."""
        ballot = Ballot(
            batch_id=_batch_id(seat),
            round=seat["round"],
            screening=bytes.fromhex(seat["screening"][2:]),
            panel_hash=panel_hash(seat["panel"]),
            reviewer=self.address,
            verdicts_hash=bitmap_hash(pack_bits(verdicts)),
            salt=self.salt(seat),
        )
        return eip712_digest(self.client.domain, ballot)

    def salt(self, seat: dict[str, Any]) -> bytes:
        """The seat's salt: the hash of a signature, so that the same key finds it again on any device (RFC 6979).

        The text names the contract: else the salt revealed on one chain would open the same batch's ballot on another.
        """
        domain = self.client.domain
        text = (
            f"SeBRUS salt\nchain {domain.chain_id}\ncontract {domain.contract}\n"
            f"batch {seat['batch_id']}\nround {seat['round']}"
        )
        return keccak(bytes(self.account.sign_message(encode_defunct(text=text)).signature))

    def _check(self, seat: dict[str, Any], rpc_url: str) -> None:
        with connected(self.client, rpc_url) as contract:
            batch = batch_on_chain(self.client, contract, seat["batch_id"])
        told = (seat["round"], seat["positions"], "0x" + panel_hash(seat["panel"]).hex(), seat["screening"])
        status, words = batch.record.status, (batch.record.panel, batch.record.screening)
        if told != (status.round, status.positions, *("0x" + word.hex() for word in words)):
            raise TaskAltered("The server's seat is not the one the contract keeps; do not vote on it.")


def _batch_id(seat: dict[str, Any]) -> bytes:
    return bytes.fromhex(seat["batch_id"][2:])
