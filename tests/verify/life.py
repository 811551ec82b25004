"""A batch's life on the embedded chain, driven directly.

What each call brings is kept with the protocol's own records; the people sign, one relayer sends.
"""

import hashlib
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account

from sebrus import protocol as p
from sebrus.chain import calls
from sebrus.chain.contract import Contract, Receipt
from sebrus.chain.deployment import ensure_deployed
from sebrus.chain.embedded import EmbeddedChain
from sebrus.chain.events import read_events
from sebrus.export import BatchEvidence, ReleaseBatch, ReleaseRound

NEVER = 2**40
MOST = 360
"""Pictures that contributors send, numbered from 0; gold has numbers from 1,000 on."""
STAKE = 20_000_000
KEYS = [p.keccak(f"verify reviewer {i}".encode()) for i in range(18)]
REVIEWERS = [Account.from_key(key).address for key in KEYS]
KEY_OF = dict(zip(REVIEWERS, KEYS, strict=True))
CONTRIBUTOR, APPELLANT = (p.keccak(name) for name in (b"verify contributor", b"verify appellant"))
DOCUMENT = b'{"classes":["cat","dog"],"name":"Pets"}'
POLICY = p.Policy(
    *(20_000, 50_000, 3_000, 900_000),  # stake and reward of an item, fee for an item, stake of a seat
    *(3, 5, 7, 2, 2),  # panels, quorum, the detector's votes
    *(1, 512, 64),  # delay of a draw; items and gold at most
    *(3_600,) * 4,  # windows
    *(2_500, 5_000, 20_000, 7_000),  # slashes of the rejected, silent and incoherent; gold to pass
)

Say = Callable[[int, int], bool]
"""What a seat says of a picture, by their numbers: whether it accepts it."""


def picture(number: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + p.keccak(f"picture {number}".encode())


def labelled(number: int) -> tuple[bytes, int]:
    return hashlib.sha256(picture(number)).digest(), number % 2


def is_good(number: int) -> bool:
    return number % 7 != 0


def honestly(_: int, number: int) -> bool:
    return is_good(number)


class Stage:
    """The chain, the contract, and those who use it."""

    def __init__(self, home: Path, chain: EmbeddedChain) -> None:
        self.chain = chain
        chain.rpc("evm_setIntervalMining", 0)
        chain.rpc("evm_setAutomine", True)
        named = (b"verify owner", b"verify detector", b"verify relayer")
        self.owner, self.detector, self.relayer = (Account.from_key(p.keccak(name)) for name in named)
        for account in (self.owner, self.detector, self.relayer):
            chain.set_balance(account.address, 10**24)
        self.deployment = ensure_deployed(chain.url, home / "deployment.json", self.relayer)
        self.contract = Contract(chain.url, self.deployment.address)
        self.domain = p.Domain(self.deployment.chain_id, self.deployment.address)
        self.reviewers = REVIEWERS
        self.dataset, self.poor = self.named(b"rich"), self.named(b"poor")

    def named(self, name: bytes) -> p.DatasetParams:
        """Return a dataset of this owner and detector; its salt tells it from others."""
        hashed = hashlib.sha256(DOCUMENT).digest()
        return p.DatasetParams(self.owner.address, self.detector.address, 2, hashed, p.keccak(name), POLICY)

    def open(self) -> None:
        """Create the datasets, let the reviewers stake, and wait until they can be drawn."""
        self.send("createDataset", self.dataset.as_abi(), sender=self.owner, gwei=10**10)
        self.send("createDataset", self.poor.as_abi(), sender=self.owner)
        for number, reviewer in enumerate(REVIEWERS):
            amount = STAKE + 1_000_000 * number
            self.send("deposit", reviewer, gwei=amount)
            self.send("stake", reviewer, amount, NEVER, self.signed(p.Stake(reviewer, amount, 0, NEVER), reviewer))
        leaver, less = REVIEWERS[17], 2_000_000
        self.send("unstake", leaver, less, NEVER, self.signed(p.Unstake(leaver, less, 1, NEVER), leaver))
        for key in (CONTRIBUTOR, APPELLANT):
            self.send("deposit", Account.from_key(key).address, gwei=10**8)
        self.next_epoch()

    def send(self, function: str, *arguments: Any, sender: Any = None, gwei: int = 0) -> Receipt:
        return self.contract.send(sender or self.relayer, function, *arguments, value=gwei * 10**9)

    def signed(self, message: p.Message, reviewer: str) -> bytes:
        return p.sign(self.domain, message, KEY_OF[reviewer])

    def mine_to(self, block: int) -> None:
        missing = block - self.contract.head().number
        if missing > 0:
            self.chain.mine(missing)

    def next_epoch(self) -> None:
        length = self.deployment.epoch_length
        self.mine_to((self.contract.head().number // length + 1) * length)

    def wait(self, seconds: int = 3_601) -> None:
        self.chain.rpc("evm_increaseTime", seconds)
        self.chain.mine(1)


@dataclass(frozen=True)
class Gold:
    """How a detector salts a round: with so many pictures, rightly or falsely answered, and whether it opens."""

    count: int = 8
    false: bool = False
    opened: bool = True
    links: tuple[str, ...] = ()


class Life:
    """One batch on the chain, with its record after every event."""

    def __init__(self, stage: Stage, numbers: range, dataset: p.DatasetParams | None = None) -> None:
        self.stage, self.numbers, self.dataset = stage, list(numbers), dataset or stage.dataset
        self.items = tuple(labelled(number) for number in numbers)
        contributor = Account.from_key(CONTRIBUTOR).address
        root = p.batch_tree(self.items).root
        self.key = p.BatchKey(self.dataset.dataset_id, contributor, root, len(self.items))
        self.record = p.BatchRecord.submitted(len(self.items), 0)
        self.question: p.Words = ()
        self.decision: p.Decision | None = None
        self.excluded: list[tuple[str, ...]] = []
        self.panel: tuple[str, ...] = ()
        self.appeals: list[p.OpenAppeal] = []
        self.rounds: list[ReleaseRound] = []
        self.settled: Receipt | None = None
        self.screening: tuple[Gold, list[int], calls.ScreeningOpening] | None = None
        message = p.Submit(*self.key.as_abi(), NEVER)
        self.send(calls.submit(self.key, NEVER, p.sign(stage.domain, message, CONTRIBUTOR)))

    def send(self, call: calls.Call, sender: Any = None) -> Receipt:
        """Send a call, and follow its events."""
        receipt = self.stage.send(call.function, *call.arguments, sender=sender)
        for event in read_events(self.stage.contract, receipt.block_number, receipt.block_number):
            self._follow(event.name, event.arguments)
        return receipt

    def _follow(self, name: str, told: dict[str, Any]) -> None:
        if name == "Submitted":
            self.record = p.BatchRecord.submitted(len(self.items), told["screeningDeadline"])
        elif name == "ScreeningSkipped":
            self.record = self.record.skipped(told["round"])
        elif name == "DrawRequested":
            windows = (told["entropyBlock"], told["commitDeadline"], told["revealDeadline"])
            self.record = self.record.draw_requested(told["seats"], *windows)
        elif name == "Drawn":
            self.panel = tuple(told["panel"])
            self.record = self.record.drawn(self.panel)
        elif name == "Unseated":
            self.rounds.append(ReleaseRound(self.record.round, self._task()))
            self.record, self.question = self.record.unseated(), ()
        elif name == "Held":
            self.record, self.question, self.appeals = self.record.held(told["deadline"]), (), []
        elif name == "Escalated":
            self.question = tuple(int(word, 16) for word in told["question"])
            self.screening = None
            if self.record.phase == p.Phase.DECIDED:
                self.record = self.record.appeal_started(told["screeningDeadline"])
            else:
                self.record = self.record.escalated(told["items"], self.question, told["screeningDeadline"])

    # ------------------------------------------------------------------ a round

    def screen(self, gold: Gold, flags: Sequence[int] = ()) -> None:
        """Salt the items in question, commit, and draw."""
        asked = self._asked()
        positions = len(asked) + gold.count
        draw = random.Random(f"{self.numbers[0]} {self.record.round}")
        places = set(draw.sample(range(positions), gold.count))
        rest, more = iter(asked), iter(range(1_000 + 100 * self.record.round, 2_000))
        shown = [next(more) if place in places else next(rest) for place in range(positions)]
        answers = [place in places and is_good(n) != gold.false for place, n in enumerate(shown)]
        opening = calls.ScreeningOpening(
            task_root=p.task_tree(labelled(number) for number in shown).root,
            model_hash=p.keccak(b"model"),
            scores_root=p.keccak(b"scores"),
            salt=p.keccak(b"salt"),
            flags=tuple(flags) if self.decision is None else (),
            gold=tuple(p.pack_bits(place in places for place in range(positions))),
            answers=tuple(p.pack_bits(answers)),
        )
        message = opening.message(self.key.batch_id, self.record.round)
        commitment = p.eip712_digest(self.stage.domain, message)
        committed = calls.ScreeningCommitment(commitment, opening.task_root, positions, gold.links)
        self.screening = (gold, shown, opening)
        call = calls.commit_screening(self.key, self.record, committed)
        self.record = self.record.screened(commitment, opening.task_root, positions, gold.links)
        self.excluded += [gold.links] if gold.links else []
        self.send(call, self.stage.detector)
        self.draw()

    def draw(self) -> None:
        self.stage.mine_to(self.record.status.entropy_block + 1)
        self.send(calls.draw(self.key, self.record, self.excluded, self.appeals))

    def vote(self, say: Say = honestly, silent: Collection[int] = (), absent: Collection[int] = ()) -> None:
        """Let the panel vote, the last seat first, and conclude the round."""
        shown = self.screening[1] if self.screening else self._asked()
        votes, ballots = [], []
        for seat in reversed([seat for seat in range(len(self.panel)) if seat not in absent]):
            salt = p.keccak(f"salt {self.record.round} {seat}".encode())
            said = tuple(p.pack_bits(say(seat, number) for number in shown))
            bound = (self.key.batch_id, self.record.round, self.record.screening, self.record.panel)
            ballot = p.Ballot(*bound, self.panel[seat], p.bitmap_hash(said), salt)
            commitment = p.eip712_digest(self.stage.domain, ballot)
            allowed = p.Commit(self.key.batch_id, self.record.round, self.record.panel, commitment)
            votes.append(calls.Vote(seat, commitment, self.stage.signed(allowed, self.panel[seat])))
            hidden = calls.OpenedBallot(seat, commitment)
            ballots.append(hidden if seat in silent else calls.OpenedBallot(seat, salt, said))
        self.send(calls.commit(self.key, self.record, self.panel, votes))
        self.record = self.record.committed((vote.seat, vote.commitment) for vote in votes)
        if absent:
            self.stage.wait()
        waits = self.screening is not None and not self.screening[0].opened
        if silent or waits:
            self.send(calls.reveal(self.key, self.record, self.panel, ballots))
            self.record = self.record.revealed(ballot.seat for ballot in ballots if ballot.opened)
            self.stage.wait(10_805 if waits else 7_202)
        self._conclude(ballots)

    def _conclude(self, ballots: Sequence[calls.OpenedBallot]) -> None:
        opening = self.screening[2] if self.screening and self.screening[0].opened else None
        said = tuple((ballot.seat, ballot.verdicts) for ballot in ballots if ballot.opened)
        status = self.record.revealed(seat for seat, _ in said).status
        shown = (opening.gold, opening.answers) if opening else ((), ())
        voted = p.ConcludedRound(status, self.panel, said, self.question, *shown)
        screened, flags = self.screening is not None, opening.flags if opening else ()
        tally = p.tally_round(POLICY, len(self.items), voted, self.decision, screened=screened, flags=flags)
        call = calls.conclude(
            self.key,
            self.record,
            self.panel,
            ballots,
            opening,
            question=self.question,
            decision=self.decision,
            appeals=self.appeals,
        )
        self.decision = tally.decision
        after = self.decision.hash if self.decision else p.ZERO32
        self.record = self.record.concluded(voted.votes, after, voted.gold_hash, voted.answers_hash)
        self.excluded.append(self.panel)
        self.rounds.append(ReleaseRound(status.round, self._task(), voted, tally.counted, tally.conclusive))
        self.send(call)

    def _asked(self) -> list[int]:
        asked = p.unpack_bits(self.question, len(self.items)) if self.question else [True] * len(self.items)
        return [number for number, is_asked in zip(self.numbers, asked, strict=True) if is_asked]

    def _task(self) -> tuple[tuple[bytes, int], ...] | None:
        return tuple(labelled(number) for number in self.screening[1]) if self.screening else None

    # ------------------------------------------------------------------ after the rounds

    def appeal(self, items: Collection[int]) -> None:
        """Appeal some items, by their index."""
        appellant = Account.from_key(APPELLANT).address
        new = p.OpenAppeal(appellant, tuple(p.pack_bits(item in items for item in range(len(self.items)))))
        message = p.Appeal(self.key.batch_id, self.record.round, appellant, p.bitmap_hash(new.items), NEVER)
        signature = p.sign(self.stage.domain, message, APPELLANT)
        self.send(calls.appeal(self.key, self.record, self.question, new, NEVER, signature))
        self.record = self.record.appealed(appellant, new.items, self.question)
        under = self.question or (0,) * len(new.items)
        self.question = tuple(old | more for old, more in zip(under, new.items, strict=True))
        self.appeals.append(new)

    def finalize(self) -> None:
        rounds = [one.voted for one in self.rounds if one.voted]
        self.settled = self.send(calls.finalize(self.key, self.record, self.decision, rounds))

    def released(self) -> ReleaseBatch:
        assert self.decision is not None and self.settled is not None
        voted = [one.voted for one in self.rounds if one.voted][-1]
        evidence = BatchEvidence(
            round=voted.status.round,
            panel=voted.panel,
            panel_accepted=self.decision.panel_accepted,
            settled_block=self.settled.block_number,
            settled_transaction=bytes.fromhex(self.settled.transaction_hash[2:]),
            flags=self.decision.flags,
            rounds=tuple(self.rounds),
        )
        return ReleaseBatch(self.key, self.items, self.decision.accepted, evidence)
