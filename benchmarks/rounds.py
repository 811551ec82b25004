"""Batches through the protocol's own draw, tally and settlement, with simulated people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.people import Batch, Bits, Crowd
from sebrus.chain.deployment import MIN_STAKE_GWEI
from sebrus.protocol import (
    ConcludedRound,
    Decision,
    Phase,
    Policy,
    ReviewerRecord,
    Status,
    bitmap_from_bytes,
    draw_entropy,
    draw_panel,
    draw_weight,
    judge_round,
    keccak,
    settle_batch,
    tally_round,
    unpack_bits,
)

STAKE = 100 * MIN_STAKE_GWEI


@dataclass(frozen=True)
class Detector:
    """A detector that flags poison with chance `tpr` and honest items with chance `fpr`; None, None: it is silent."""

    name: str
    tpr: float | None = None
    fpr: float | None = None


@dataclass(frozen=True)
class Setting:
    """What a run is played with: the rules, the detector, and the share of gold (0: none)."""

    name: str
    policy: Policy
    detector: Detector
    gold: float


@dataclass
class Income:
    """What voting of one kind of reviewer came to, and how it stands in the end."""

    net: int = 0
    verdicts: int = 0
    tiers: list[int] = field(default_factory=list)


@dataclass
class Run:
    """Everything one crowd's batches came to in one setting."""

    poison: int = 0
    poison_rejected: int = 0
    honest: int = 0
    honest_rejected: int = 0
    asked: int = 0  # verdicts on items
    asked_gold: int = 0
    voided: int = 0
    decided: int = 0  # items of batches that were not void
    right: int = 0  # of these
    incomes: dict[str, Income] = field(default_factory=lambda: defaultdict(Income))


@dataclass
class Standing:
    """What the chain keeps of every reviewer."""

    stakes: list[int]
    records: list[ReviewerRecord]

    def weights(self) -> list[int]:
        """What each weighs in the next draw."""
        pairs = zip(self.stakes, self.records, strict=True)
        return [draw_weight(stake, record.tier, MIN_STAKE_GWEI) for stake, record in pairs]


def pack(bits: Bits) -> tuple[int, ...]:
    """The bitmap of one bool per place.

    >>> pack(np.array([True, False, True]))
    (5,)
    """
    packed = np.packbits(bits, bitorder="little").tobytes()
    padded = packed.ljust(-(-len(packed) // 32) * 32, b"\0")
    words = (padded[at : at + 32][::-1] for at in range(0, len(padded), 32))
    return tuple(bitmap_from_bytes(b"".join(words)))


def gold_count(share: float, items: int) -> int:
    """How many gold pictures go with so many items: at least six, and an even number, half of them to be rejected."""
    return (max(6, round(share * items)) + 1) // 2 * 2 if share else 0


def play(crowd: Crowd, setting: Setting, seed: bytes, rng: np.random.Generator) -> Run:
    """Decide every batch, one after the other: records and stakes go on from batch to batch."""
    run = Run()
    standing = Standing([int(STAKE * share) for share in crowd.shares], [ReviewerRecord() for _ in crowd.kinds])
    for number, batch in enumerate(crowd.batches):
        _play_batch(crowd, setting, batch, keccak(seed + number.to_bytes(4, "big")), standing, run, rng)
    for kind, record in zip(crowd.kinds, standing.records, strict=True):
        run.incomes[kind].tiers.append(record.tier)
    return run


def _play_batch(
    crowd: Crowd,
    setting: Setting,
    batch: Batch,
    batch_id: bytes,
    standing: Standing,
    run: Run,
    rng: np.random.Generator,
) -> None:
    items = len(batch.poison)
    flags = _flags(setting.detector, batch, rng)
    out = set() if batch.sender is None else {batch.sender}
    question = np.ones(items, dtype=bool)
    decision: Decision | None = None
    rounds: list[ConcludedRound] = []
    panels: list[list[int]] = []
    for number, size in enumerate(setting.policy.panel_sizes):
        panel = draw_panel(standing.weights(), out, draw_entropy(keccak(batch_id), batch_id, number), size)
        if len(panel) < setting.policy.quorum:
            break
        out |= set(panel)
        voted = _vote(crowd, setting, batch, question, panel, number, run, rng)
        tally = tally_round(setting.policy, items, voted, decision, screened=bool(flags), flags=flags)
        decision = tally.decision
        rounds.append(voted)
        panels.append(panel)
        if tally.items == 0:
            break
        if tally.question:
            question = np.array(unpack_bits(tally.question, items))
    _count(batch, decision, run)
    _pay(crowd, setting.policy, items, rounds, panels, decision, standing, run)


def _vote(
    crowd: Crowd,
    setting: Setting,
    batch: Batch,
    question: Bits,
    panel: Sequence[int],
    number: int,
    run: Run,
    rng: np.random.Generator,
) -> ConcludedRound:
    """One panel's verdicts on what is in question, with gold mixed in."""
    asked = np.flatnonzero(question)
    golds = gold_count(setting.gold, len(asked))
    gold = np.zeros(len(asked) + golds, dtype=bool)
    gold[rng.permutation(len(gold))[:golds]] = True
    bad, allied = np.zeros(len(gold), dtype=bool), np.zeros(len(gold), dtype=bool)
    bad[~gold] = allied[~gold] = batch.poison[asked]
    bad[np.flatnonzero(gold)[: golds // 2]] = True
    said = [crowd.verdicts(reviewer, bad, allied, rng) for reviewer in panel]
    # A copied commitment is bound to its author's address and cannot be opened by the copier: a silent seat.
    revealed = tuple((seat, pack(one)) for seat, one in enumerate(said) if one is not None)
    run.asked += len(panel) * len(asked)
    run.asked_gold += len(panel) * golds
    for reviewer in panel:
        run.incomes[crowd.kinds[reviewer]].verdicts += len(gold)
    status = Status(
        Phase.VOTING,
        round=number,
        seats=len(panel),
        committed=(1 << len(panel)) - 1,
        revealed=sum(1 << seat for seat, _ in revealed),
        positions=len(gold),
        items=len(asked),
    )
    shown = () if question.all() else pack(question)
    screened = setting.detector.tpr is not None
    return ConcludedRound(
        status,
        tuple(f"0x{reviewer:040x}" for reviewer in panel),
        revealed,
        shown,
        pack(gold) if screened else (),
        pack(gold & ~bad) if screened else (),
    )


def _pay(
    crowd: Crowd,
    policy: Policy,
    items: int,
    rounds: Sequence[ConcludedRound],
    panels: Sequence[Sequence[int]],
    decision: Decision | None,
    standing: Standing,
    run: Run,
) -> None:
    paid = settle_batch(policy, items, rounds, decision)
    seated = [reviewer for panel in panels for reviewer in panel]
    for reviewer, payout, slash in zip(seated, paid.payouts, paid.slashes, strict=True):
        standing.stakes[reviewer] -= slash
        run.incomes[crowd.kinds[reviewer]].net += payout - slash
    for voted, panel in zip(rounds, panels, strict=True):
        for seat, judgement in judge_round(voted, items, decision).items():
            standing.records[panel[seat]] = standing.records[panel[seat]].judged(judgement)


def _count(batch: Batch, decision: Decision | None, run: Run) -> None:
    items = len(batch.poison)
    accepted = np.zeros(items, dtype=bool) if decision is None else np.array(unpack_bits(decision.accepted, items))
    run.voided += decision is None
    if decision is not None:
        run.decided += items
        run.right += int((accepted != batch.poison).sum())
    run.poison += int(batch.poison.sum())
    run.honest += int((~batch.poison).sum())
    run.poison_rejected += int((~accepted & batch.poison).sum())
    run.honest_rejected += int((~accepted & ~batch.poison).sum())


def _flags(detector: Detector, batch: Batch, rng: np.random.Generator) -> tuple[int, ...]:
    """The flags over the items; empty where the detector is silent."""
    if detector.tpr is None or detector.fpr is None:
        return ()
    return pack(rng.random(len(batch.poison)) < np.where(batch.poison, detector.tpr, detector.fpr))
