"""A running SeBRUS whose every step is made by the test.

Nothing is mocked but the clock of the server, which follows the chain's: a test passes a window by asking the chain for
it. The chain mines only what it is asked to mine, so each test sees every step, and between blocks its clock stands
still: however slow the machine is, no window closes before a test lets it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from sebrus.chain.contract import Receipt
from sebrus.chain.embedded import EmbeddedChain
from sebrus.client import Client, Contributor, Reviewer
from sebrus.platform.application import Application
from sebrus.platform.foreseen import foreseen_draw
from sebrus.platform.indexer import Indexer
from sebrus.platform.worker import DUTIES, Duty, prepare_arrival
from sebrus.protocol.bitmap import unpack_bits
from sebrus.protocol.identity import DatasetParams, Policy
from sebrus.store import models
from sebrus.store.models import Base, SecretTask
from sebrus.store.projected import Account as AccountRow
from sebrus.store.projected import Batch, Dataset, Item

GWEI = 10**9
DEPOSIT = 100_000_000
BOUNTY = 10 * GWEI
POLICY = Policy(
    item_stake=1_000_000,
    item_reward=500_000,
    review_fee=20_000,
    seat_stake=5_000_000,
    panel_size=3,
    escalated_size=5,
    final_size=7,
    quorum=2,
    detector_votes=3,
    draw_delay=1,
    max_items=64,
    max_gold=32,
    screening_window=100,
    commit_window=100,
    reveal_window=100,
    hold_window=100,
    rejected_slash_bps=5000,
    silent_slash_bps=5000,
    incoherent_slash_bps=20000,
    gold_pass_bps=6000,
)
FINAL = ("Settled", "Voided")
OWN_TABLES = [
    table
    for table in Base.metadata.sorted_tables
    if any(
        mapper.local_table is table and mapper.class_.__module__ == models.__name__ for mapper in Base.registry.mappers
    )
]
"""The tables of what the chain does not tell."""


@dataclass
class Stage:
    """A running SeBRUS whose every step is made by the test."""

    chain: EmbeddedChain
    application: Application
    url: str
    client: Client
    owner: Any
    reviewers: dict[str, Reviewer] = field(default_factory=dict)
    raised: str = ""
    """The chain's snapshot of the stage as it was raised."""

    # ------------------------------------------------------------ the chain

    def rpc(self, method: str, *params: Any) -> Any:
        return self.chain.rpc(method, *params)

    def now(self) -> int:
        """The chain's time, in seconds."""
        return self.application.contract.head().time

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))
        self.index()

    def wait(self, seconds: int) -> None:
        """Let time pass on the chain."""
        self.rpc("evm_setNextBlockTimestamp", self.now() + seconds)
        self.mine()

    def send(self, account: Any, function: str, *arguments: Any, gwei: int = 0) -> None:
        self.application.contract.send(account, function, *arguments, value=gwei * GWEI)
        self.index()

    def deposit(self, address: str, gwei: int = DEPOSIT) -> None:
        self.send(self.owner, "deposit", address, gwei=gwei)

    # ------------------------------------------------------------ the platform

    def index(self) -> None:
        Indexer(self.application).catch_up()

    def do(self, duty: Duty) -> list[Receipt]:
        """Do one duty of the worker at the newest block."""
        return duty(self.application, self.application.contract.head())

    def step(self) -> int:
        """Do every duty of the worker once, indexing what each sent; returns how many transactions were sent.

        A duty that let the detector begin is done again with what the detector made.
        """
        sent = 0
        for duty in DUTIES:
            receipts = self.do(duty)
            if receipts or duty is DUTIES[0]:
                self.index()
                if self.prepare():
                    receipts += self.do(duty)
                    self.index()
            sent += len(receipts)
        return sent

    def prepare(self) -> bool:
        """Have the detector do all that waits for it; whether anything did."""
        busy = False
        while prepare_arrival(self.application):
            busy = True
        return busy

    def rest(self) -> None:
        """Step until there is nothing left to do but to wait for people, mining what draws wait for."""
        for _ in range(80):
            if self.step():
                continue
            if not self.unforeseen():
                return
            self.mine()
        raise AssertionError("the worker never comes to rest")

    def unforeseen(self) -> list[Batch]:
        """The batches that wait for a draw nobody knows the outcome of."""
        with self.application.database.read() as session:
            drawing = session.scalars(select(Batch).where(Batch.phase == "Drawing"))
            return [batch for batch in drawing if foreseen_draw(session, batch) is None]

    def rows(self, query: Any) -> list[Any]:
        with self.application.database.read() as session:
            return list(session.scalars(query))

    def row(self, kind: Any, key: Any) -> Any:
        with self.application.database.read() as session:
            return session.get(kind, key)

    def change(self, kind: Any, key: Any, **values: Any) -> None:
        """Change a row, as a fault of the disk or a person would."""
        with self.application.database.write() as session:
            row = session.get_one(kind, key)
            for name, value in values.items():
                setattr(row, name, value)

    def batch(self, batch_id: str) -> dict[str, Any]:
        return self.client.get(f"/v1/batches/{batch_id}")

    def seats(self, batch_id: str) -> list[dict[str, Any]]:
        """The running round's seats, as their reviewers see them, in seat order."""
        found = [seat for r in self.reviewers.values() for seat in r.seats() if seat["batch_id"] == batch_id]
        return sorted(found, key=lambda seat: seat["seat"])

    def reviewer_of(self, seat: dict[str, Any]) -> Reviewer:
        return self.reviewers[seat["panel"][seat["seat"]]]

    # ------------------------------------------------------------ acts

    def open_dataset(
        self, *, seed: Sequence[tuple[bytes, int]] = (), bounty: int = BOUNTY, classes: int = 10, **policy: Any
    ) -> OpenDataset:
        """Create and fund a fresh dataset; `policy` changes fields of POLICY, `detector` who screens."""
        detector = policy.pop("detector", self.application.operator.address)
        uploaded = self.client.upload([(f"{i}.png", data) for i, (data, _) in enumerate(seed)]) if seed else []
        document = {
            "name": "Digits",
            "classes": [f"class {n}" for n in range(classes)],
            "seed": [{"sha256": u["sha256"], "label": label} for u, (_, label) in zip(uploaded, seed, strict=True)],
        }
        metadata_hash = self.client.post("/v1/metadata", document)["metadata_hash"]
        params = DatasetParams(
            owner=self.owner.address,
            detector=detector,
            class_count=classes,
            metadata_hash=bytes.fromhex(metadata_hash[2:]),
            salt=secrets.token_bytes(32),
            policy=replace(POLICY, **policy),
        )
        self.send(self.owner, "createDataset", params.as_abi(), gwei=bounty)
        return OpenDataset("0x" + params.dataset_id.hex(), params)

    def drawn(self, batch_id: str) -> list[dict[str, Any]]:
        """Bring a batch to its vote, its panel foreseen or drawn on chain; returns the seats."""
        self.rest()
        seats = self.seats(batch_id)
        assert seats, self.batch(batch_id)
        return seats

    def commit(self, seats: Sequence[dict[str, Any]], verdicts: Callable[[dict[str, Any]], Sequence[bool]]) -> None:
        """Commit for these seats; where others of their round are missing the server is not waited for any longer."""
        for seat in seats:
            self.reviewer_of(seat).commit(seat, verdicts(seat))
        self.step()
        if seats and not self.all_committed(seats[0]):
            policy = self.client.get(f"/v1/datasets/{seats[0]['dataset_id']}")["policy"]
            self.wait(policy["commitWindow"] * 3 // 4)
            self.step()

    def all_committed(self, seat: dict[str, Any]) -> bool:
        """Whether everybody in the round of a seat has committed on chain."""
        rows = self.client.get(f"/v1/batches/{seat['batch_id']}/seats")
        here = [row["commitment"] for row in rows if row["round"] == seat["round"]]
        return bool(here) and None not in here

    def reveal(self, seats: Sequence[dict[str, Any]], verdicts: Callable[[dict[str, Any]], Sequence[bool]]) -> None:
        for seat in seats:
            self.reviewer_of(seat).reveal(seat, verdicts(seat))
        self.step()

    def vote(self, batch_id: str, verdicts: Callable[[dict[str, Any]], Sequence[bool]]) -> dict[str, Any]:
        """Bring a batch through one round, every seat voting; returns it as it is then."""
        seats = self.drawn(batch_id)
        self.commit(seats, verdicts)
        self.reveal(seats, verdicts)
        return self.batch(batch_id)

    def held(self, batch_id: str, verdicts: Callable[[dict[str, Any]], Sequence[bool]]) -> dict[str, Any]:
        """Bring a batch from wherever it is to its decision, every seat of every round voting."""
        while self.vote(batch_id, verdicts)["phase"] not in ("Decided", *FINAL):
            pass
        return self.batch(batch_id)

    def by_item(self, batch_id: str, wanted: Sequence[bool]) -> Callable[[dict[str, Any]], list[bool]]:
        """Verdicts by item, for those who know all gold."""

        def verdicts(seat: dict[str, Any]) -> list[bool]:
            items = self.rows(select(Item).where(Item.batch_id == batch_id).order_by(Item.position))
            said = {item.sha256: want for item, want in zip(items, wanted, strict=True)}
            shown = self.reviewer_of(seat).task(seat).pictures or []
            task = self.row(SecretTask, (batch_id, seat["round"]))
            answers = unpack_bits([int(word, 16) for word in task.answers], len(shown)) if task else []
            return [said[p.sha256] if p.sha256 in said else answers[place] for place, p in enumerate(shown)]

        return verdicts

    def have_accepted(self, dataset_id: str, files: Sequence[tuple[str, bytes, int]]) -> str:
        """Have somebody new hand in a batch of which everything is accepted; returns the batch."""
        contributor = Contributor(self.client, secrets.token_bytes(32))
        self.deposit(contributor.address)
        batch_id = contributor.submit(dataset_id, files).batch_id
        self.decide(batch_id, lambda seat: [True] * seat["positions"])
        return batch_id

    def end_hold(self, batch_id: str) -> dict[str, Any]:
        """Let the hold of a batch pass."""
        self.wait(max(1, self.batch(batch_id)["deadline"] - self.now() + 1))
        self.step()
        return self.batch(batch_id)

    def decide(self, batch_id: str, verdicts: Callable[[dict[str, Any]], Sequence[bool]]) -> dict[str, Any]:
        """Bring a batch from wherever it is to its settlement, every seat of every round voting."""
        decided = self.held(batch_id, verdicts)
        return decided if decided["phase"] in FINAL else self.end_hold(batch_id)

    def remember(self) -> None:
        """Remember the stage as it is now, with everybody staked and nothing open, for `begin_anew`."""
        self.raised = self.rpc("evm_snapshot")

    def begin_anew(self) -> None:
        """Take back all that was done since, on the chain and in the outbox; images stay in the store."""
        assert self.rpc("evm_revert", self.raised), "a snapshot is there until it is taken"
        self.remember()
        with self.application.database.write() as session:
            for table in reversed(OWN_TABLES):
                session.execute(table.delete())
        self.index()

    def end_open_batches(self) -> None:
        """Let every window of what others left open pass, so that nobody is slashed for it later."""
        while self.rows(select(Batch).where(Batch.phase.not_in(FINAL))):
            if self.rows(select(Batch).where(Batch.phase == "Drawing")):
                self.rest()
                self.wait(POLICY.commit_window // 2 + 1)  # with more its draw would be missed again and again
                self.step()
            else:
                self.wait(POLICY.screening_window + POLICY.commit_window + POLICY.reveal_window + 1)
                self.rest()

    # ------------------------------------------------------------ what must always hold

    def check_money(self) -> None:
        """Every account, bounty and the balance of the contract are what the tables say."""
        contract = self.application.contract
        held = 0
        for account in self.rows(select(AccountRow)):
            free, stake, locked, *_ = contract.call("accountOf", account.address)
            assert (account.free, account.stake, account.locked) == (free, stake, locked), account.address
            held += free + stake
        for dataset in self.rows(select(Dataset)):
            assert dataset.bounty == contract.call("bountyOf", bytes.fromhex(dataset.id[2:])), dataset.id
            held += dataset.bounty
        running = self.rows(select(Batch).where(Batch.phase.not_in(FINAL)))
        held += sum(batch.stake + batch.reserve for batch in running)
        assert held * GWEI == int(self.rpc("eth_getBalance", contract.address, "latest"), 16)


@dataclass(frozen=True)
class OpenDataset:
    """A dataset of a test."""

    id: str
    params: DatasetParams

    @property
    def policy(self) -> Policy:
        return self.params.policy
