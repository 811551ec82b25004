"""Batches through the protocol's own draw, tally and settlement, with simulated people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.people import Batch, Bits, Crowd
from sebrus.chain.deployment import MIN_STAKE_GWEI
from sebrus.demo.stage import REVIEWER_STAKE
from sebrus.protocol import (
    Policy,
    Seat,
    Tally,
    bitmap_from_bytes,
    draw_entropy,
    draw_panel,
    draw_weight,
    failed_round_slashes,
    keccak,
    settle_batch,
    tally_verdicts,
    unpack_bits,
)


@dataclass(frozen=True)
class Detector:
    """A detector that flags poison with chance `tpr` and honest items with chance `fpr`; None, None: it is silent."""

    name: str
    tpr: float | None = None
    fpr: float | None = None
    votes: int = 0

    @property
    def silent(self) -> bool:
        """Whether there is no screening, so that the larger panel sits."""
        return self.tpr is None or self.fpr is None


DETECTORS = (
    Detector("none"),
    Detector("0.8/0.01, 0 votes", 0.8, 0.01, 0),
    Detector("0.8/0.01, 3 votes", 0.8, 0.01, 3),
    Detector("0.8/0.01, 5 votes", 0.8, 0.01, 5),
    Detector("0.8/0.05, 0 votes", 0.8, 0.05, 0),
    Detector("0.8/0.05, 3 votes", 0.8, 0.05, 3),
    Detector("0.8/0.05, 5 votes", 0.8, 0.05, 5),
)


@dataclass
class Account:
    """What voting of one reviewer kind came to."""

    net: int = 0
    verdicts: int = 0


@dataclass
class Outcome:
    """Counts under one detector."""

    poison: int = 0
    poison_rejected: int = 0
    honest: int = 0
    honest_rejected: int = 0
    attacker_net: int = 0


@dataclass
class Run:
    """Everything one crowd's batches came to: by detector's name, and by (screened, kind) for the money."""

    outcomes: dict[str, Outcome] = field(default_factory=lambda: defaultdict(Outcome))
    accounts: dict[tuple[bool, str], Account] = field(default_factory=lambda: defaultdict(Account))
    asked: dict[bool, int] = field(default_factory=lambda: defaultdict(int))
    items: int = 0
    voided: dict[bool, int] = field(default_factory=lambda: defaultdict(int))


def pack(bits: Bits) -> list[int]:
    """The bitmap of one bool per item.

    >>> pack(np.array([True, False, True]))
    [5]
    """
    packed = np.packbits(bits, bitorder="little").tobytes()
    padded = packed.ljust(-(-len(packed) // 32) * 32, b"\0")
    words = (padded[at : at + 32][::-1] for at in range(0, len(padded), 32))
    return bitmap_from_bytes(b"".join(words))


def play(crowd: Crowd, policy: Policy, detectors: Sequence[Detector], seed: bytes, rng: np.random.Generator) -> Run:
    """Decide every batch, once with screening and once without if a detector asks for it."""
    run = Run()
    for screened in sorted({not detector.silent for detector in detectors}):
        stakes = [REVIEWER_STAKE] * len(crowd.kinds)
        here = [detector for detector in detectors if detector.silent != screened]
        for number, batch in enumerate(crowd.batches):
            batch_id = keccak(seed + number.to_bytes(4, "big"))
            verdicts, voided = _vote(crowd, policy, batch, batch_id, screened, stakes, run, rng)
            run.voided[screened] += voided
            _count(run, policy, batch, verdicts, here, rng)
    run.items = sum(len(batch.poison) for batch in crowd.batches)
    return run


def _vote(
    crowd: Crowd,
    policy: Policy,
    batch: Batch,
    batch_id: bytes,
    screened: bool,
    stakes: list[int],
    run: Run,
    rng: np.random.Generator,
) -> tuple[list[list[int]] | None, bool]:
    """Draw until a round has its quorum and pay it; the revealed bitmaps, or None where the batch is voided."""
    seats = policy.panel_size if screened else policy.panel_size_unscreened
    excluded = () if batch.sender is None else (batch.sender,)
    for round_ in range(policy.max_rounds):
        weights = [draw_weight(stake, MIN_STAKE_GWEI) for stake in stakes]
        # A hash of the batch stands for the entropy block's.
        panel = draw_panel(weights, excluded, draw_entropy(keccak(batch_id), batch_id, round_), seats)
        said = [crowd.verdicts(reviewer, batch, rng) for reviewer in panel]
        # A copied commitment is bound to its author's address and cannot be opened by the copier: a silent seat.
        bitmaps = [None if one is None else pack(one) for one in said]
        revealed = [bitmap for bitmap in bitmaps if bitmap is not None]
        run.asked[screened] += len(panel) * len(batch.poison)
        table = [Seat(True, bitmap) for bitmap in bitmaps]
        if len(revealed) >= policy.quorum:
            outcome = tally_verdicts(revealed, len(batch.poison), None, policy.detector_votes)
            paid = settle_batch(policy, len(batch.poison), table, outcome)
            _pay(crowd, panel, paid.payouts, paid.slashes, len(batch.poison), screened, stakes, run)
            return revealed, False
        slashes = failed_round_slashes(policy, table)
        _pay(crowd, panel, [0] * len(panel), slashes, len(batch.poison), screened, stakes, run)
    return None, True


def _pay(
    crowd: Crowd,
    panel: Sequence[int],
    payouts: Sequence[int],
    slashes: Sequence[int],
    items: int,
    screened: bool,
    stakes: list[int],
    run: Run,
) -> None:
    for reviewer, payout, slash in zip(panel, payouts, slashes, strict=True):
        stakes[reviewer] -= slash
        account = run.accounts[screened, crowd.kinds[reviewer]]
        account.net += payout - slash
        account.verdicts += items


def _count(
    run: Run,
    policy: Policy,
    batch: Batch,
    verdicts: list[list[int]] | None,
    detectors: Sequence[Detector],
    rng: np.random.Generator,
) -> None:
    """Tally the same verdicts under each detector; the same chance flags for all, so that they compare."""
    items = len(batch.poison)
    chance = rng.random(items)
    for detector in detectors:
        found = run.outcomes[detector.name]
        found.poison += int(batch.poison.sum())
        found.honest += int((~batch.poison).sum())
        if verdicts is None:  # voided: nothing is accepted, the contributor has the stake back
            found.poison_rejected += int(batch.poison.sum())
            found.honest_rejected += int((~batch.poison).sum())
            continue
        outcome = tally_verdicts(verdicts, items, _flags(detector, batch, chance), detector.votes)
        accepted = np.array(unpack_bits(outcome.accepted, items))
        found.poison_rejected += int((~accepted & batch.poison).sum())
        found.honest_rejected += int((~accepted & ~batch.poison).sum())
        found.attacker_net += _attacker_net(policy, batch, outcome, accepted)


def _flags(detector: Detector, batch: Batch, chance: np.ndarray) -> list[int] | None:
    if detector.tpr is None or detector.fpr is None:
        return None
    return pack(chance < np.where(batch.poison, detector.tpr, detector.fpr))


def _attacker_net(policy: Policy, batch: Batch, outcome: Tally, accepted: Bits) -> int:
    """What the poisoned items alone earn their contributor, in gwei: rewards less slashed stake."""
    panel = np.array(unpack_bits(outcome.panel_accepted, len(batch.poison)))
    slash = policy.item_stake * policy.rejected_slash_bps // 10_000
    return int((accepted & batch.poison).sum()) * policy.item_reward - int((~panel & batch.poison).sum()) * slash
