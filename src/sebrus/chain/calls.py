"""The contract's calls on batches, typed: what each brings, in the contract's order.

Nobody else writes the contract's tuples by hand. `Contract.perform` sends a call, `Contract.encode_call` makes it
part of a `multicall`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sebrus.protocol.appeal import OpenAppeal
from sebrus.protocol.bitmap import bitmap_hash
from sebrus.protocol.flat import OpenedSeat, flat_ballots
from sebrus.protocol.identity import BatchKey
from sebrus.protocol.keccak import ZERO32
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.round import ConcludedRound, Words
from sebrus.protocol.signature import Screening
from sebrus.protocol.tally import Decision

BY_SENDER = b""
"""In place of a signature where the account itself sends the transaction."""


@dataclass(frozen=True)
class Call:
    """A function of the contract with its arguments."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class ScreeningCommitment:
    """What a detector commits to before a draw; `links` are accounts that may not be drawn, at most 16."""

    commitment: bytes
    task_root: bytes
    positions: int
    links: tuple[str, ...] = ()

    def as_abi(self) -> tuple[Any, ...]:
        """Return the fields in the contract's order."""
        return (self.commitment, self.task_root, self.positions, list(self.links))


@dataclass(frozen=True)
class Vote:
    """A reviewer's commitment with the authorisation to bring it."""

    seat: int
    commitment: bytes
    signature: bytes = BY_SENDER

    def as_abi(self) -> tuple[Any, ...]:
        """Return the fields in the contract's order."""
        return (self.seat, self.commitment, self.signature)


@dataclass(frozen=True)
class OpenedBallot:
    """A commitment with its opening, or alone.

    `secret` is the salt; where `verdicts` (over positions) are empty it is the commitment itself.
    """

    seat: int
    secret: bytes
    verdicts: Words = ()

    @property
    def opened(self) -> bool:
        """Whether this opens the commitment."""
        return bool(self.verdicts)

    @property
    def told(self) -> OpenedSeat:
        """The three together, as the protocol's flat lists are made of."""
        return (self.seat, self.secret, self.verdicts)


@dataclass(frozen=True)
class ScreeningOpening:
    """What opens a screening: `flags` over items (empty when an earlier round has decided), the rest over positions."""

    task_root: bytes
    model_hash: bytes
    scores_root: bytes
    salt: bytes
    flags: Words
    gold: Words
    answers: Words

    def as_abi(self) -> tuple[Any, ...]:
        """Return the fields in the contract's order."""
        hashes = (self.task_root, self.model_hash, self.scores_root, self.salt)
        return (True, *hashes, list(self.flags), list(self.gold), list(self.answers))

    def message(self, batch_id: bytes, round_: int) -> Screening:
        """Return the message whose EIP-712 digest is the commitment that this opens."""
        return Screening(
            batch_id=batch_id,
            round=round_,
            model_hash=self.model_hash,
            scores_root=self.scores_root,
            flags_hash=bitmap_hash(self.flags),
            gold_hash=bitmap_hash(self.gold),
            answers_hash=bitmap_hash(self.answers),
            salt=self.salt,
        )


# ---------------------------------------------------------------- until the reviewers have committed


def submit(key: BatchKey, deadline: int = 0, signature: bytes = BY_SENDER) -> Call:
    """Hand in a batch."""
    return Call("submit", (key.as_abi(), deadline, signature))


def commit_screening(key: BatchKey, record: BatchRecord, screening: ScreeningCommitment) -> Call:
    """Commit a screening; the sender is the dataset's detector.

    A record with the deadline 0 stands for that of a round which begins in the same block, as when the batch is
    submitted in the same transaction.
    """
    return Call("commitScreening", (key.as_abi(), record.as_abi(), screening.as_abi()))


def skip_screening(key: BatchKey, record: BatchRecord) -> Call:
    """Go on without a screening after its deadline."""
    return Call("skipScreening", (key.as_abi(), record.as_abi()))


def request_draw(key: BatchKey, record: BatchRecord) -> Call:
    """Ask for another entropy block after the first was missed."""
    return Call("requestDraw", (key.as_abi(), record.as_abi()))


def draw(
    key: BatchKey,
    record: BatchRecord,
    excluded: Sequence[Sequence[str]],
    appeals: Sequence[OpenAppeal] = (),
    drawn: Sequence[str] = (),
) -> Call:
    """Draw a panel; `excluded` are the batch's lists of accounts that may not be drawn, in their order.

    `drawn` are the accounts that the urn yields, in their order, with those who may not sit. They make the draw cheaper
    and are learnt from one without them that is called and not sent: it returns the panel and these.
    """
    lists = [list(accounts) for accounts in excluded]
    return Call("draw", (key.as_abi(), record.as_abi(), lists, _appeals(appeals), list(drawn)))


def commit(key: BatchKey, record: BatchRecord, panel: Sequence[str], votes: Sequence[Vote]) -> Call:
    """Bring commitments, which are counted in this order."""
    return Call("commit", (key.as_abi(), record.as_abi(), list(panel), [vote.as_abi() for vote in votes]))


def packed(steps: Sequence[Call], encode: Callable[[Call], bytes]) -> Call:
    """Several steps in one transaction: by the function that is both where the contract has one, else by `multicall`.

    A single step stays as it is. `encode` gives a call's bytes (`Contract.encode_call`).
    """
    match [step.function for step in steps]:
        case [_]:
            return steps[0]
        case ["submit", "commitScreening"]:
            return Call("submitAndScreen", (*steps[0].arguments, steps[1].arguments[-1]))
        case ["draw", "commit"]:
            return Call("drawAndCommit", (*steps[0].arguments, steps[1].arguments[-1]))
    return Call("multicall", ([encode(step) for step in steps],))


# ---------------------------------------------------------------- the end of a round and of a batch


def reveal(key: BatchKey, record: BatchRecord, panel: Sequence[str], ballots: Sequence[OpenedBallot]) -> Call:
    """Bring all commitments of a round in their order, some of them opened."""
    return Call("reveal", (key.as_abi(), record.as_abi(), list(panel), _ballots(ballots)))


def conclude(
    key: BatchKey,
    record: BatchRecord,
    panel: Sequence[str],
    ballots: Sequence[OpenedBallot],
    opening: ScreeningOpening | None = None,
    *,
    question: Sequence[int] = (),
    decision: Decision | None = None,
    appeals: Sequence[OpenAppeal] = (),
) -> Call:
    """Tally a round; `question` and `decision` are those of the batch so far, empty where its record has none."""
    opened = opening.as_abi() if opening is not None else (False, ZERO32, ZERO32, ZERO32, ZERO32, [], [], [])
    voted = (list(panel), _ballots(ballots), opened)
    return Call(
        "conclude", (key.as_abi(), record.as_abi(), *voted, list(question), _decision(decision), _appeals(appeals))
    )


def appeal(
    key: BatchKey,
    record: BatchRecord,
    appealed: Sequence[int],
    new: OpenAppeal,
    deadline: int = 0,
    signature: bytes = BY_SENDER,
) -> Call:
    """Appeal items of a held batch; `appealed` are those under appeal so far, empty for the first appeal."""
    return Call("appeal", (key.as_abi(), record.as_abi(), list(appealed), _appeal(new), deadline, signature))


def start_appeal(key: BatchKey, record: BatchRecord, appealed: Sequence[int]) -> Call:
    """Send all items under appeal to the next panel, after the hold."""
    return Call("startAppeal", (key.as_abi(), record.as_abi(), list(appealed)))


def finalize(key: BatchKey, record: BatchRecord, decision: Decision | None, rounds: Sequence[ConcludedRound]) -> Call:
    """Pay a batch whose hold is over; `decision` is None where nothing was decided."""
    return Call("finalize", (key.as_abi(), record.as_abi(), _decision(decision), [one.as_abi() for one in rounds]))


def _ballots(ballots: Sequence[OpenedBallot]) -> tuple[int, int, list[bytes], list[int]]:
    return flat_ballots([ballot.told for ballot in ballots])


def _decision(decision: Decision | None) -> tuple[list[int], list[int], list[int]]:
    if decision is None:
        return [], [], []
    return list(decision.accepted), list(decision.panel_accepted), list(decision.flags)


def _appeal(one: OpenAppeal) -> tuple[str, list[int]]:
    return one.appellant, list(one.items)


def _appeals(appeals: Sequence[OpenAppeal]) -> list[tuple[str, list[int]]]:
    return [_appeal(one) for one in appeals]
