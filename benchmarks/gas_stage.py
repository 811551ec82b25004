"""A bare chain for gas.py: the contract on anvil, warm accounts, and the life of a batch sent the relayer's way."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from sebrus.chain.contract import Contract
from sebrus.chain.deployment import Deployment, ensure_deployed
from sebrus.chain.embedded import EmbeddedChain, free_port
from sebrus.chain.events import read_events
from sebrus.demo.stage import POLICY
from sebrus.protocol import (
    Ballot,
    BatchKey,
    Commit,
    DatasetParams,
    Domain,
    Screening,
    Stake,
    Submit,
    Withdraw,
    batch_tree,
    bitmap_hash,
    eip712_digest,
    entropy_block,
    pack_bits,
    panel_hash,
    sign,
)

STEPS = ("submit", "commit_screening", "draw", "commit", "reveal_and_settle", "withdraw")
GWEI = 10**9
WEI = 10**24
PANEL = 5
DEPOSIT = 10 * GWEI
STAKE = GWEI
WITHDRAWN = 1000
NEVER = 2**40
SETTLED = 4
# Long windows: on a chain that mines only what it is asked to, time must not run out on a slow machine.
POLICY_HERE = replace(POLICY, panel_size=PANEL, screening_window=86400, commit_window=86400, reveal_window=86400)
POISON, ERROR, FLAGGED = 0.1, 0.05, 0.02


@dataclass
class Bench:
    """The contract on a chain that mines one block per transaction, and everyone who takes part."""

    chain: EmbeddedChain
    contract: Contract
    deployment: Deployment
    owner: LocalAccount
    relayer: LocalAccount
    contributor: LocalAccount
    reviewers: dict[str, LocalAccount]
    dataset_id: bytes
    chance: random.Random

    @property
    def domain(self) -> Domain:
        """Where signatures count."""
        return Domain(self.deployment.chain_id, self.deployment.address)

    def relay(self, function: str, *arguments: Any) -> int:
        """Send from the relayer; the gas used."""
        return self.contract.send(self.relayer, function, *arguments).gas_used

    def move(self, kind: type[Stake] | type[Withdraw], accounts: Sequence[LocalAccount], amount: int) -> int:
        """Move money of several accounts by their signatures, all in one multicall; the gas used."""
        calls = []
        for account in accounts:
            nonce = self.contract.call("accountOf", account.address)[4]
            signature = sign(self.domain, kind(account.address, amount, nonce, NEVER), account.key)
            name = kind.__name__.lower()
            calls.append(self.contract.encode(name, account.address, amount, NEVER, signature))
        return self.relay("multicall", calls)


@contextmanager
def raised(home: Path, seed: int, reviewers: int) -> Iterator[Bench]:
    """Start anvil in `home`, deploy, create a dataset, and have everybody stake and withdraw once."""
    chain = EmbeddedChain(home, free_port())
    chain.start()
    try:
        chain.rpc("evm_setIntervalMining", 0)
        chain.rpc("evm_setAutomine", True)
        owner, relayer, contributor = (_account(seed, role, 0) for role in ("owner", "relayer", "contributor"))
        people = [_account(seed, "reviewer", number) for number in range(reviewers)]
        for account in (owner, relayer):
            chain.set_balance(account.address, WEI)
        deployment = ensure_deployed(chain.url, home / "deployment.json", relayer)
        params = DatasetParams(owner.address, relayer.address, 10, bytes(32), seed.to_bytes(32, "big"), POLICY_HERE)
        contract = Contract(chain.url, deployment.address)
        bench = Bench(
            chain,
            contract,
            deployment,
            owner,
            relayer,
            contributor,
            {person.address: person for person in people},
            params.dataset_id,
            random.Random(seed),
        )
        contract.send(owner, "createDataset", params.as_abi(), value=10_000 * GWEI * GWEI)
        _warm(bench, [contributor, *people])
        with closing(contract):
            yield bench
    finally:
        chain.kill()


def _account(seed: int, role: str, number: int) -> LocalAccount:
    key = hashlib.sha256(f"SeBRUS gas {seed} {role} {number}".encode()).hexdigest()
    account: LocalAccount = Account.from_key("0x" + key)
    return account


def _warm(bench: Bench, everyone: Sequence[LocalAccount]) -> None:
    """Deposit, stake and withdraw once for everybody, so that no account is written for the first time later."""
    for account in everyone:
        bench.contract.send(bench.owner, "deposit", account.address, value=DEPOSIT * GWEI)
    for start in range(1, len(everyone), 20):
        bench.move(Stake, everyone[start : start + 20], STAKE)
    for start in range(0, len(everyone), 20):
        bench.move(Withdraw, everyone[start : start + 20], WITHDRAWN)
    bench.chain.mine(bench.deployment.epoch_length)


def live(bench: Bench, items: int) -> dict[str, int]:
    """Take one batch of `items` from submission to withdrawals; gas by step.

    Raises:
        AssertionError: the batch was not settled; the figures would mean nothing.
    """
    batch = _Batch(bench, items)
    gas = {"submit": batch.submit(), "commit_screening": batch.commit_screening(), "draw": batch.draw()}
    gas |= {"commit": batch.commit(), "reveal_and_settle": batch.reveal_and_settle()}
    assert bench.contract.call("phaseOf", batch.key.batch_id) == SETTLED
    gas["withdraw"] = bench.move(Withdraw, [bench.contributor, *batch.seated], WITHDRAWN)
    return gas


class _Batch:
    """One batch on its way: a tenth of it poison, five reviewers who err on one verdict in twenty."""

    def __init__(self, bench: Bench, items: int) -> None:
        self.bench = bench
        self.items = items
        leaves = [(bench.chance.randbytes(32), bench.chance.randrange(10)) for _ in range(items)]
        self.key = BatchKey(bench.dataset_id, bench.contributor.address, batch_tree(leaves).root, items)
        self.good = [bench.chance.random() >= POISON for _ in range(items)]
        self.flags = pack_bits(bench.chance.random() < FLAGGED for _ in range(items))
        self.model, self.scores, self.salt = (bench.chance.randbytes(32) for _ in range(3))
        self.asked_at = 0
        self.panel: list[str] = []
        self.verdicts: list[list[int]] = []
        self.salts: list[bytes] = []
        self.commitments: list[bytes] = []

    @property
    def seated(self) -> list[LocalAccount]:
        return [self.bench.reviewers[address] for address in self.panel]

    def submit(self) -> int:
        message = Submit(self.key.dataset_id, self.key.contributor, self.key.root, self.items, NEVER)
        signature = sign(self.bench.domain, message, self.bench.contributor.key)
        return self.bench.relay("submit", self.key.as_abi(), NEVER, signature)

    def commit_screening(self) -> int:
        """The relayer is the dataset's detector too, as on a server of ours."""
        screening = Screening(self.key.batch_id, self.model, self.scores, bitmap_hash(self.flags), self.salt)
        digest = eip712_digest(self.bench.domain, screening)
        receipt = self.bench.contract.send(self.bench.relayer, "commitScreening", self.key.as_abi(), digest)
        self.asked_at = receipt.block_number
        return receipt.gas_used

    def draw(self) -> int:
        block = entropy_block(self.asked_at, POLICY_HERE.draw_delay, self.bench.deployment.epoch_length)
        # The gas is estimated at the newest block, which must lie beyond the entropy block already.
        self.bench.chain.mine(block + 1 - self.asked_at)
        receipt = self.bench.contract.send(self.bench.relayer, "draw", self.key.as_abi())
        events = read_events(self.bench.contract, receipt.block_number, receipt.block_number)
        self.panel = next(event.arguments["panel"] for event in events if event.name == "Drawn")
        return receipt.gas_used

    def commit(self) -> int:
        votes = []
        for seat, reviewer in enumerate(self.seated):
            verdicts = pack_bits(good ^ (self.bench.chance.random() < ERROR) for good in self.good)
            salt = self.bench.chance.randbytes(32)
            ballot = Ballot(
                self.key.batch_id,
                0,
                panel_hash(self.panel),
                POLICY_HERE.policy_hash,
                reviewer.address,
                bitmap_hash(verdicts),
                salt,
            )
            commitment = eip712_digest(self.bench.domain, ballot)
            allowed = Commit(self.key.batch_id, 0, panel_hash(self.panel), commitment, NEVER)
            signature = sign(self.bench.domain, allowed, reviewer.key)
            votes.append((seat, commitment, NEVER, signature))
            self.verdicts.append(verdicts)
            self.salts.append(salt)
            self.commitments.append(commitment)
        return self.bench.relay("commit", self.key.as_abi(), self.panel, votes)

    def reveal_and_settle(self) -> int:
        key = self.key.as_abi()
        openings = [(seat, salt, v) for seat, (salt, v) in enumerate(zip(self.salts, self.verdicts, strict=True))]
        ballots = list(enumerate(self.commitments))
        screening = (True, self.model, self.scores, self.salt, self.flags)
        encode = self.bench.contract.encode
        calls = [
            encode("reveal", key, self.panel, ballots, openings),
            encode("settle", key, self.panel, list(enumerate(self.verdicts)), screening),
        ]
        return self.bench.relay("multicall", calls)
