"""A theatre: the real contract on the embedded chain, an indexer, and people who play batches from the tables alone.

Every call is built from the rows that the indexer projected, and after every block the rows are compared with what the
contract says.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from sqlalchemy import select

from sebrus import protocol as p
from sebrus.chain import calls
from sebrus.chain.deployment import ensure_deployed
from sebrus.chain.embedded import EmbeddedChain, find_anvil
from sebrus.chain.errors import ChainError
from sebrus.platform import keys
from sebrus.platform.application import Application, open_application
from sebrus.platform.documents import LabelledDigest, RecordedFinding, items_root, save_findings, save_items
from sebrus.platform.indexer import Indexer
from sebrus.platform.operator import load_operator
from sebrus.platform.settings import Settings
from sebrus.store import projected as rows

from ...actors.ports import ports_in_a_row

GWEI = 10**9
ETHER = 10**18
OPEN = ("Screening", "Drawing", "Voting", "Decided")
RULES = p.Policy(
    item_stake=1_000_000,
    item_reward=500_000,
    review_fee=20_011,
    seat_stake=5_000_000,
    panel_size=3,
    escalated_size=5,
    final_size=7,
    quorum=2,
    detector_votes=2,
    draw_delay=1,
    max_items=600,
    max_gold=16,
    # Hours, for this chain's clock goes on between blocks, and the plays are slow on a busy machine.
    screening_window=3600,
    commit_window=3600,
    reveal_window=3600,
    hold_window=7200,
    rejected_slash_bps=5000,
    silent_slash_bps=5000,
    incoherent_slash_bps=20000,
    gold_pass_bps=7000,
)


@dataclass
class Theatre:
    """The stage on which plays run; `watch` compares tables and contract."""

    chain: EmbeddedChain
    application: Application
    owner: LocalAccount
    detector: LocalAccount
    reviewers: dict[str, LocalAccount] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    compared: int = 0

    # ------------------------------------------------------------ the chain

    def somebody(self, free: int = 0) -> LocalAccount:
        """An account with ether for its own transactions, and `free` gwei deposited."""
        account = Account.from_key(self.chance.randbytes(32))
        self.chain.set_balance(account.address, 10 * ETHER)
        if free:
            self.send(self.owner, "deposit", account.address, gwei=free)
        return account

    def send(self, account: LocalAccount, function: str, *arguments: Any, gwei: int = 0) -> None:
        self.application.contract.send(account, function, *arguments, value=gwei * GWEI)
        self.watch()

    def perform(self, account: LocalAccount, *acts: calls.Call) -> None:
        """Send one call, or several in one transaction."""
        contract = self.application.contract
        if len(acts) == 1:
            contract.perform(account, acts[0])
        else:
            contract.send(account, "multicall", [contract.encode_call(act) for act in acts])
        self.watch()

    def mine(self, blocks: int = 1) -> None:
        self.chain.mine(blocks)
        self.watch()

    def until(self, time: int) -> None:
        """Let the chain's clock pass a moment."""
        now = self.application.contract.head().time
        if time >= now:
            self.chain.rpc("evm_increaseTime", time + 1 - now)
        self.mine()

    # ------------------------------------------------------------ the tables

    def every(self, query: Any) -> list[Any]:
        with self.application.database.read() as session:
            return list(session.scalars(query))

    def watch(self) -> None:
        """Read the chain, and check that every row says what the contract says."""
        Indexer(self.application).catch_up()
        accounts, datasets, batches = (self.every(select(kind)) for kind in (rows.Account, rows.Dataset, rows.Batch))
        told = iter(self._ask(accounts, datasets, batches))
        for account in accounts:
            free, stake, locked, _, _, *rest = next(told)
            assert (account.free, account.stake, account.locked) == (free, stake, locked), account.address
            record = [account.gold_seen, account.gold_right, account.items_seen, account.items_coherent]
            assert [account.payout, *record] == rest, account.address
        for dataset in datasets:
            assert [dataset.bounty] == next(told)
            record = [dataset.screened_items, dataset.flagged, dataset.upheld, dataset.missed, dataset.unopened]
            assert record == next(told)
        for batch in batches:
            assert int.from_bytes(seal_of(batch), "big") == next(told)[0], (batch.phase, batch.record)
        held = sum(account.free + account.stake for account in accounts) + sum(dataset.bounty for dataset in datasets)
        held += sum(batch.stake + batch.reserve for batch in batches if batch.phase in OPEN)
        assert held * GWEI == int(self.chain.rpc("eth_getBalance", self.application.contract.address, "latest"), 16)
        self.compared += 1

    def _ask(self, accounts: list[Any], datasets: list[Any], batches: list[Any]) -> Iterator[list[int]]:
        encode = self.application.contract.encode
        asked = [encode("accountOf", account.address) for account in accounts]
        for dataset in datasets:
            dataset_id = keys.hash_bytes(dataset.id)
            asked += [encode("bountyOf", dataset_id), encode("detectorRecordOf", dataset_id)]
        asked += [encode("sealOf", keys.hash_bytes(batch.id)) for batch in batches]
        for answer in self.application.contract.call("multicall", asked):
            yield [int.from_bytes(answer[at : at + 32], "big") for at in range(0, len(answer), 32)]

    # ------------------------------------------------------------ acts

    def open_dataset(self, bounty: int = 10 * GWEI, **policy: int) -> p.DatasetParams:
        params = p.DatasetParams(
            owner=self.owner.address,
            detector=self.detector.address,
            class_count=10,
            metadata_hash=self.chance.randbytes(32),
            salt=self.chance.randbytes(32),
            policy=replace(RULES, **policy),
        )
        self.send(self.owner, "createDataset", params.as_abi(), gwei=bounty)
        return params

    def enrol_reviewers(self, count: int, stake: int = 100_000_000) -> None:
        for _ in range(count):
            account = self.somebody(stake + 1_000)
            self.send(account, "stake", account.address, stake, 0, b"")
            self.reviewers[account.address] = account
        self.mine(self.application.deployment.epoch_length)

    def play(self, dataset: p.DatasetParams, count: int, contributor: LocalAccount | None = None) -> Play:
        """Hand in a batch of `count` items."""
        contributor = contributor or self.somebody(count * dataset.policy.item_stake + 10_000_000)
        items = [LabelledDigest(self.chance.randbytes(32).hex(), i % 10) for i in range(count)]
        key = p.BatchKey(dataset.dataset_id, contributor.address, keys.hash_bytes(items_root(items)), count)
        save_items(self.application.blobs, keys.hash_text(key.batch_id), items)
        self.perform(contributor, calls.submit(key))
        return Play(self, dataset, contributor, keys.hash_text(key.batch_id))


def seal_of(batch: rows.Batch) -> bytes:
    """What the contract keeps of a batch, by its row."""
    if batch.phase in OPEN:
        return keys.record_of(batch).seal()
    return p.final_seal(keys.words(batch.accepted) if batch.phase == "Settled" else None)


@dataclass
class Play:
    """One batch and what its people keep to themselves."""

    theatre: Theatre
    dataset: p.DatasetParams
    contributor: LocalAccount
    id: str
    said: dict[int, tuple[bytes, p.Words]] = field(default_factory=dict)
    opening: calls.ScreeningOpening | None = None

    @property
    def row(self) -> rows.Batch:
        with self.theatre.application.database.read() as session:
            return session.get_one(rows.Batch, self.id)

    @property
    def round(self) -> rows.Round:
        with self.theatre.application.database.read() as session:
            return keys.running_round(session, self.row)

    @property
    def panel(self) -> list[str]:
        return self.read(keys.panel_of)

    @property
    def appeals(self) -> list[rows.Appeal]:
        query = select(rows.Appeal).where(rows.Appeal.batch_id == self.id).order_by(rows.Appeal.number)
        return self.theatre.every(query)

    def read(self, question: Callable[..., Any], *arguments: Any) -> Any:
        with self.theatre.application.database.read() as session:
            return question(session, session.get_one(rows.Batch, self.id), *arguments)

    def _head(self) -> tuple[p.BatchKey, p.BatchRecord]:
        row = self.row
        return keys.batch_key(row), keys.record_of(row)

    # ------------------------------------------------------------ until the vote

    def screen(
        self, gold: int = 0, flagged: Iterable[int] = (), links: Sequence[str] = (), bright: bool = True
    ) -> None:
        """Screen the round; with `bright` half of the gold is to be accepted. Its documents are in the store."""
        theatre, row = self.theatre, self.row
        chance, status = theatre.chance, keys.record_of(row).status
        positions = status.items + gold
        places = set(chance.sample(range(positions), gold))
        good = set(sorted(places)[::2])
        named = set(flagged)
        findings = [RecordedFinding(0.5, 0.1, i in named, "odd", None) for i in range(row.item_count)]
        undecided = row.accepted is None
        self.opening = calls.ScreeningOpening(
            task_root=chance.randbytes(32),
            model_hash=chance.randbytes(32),
            scores_root=keys.hash_bytes(save_findings(theatre.application.blobs, findings)),
            salt=chance.randbytes(32),
            flags=tuple(p.pack_bits(i in named for i in range(row.item_count))) if undecided else (),
            gold=tuple(p.pack_bits(i in places for i in range(positions))),
            answers=tuple(p.pack_bits(i in good for i in range(positions))),
        )
        message = self.opening.message(keys.hash_bytes(self.id), row.round)
        commitment = p.eip712_digest(theatre.application.domain, message)
        screening = calls.ScreeningCommitment(commitment, self.opening.task_root, positions, tuple(links))
        theatre.perform(theatre.detector, calls.commit_screening(*self._head(), screening))

    def skip(self) -> None:
        self.opening = None
        self.theatre.until(self.row.deadline)
        self.theatre.perform(self.theatre.owner, calls.skip_screening(*self._head()))

    def draw(self) -> None:
        head = self.theatre.application.contract.head().number
        if self.round.entropy_block >= head:  # gas is estimated as if in the newest block
            self.theatre.mine(self.round.entropy_block + 1 - head)
        appeals = self.read(keys.open_appeals)
        self.theatre.perform(self.theatre.owner, calls.draw(*self._head(), self.row.excluded, appeals))
        self.said = {}

    # ------------------------------------------------------------ the vote

    def verdicts(self, opinion: Iterable[int], gold_right: bool = True) -> p.Words:
        """The verdicts, over positions, of who accepts these items and knows the gold, or has all of it wrong."""
        row, positions = self.row, self.round.positions
        wanted = set(opinion)
        asked = keys.words(row.question) or p.valid_mask(row.item_count)
        packed = p.compress(p.pack_bits(i in wanted for i in range(row.item_count)), asked)
        if self.opening is None:
            return tuple(packed)
        spread = p.expand(packed, p.complement(self.opening.gold, positions))
        known = self.opening.answers
        if not gold_right:
            known = tuple(place & ~answer for place, answer in zip(self.opening.gold, known, strict=True))
        return tuple(one | other for one, other in zip(spread, known, strict=True))

    def commit(self, votes: Mapping[int, p.Words], direct: bool = False) -> None:
        """Commit for these seats: relayed together, or each by its reviewer."""
        panel, made = self.panel, [self._vote(seat, verdicts) for seat, verdicts in votes.items()]
        if not direct:
            self.theatre.perform(self.theatre.owner, calls.commit(*self._head(), panel, made))
            return
        for vote in made:
            alone = replace(vote, signature=calls.BY_SENDER)
            self.theatre.perform(self._reviewer(vote.seat), calls.commit(*self._head(), panel, [alone]))

    def _vote(self, seat: int, verdicts: p.Words) -> calls.Vote:
        domain, batch_id, round_ = self.theatre.application.domain, keys.hash_bytes(self.id), self.row.round
        record, reviewer, salt = keys.record_of(self.row), self._reviewer(seat), self.theatre.chance.randbytes(32)
        self.said[seat] = salt, verdicts
        shown = (batch_id, round_, record.screening, record.panel)
        commitment = p.eip712_digest(domain, p.Ballot(*shown, reviewer.address, p.bitmap_hash(verdicts), salt))
        commit = p.Commit(batch_id, round_, record.panel, commitment)
        return calls.Vote(seat, commitment, p.sign(domain, commit, reviewer.key))

    def _reviewer(self, seat: int) -> LocalAccount:
        return self.theatre.reviewers[self.panel[seat]]

    def _ballots(self, seats: Iterable[int]) -> list[calls.OpenedBallot]:
        return self.read(keys.opened_ballots, {seat: self.said[seat] for seat in seats})

    def reveal(self, seats: Iterable[int]) -> None:
        self.theatre.perform(self.theatre.owner, calls.reveal(*self._head(), self.panel, self._ballots(seats)))

    def conclude(self, seats: Iterable[int] | None = None, opened: bool = True) -> p.RoundTally:
        """Conclude with the openings of these seats (None: all), and check what the contract made of it."""
        before, bounty = self.row, self._bounty()
        open_appeals = self.read(keys.open_appeals)
        round_, decision = before.round, keys.decision_of(before)
        opening = self.opening if opened else None
        voted = (self.panel, self._ballots(self.said if seats is None else seats), opening)
        so_far = {"question": keys.words(before.question), "decision": decision, "appeals": open_appeals}
        self.theatre.perform(self.theatre.owner, calls.conclude(*self._head(), *voted, **so_far))
        tally = self._check_tally(round_, decision, opening)
        if open_appeals:
            after = tally.decision if tally.conclusive else None
            due = p.settle_appeals(self.dataset.policy, round_, open_appeals, decision, after, bounty)
            assert [row.returned for row in self.appeals][-len(due) :] == [one.amount for one in due]
        return tally

    def _check_tally(
        self, number: int, before: p.Decision | None, opening: calls.ScreeningOpening | None
    ) -> p.RoundTally:
        with self.theatre.application.database.read() as session:
            row = session.get_one(rows.Round, (self.id, number))
            seats = keys.seats_of(session, self.id, number)
            voted, batch = keys.concluded_round(session, row), session.get_one(rows.Batch, self.id)
        policy, flags = self.dataset.policy, opening.flags if opening else ()
        screened = row.commitment is not None
        tally = p.tally_round(policy, batch.item_count, voted, before, screened=screened, flags=flags)
        assert tally == p.tally_round_naive(policy, batch.item_count, voted, before, screened=screened, flags=flags)
        assert sum(bool(seat.counted) << seat.seat for seat in seats) == tally.counted
        assert row.conclusive == tally.conclusive
        assert keys.decision_of(batch) == tally.decision
        if batch.phase == "Screening":
            assert (tuple(keys.words(batch.question)), self.round.items) == (tally.question, tally.items)
        return tally

    def _bounty(self) -> int:
        return self.theatre.application.contract.call("bountyOf", self.dataset.dataset_id)

    # ------------------------------------------------------------ after the vote

    def appeal(self, appellant: LocalAccount, items: Iterable[int]) -> None:
        row, named = self.row, set(items)
        new = p.OpenAppeal(appellant.address, tuple(p.pack_bits(i in named for i in range(row.item_count))))
        appeal = calls.appeal(*self._head(), keys.words(row.question), new)
        self.theatre.perform(appellant, appeal)

    def start_appeal(self) -> None:
        self.theatre.until(self.row.deadline)
        self.theatre.perform(self.theatre.owner, calls.start_appeal(*self._head(), keys.words(self.row.question)))

    def finalize(self) -> p.Settlement:
        """End the batch, and check its money against the protocol's."""
        if self.row.deadline:
            self.theatre.until(self.row.deadline)
        rounds, decision = self.read(keys.concluded_rounds), keys.decision_of(self.row)
        self.theatre.perform(self.theatre.owner, calls.finalize(*self._head(), decision, rounds))
        settlement = p.settle_batch(self.dataset.policy, self.row.item_count, rounds, decision)
        query = select(rows.Seat).where(rows.Seat.batch_id == self.id).order_by(rows.Seat.round, rows.Seat.seat)
        seats = self.theatre.every(query)
        assert tuple(seat.payout for seat in seats) == settlement.payouts
        assert tuple(seat.slash for seat in seats) == settlement.slashes
        assert (self.row.stake_returned, self.row.reward) == (settlement.stake_returned, settlement.reward)
        return settlement

    def items(self) -> list[rows.Item]:
        query = select(rows.Item).where(rows.Item.batch_id == self.id)
        return self.theatre.every(query.order_by(rows.Item.position))


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[Path], str]) -> Iterator[Theatre]:
    """A chain of its own with 24 reviewers who can be drawn."""
    try:
        find_anvil()
    except ChainError:
        pytest.skip("anvil is not installed: run make setup")
    home = tmp_path_factory.mktemp("theatre")
    chain = EmbeddedChain(home, ports_in_a_row(1))
    chain.start()
    try:
        chain.rpc("evm_setIntervalMining", 0)
        chain.rpc("evm_setAutomine", True)
        operator = load_operator(home / "keys" / "operator.key")
        chain.set_balance(operator.address, 1000 * ETHER)
        ensure_deployed(chain.url, home / "deployment.json", operator)
        settings = Settings(home=home, database_url=new_database(home), chain_port=chain.port, poll_seconds=0.02)
        application = open_application(settings)
        people = [Account.from_key(bytes([number] * 32)) for number in (1, 2)]
        for account in people:
            chain.set_balance(account.address, 1000 * ETHER)
        raised = Theatre(chain, application, *people)
        raised.enrol_reviewers(24)
        yield raised
        application.close()
    finally:
        chain.kill()
