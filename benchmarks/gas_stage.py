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

from sebrus.chain import calls
from sebrus.chain.calls import Call, OpenedBallot, ScreeningCommitment, ScreeningOpening, Vote
from sebrus.chain.contract import Contract, Receipt
from sebrus.chain.deployment import Deployment, ensure_deployed
from sebrus.chain.embedded import EmbeddedChain, free_port
from sebrus.chain.events import read_events
from sebrus.demo.stage import POLICY
from sebrus.protocol import (
    Ballot,
    BatchKey,
    BatchRecord,
    Commit,
    ConcludedRound,
    DatasetParams,
    Domain,
    Payout,
    Phase,
    Stake,
    Submit,
    batch_tree,
    bitmap_hash,
    eip712_digest,
    pack_bits,
    panel_hash,
    sign,
    tally_round,
    word_count,
)

STEPS = ("submit", "commit_screening", "draw", "commit", "conclude", "finalize_and_pay")
GWEI = 10**9
WEI = 10**24
PANEL = 5
DEPOSIT = 10 * GWEI
STAKE = GWEI
NEVER = 2**40
# Long windows: on a chain that mines only what it is asked to, time must not run out on a slow machine. No hold: it
# costs nothing and would only be waited for.
POLICY_HERE = replace(POLICY, panel_size=PANEL, screening_window=86400, commit_window=86400, reveal_window=86400)


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

    def event(self, receipt: Receipt, name: str) -> dict[str, Any]:
        """The arguments of a transaction's event."""
        events = read_events(self.contract, receipt.block_number, receipt.block_number)
        return next(event.arguments for event in events if event.name == name)

    def together(self, *parts: Call) -> Receipt:
        """Send several calls in one transaction from the relayer."""
        return self.contract.perform(self.relayer, calls.packed(parts, self.contract.encode_call))

    def signed(self, message: Stake | Payout, account: LocalAccount) -> bytes:
        """A call's bytes that move money, or order it paid, by the account's signature."""
        value = message.amount if isinstance(message, Stake) else message.payout
        name = "stake" if isinstance(message, Stake) else "setPayout"
        signature = sign(self.domain, message, account.key)
        return self.contract.encode(name, account.address, value, NEVER, signature)


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
    """Deposit, order payouts and stake for everybody, so that no account is written for the first time later."""
    for account in everyone:
        bench.contract.send(bench.owner, "deposit", account.address, value=DEPOSIT * GWEI)
        bench.chain.set_balance(account.address, 1)
    for start in range(0, len(everyone), 20):
        some = everyone[start : start + 20]
        orders = [bench.signed(Payout(account.address, True, 0, NEVER), account) for account in some]
        bench.relay("multicall", orders)
    for start in range(1, len(everyone), 20):
        some = everyone[start : start + 20]
        bench.relay("multicall", [bench.signed(Stake(one.address, STAKE, 1, NEVER), one) for one in some])
    bench.chain.mine(bench.deployment.epoch_length)


def live(bench: Bench, items: int, *, packed: bool = False) -> dict[str, int]:
    """Take one batch of `items` from submission until everybody is paid; gas by step.

    Packed, as when everybody answers promptly, the screening goes with the submission in one transaction, and the draw
    with the commitments; their gas is told under `submit` and `commit`.

    Raises:
        AssertionError: the batch was not settled; the figures would mean nothing.
    """
    bench.contract.send(bench.owner, "deposit", bench.contributor.address, value=DEPOSIT * GWEI)
    batch = _Batch(bench, items)
    gas = batch.begin(packed) | batch.vote(packed) | batch.end()
    assert bench.contract.call("phaseOf", batch.key.batch_id) == Phase.SETTLED
    return gas


class _Batch:
    """One batch on its way, without gold: of one item in ten a seat dissents, so nothing is in question."""

    def __init__(self, bench: Bench, items: int) -> None:
        self.bench = bench
        self.items = items
        leaves = [(bench.chance.randbytes(32), bench.chance.randrange(10)) for _ in range(items)]
        self.key = BatchKey(bench.dataset_id, bench.contributor.address, batch_tree(leaves).root, items)
        model, scores, salt, self.root = (bench.chance.randbytes(32) for _ in range(4))
        none = (0,) * word_count(items)
        self.screening = ScreeningOpening(self.root, model, scores, salt, none, none, none)
        self.record = BatchRecord.submitted(items, 0)

    def begin(self, packed: bool) -> dict[str, int]:
        """Submit and commit the screening; the relayer is the dataset's detector too, as on a server of ours."""
        bench, key = self.bench, self.key
        message = Submit(key.dataset_id, key.contributor, key.root, self.items, NEVER)
        submit = calls.submit(key, NEVER, sign(bench.domain, message, bench.contributor.key))
        digest = eip712_digest(bench.domain, self.screening.message(key.batch_id, 0))
        commitment = ScreeningCommitment(digest, self.root, self.items)
        gas = {}
        if not packed:
            first = bench.contract.perform(bench.relayer, submit)
            gas["submit"] = first.gas_used
            self.record = BatchRecord.submitted(self.items, bench.event(first, "Submitted")["screeningDeadline"])
        screen = calls.commit_screening(key, self.record, commitment)
        second = bench.together(submit, screen) if packed else bench.contract.perform(bench.relayer, screen)
        asked = bench.event(second, "DrawRequested")
        self.record = self.record.screened(digest, self.root, self.items, ()).draw_requested(
            asked["seats"], asked["entropyBlock"], asked["commitDeadline"], asked["revealDeadline"]
        )
        # The gas is estimated at the newest block, which must lie beyond the entropy block already.
        bench.chain.mine(asked["entropyBlock"] + 1 - second.block_number)
        gas["submit" if packed else "commit_screening"] = second.gas_used
        return {"commit_screening": 0} | gas

    def vote(self, packed: bool) -> dict[str, int]:
        """Draw and commit; panel and hint of a packed draw are known from one that is called and not sent."""
        bench = self.bench
        draw = calls.draw(self.key, self.record, ())
        self.panel, hint = (tuple(accounts) for accounts in bench.contract.call(draw.function, *draw.arguments))
        if packed:
            draw = calls.draw(self.key, self.record, (), drawn=hint)
        drawn = {} if packed else {"draw": bench.contract.perform(bench.relayer, draw).gas_used}
        self.record = self.record.drawn(self.panel)
        self.ballots = [OpenedBallot(seat, bench.chance.randbytes(32), self._verdicts(seat)) for seat in range(PANEL)]
        votes = [self._vote(ballot) for ballot in self.ballots]
        commit = calls.commit(self.key, self.record, self.panel, votes)
        self.record = self.record.committed((vote.seat, vote.commitment) for vote in votes)
        voted = bench.together(draw, commit) if packed else bench.contract.perform(bench.relayer, commit)
        return {"draw": 0} | drawn | {"commit": voted.gas_used}

    def _verdicts(self, seat: int) -> tuple[int, ...]:
        return tuple(pack_bits(item % 10 != 0 or item // 10 % PANEL != seat for item in range(self.items)))

    def _vote(self, ballot: OpenedBallot) -> Vote:
        bench, reviewer = self.bench, self.bench.reviewers[self.panel[ballot.seat]]
        bound = Ballot(
            self.key.batch_id,
            0,
            self.record.screening,
            self.record.panel,
            reviewer.address,
            bitmap_hash(ballot.verdicts),
            ballot.secret,
        )
        commitment = eip712_digest(bench.domain, bound)
        allowed = Commit(self.key.batch_id, 0, panel_hash(self.panel), commitment)
        return Vote(ballot.seat, commitment, sign(bench.domain, allowed, reviewer.key))

    def end(self) -> dict[str, int]:
        """Conclude, and after the hold finalize and pay everybody out."""
        bench, policy = self.bench, POLICY_HERE
        conclude = calls.conclude(self.key, self.record, self.panel, self.ballots, self.screening)
        concluded = bench.contract.perform(bench.relayer, conclude)
        revealed = tuple((ballot.seat, ballot.verdicts) for ballot in self.ballots)
        status = self.record.revealed(range(PANEL)).status
        round_ = ConcludedRound(status, self.panel, revealed, (), self.screening.gold, self.screening.answers)
        decision = tally_round(policy, self.items, round_, screened=True, flags=self.screening.flags).decision
        assert decision is not None
        held = bench.event(concluded, "Held")["deadline"]
        record = self.record.concluded(round_.votes, decision.hash, round_.gold_hash, round_.answers_hash).held(held)
        bench.chain.rpc("evm_setNextBlockTimestamp", held + 1)
        bench.chain.mine(1)
        paid = [self.key.contributor, *self.panel]
        finalize = calls.finalize(self.key, record, decision, [round_])
        settled = bench.together(finalize, Call("payOut", (paid,)))
        return {"conclude": concluded.gas_used, "finalize_and_pay": settled.gas_used}
