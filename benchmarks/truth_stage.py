"""Simulated crowds: under attack, with a classifier in the vote, and one vote more among a hundred thousand."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special
from sklearn.datasets import load_digits

from benchmarks.records import mean_interval
from sebrus.detect.examine import examine
from sebrus.detect.intake import pool
from sebrus.detect.prepare import prepare, silent
from sebrus.truth import AGGREGATORS, Running, Votes, choose, dawid_skene, majority
from sebrus.truth.choice import chance_right

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ATTACKS = (
    ("none", 0.0),
    ("guess", 0.3),
    ("accept all", 0.4),
    ("flip all", 0.3),
    ("flip all", 0.4),
    ("flip all", 0.45),
    ("sleepers", 0.2),
    ("sleepers", 0.3),
)
ITEMS, REVIEWERS, POISON, SKILL, GOLD = 2000, 120, 0.2, 0.85, 0.1
# Accepting poison costs four times what refusing an honest item does.
COST = ((0.0, 4.0), (1.0, 0.0))
SETTINGS = ((100_000, 20_000, 1000, 2), (100_000, 20_000, 1000, 10), (100_000, 2_500, 50, 10))


def attacked(kind: str, share: float, per_item: int, rng: np.random.Generator) -> tuple[Votes, Ints, NDArray[np.bool_]]:
    """Votes of panels on 2,000 items, the truth (1 honest, 0 poison), and which items are the attackers'.

    A tenth of the items is the attackers' poison, a tenth anybody's. Sleepers are honest but accept the attackers'.
    """
    truth = (rng.random(ITEMS) >= POISON).astype(np.intp)
    theirs = (truth == 0) & (rng.random(ITEMS) < 0.5)
    bad = np.arange(REVIEWERS) < share * REVIEWERS
    skill = np.clip(rng.normal(SKILL, 0.05, REVIEWERS), 0.55, 0.99)
    items = np.repeat(np.arange(ITEMS), per_item)
    workers = np.argsort(rng.random((ITEMS, REVIEWERS)), axis=1)[:, :per_item].ravel()
    labels = np.where(rng.random(len(items)) < skill[workers], truth[items], 1 - truth[items])
    acting = bad[workers]
    if kind == "accept all":
        labels[acting] = 1
    elif kind == "guess":
        labels[acting] = rng.integers(0, 2, int(acting.sum()))
    elif kind == "flip all":
        labels[acting] = 1 - labels[acting]
    elif kind == "sleepers":
        labels[acting & theirs[items]] = 1
    return Votes.of(items, workers, labels, item_count=ITEMS, reviewer_count=REVIEWERS, classes=2), truth, theirs


def under_attack(per_item: int, seeds: range) -> dict[str, Any]:
    """Accuracy, and the share of the attackers' poison that is rejected, per attack and aggregator."""
    found: dict[str, Any] = {}
    for kind, share in ATTACKS:
        got: dict[str, list[tuple[float, float]]] = {}
        for seed in seeds:
            rng = np.random.default_rng([seed, ATTACKS.index((kind, share))])
            votes, truth, theirs = attacked(kind, share, per_item, rng)
            gold = np.where(rng.random(ITEMS) < GOLD, truth, -1)
            asked = gold < 0
            ended = {name: run(votes, None, None).probabilities for name, run in AGGREGATORS.items()}
            ended["dawid_skene, gold"] = dawid_skene(votes, gold).probabilities
            costly = dawid_skene(votes, gold).decided(COST)
            ended["the same, by cost"] = np.eye(2)[costly]
            ended["chosen, gold"] = choose(votes, gold, seed=seed).truths.probabilities
            for name, probabilities in ended.items():
                right = chance_right(probabilities, truth)
                got.setdefault(name, []).append((float(right[asked].mean()), float(right[asked & theirs].mean())))
        found[f"{kind} {share:.0%}" if share else kind] = {
            name: {"accuracy": float(np.mean(pairs, axis=0)[0]), "rejected": float(np.mean(pairs, axis=0)[1])}
            for name, pairs in got.items()
        }
    return found


def with_classifier(votes_per_item: tuple[int, ...], seeds: range) -> dict[str, Any]:
    """Digits: simulated reviewers of skill 0.55 to 0.95 vote, and the detector says what others' items say.

    Half of the wrong votes go to one class that all reviewers confuse with the right one.
    """
    digits = load_digits()
    images = (digits.images * 15.9).astype(np.uint8).repeat(3, axis=1).repeat(3, axis=2)
    truth = digits.target.astype(np.intp)
    found: dict[str, Any] = {}
    for per_item in votes_per_item:
        got: dict[str, list[float]] = {}
        for seed in seeds:
            rng = np.random.default_rng([seed, per_item])
            votes = _digit_votes(truth, per_item, rng)
            seen = examine(
                prepare(pool(images, majority(votes).labels, rng.integers(0, 30, len(truth)).tolist(), None), silent)
            )
            says = np.asarray(special.softmax(seen.scores, axis=1))
            got.setdefault("classifier alone", []).append(float((says.argmax(axis=1) == truth).mean()))
            for name, run in AGGREGATORS.items():
                for more, said in (("", None), (" with classifier", says)):
                    right = chance_right(run(votes, None, said).probabilities, truth)
                    got.setdefault(name + more, []).append(float(right.mean()))
        found[str(per_item)] = {
            name: dict(zip(("mean", "plus_minus"), mean_interval(shares), strict=True)) for name, shares in got.items()
        }
    return found


def _digit_votes(truth: Ints, per_item: int, rng: np.random.Generator) -> Votes:
    reviewers = 40
    skill, twin = rng.uniform(0.55, 0.95, reviewers), rng.permutation(10)
    items = np.repeat(np.arange(len(truth)), per_item)
    workers = np.argsort(rng.random((len(truth), reviewers)), axis=1)[:, :per_item].ravel()
    wrong = np.where(rng.random(len(items)) < 0.5, twin[truth[items]], rng.integers(0, 10, len(items)))
    labels = np.where(rng.random(len(items)) < skill[workers], truth[items], wrong)
    return Votes.of(items, workers, labels, reviewer_count=reviewers, classes=10)


def one_more_vote(seed: int, added: int = 50) -> list[dict[str, Any]]:
    """Milliseconds of one vote more, and how far the state is from a batch of all votes after `added` of them."""
    found = []
    for total, items, reviewers, classes in SETTINGS:
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, classes, items)
        per_item = total // items
        workers = np.concatenate([rng.permutation(reviewers)[:per_item] for _ in range(items)])
        rows = np.repeat(np.arange(items), per_item)
        labels = np.where(rng.random(total) < 0.75, truth[rows], rng.integers(0, classes, total))
        # One reviewer more than the votes have, who votes on everything that is new.
        votes = Votes.of(rows, workers, labels, reviewer_count=reviewers + 1, classes=classes)
        state, took = Running.of(votes), []
        for item in rng.permutation(items)[:added]:
            began = time.perf_counter()
            state = state.add(int(item), reviewers, int(truth[item]))
            took.append(1000.0 * (time.perf_counter() - began))
        batch = dawid_skene(state.votes)
        apart = np.abs(batch.probabilities - state.probabilities)
        found.append(
            {
                "votes": total,
                "items": items,
                "reviewers": reviewers,
                "classes": classes,
                "median_ms": float(np.median(took)),
                "most_ms": float(max(took)),
                "mean_apart": float(apart.mean()),
                "most_apart": float(apart.max()),
                "labels_apart": float((batch.labels != state.probabilities.argmax(axis=1)).mean()),
            }
        )
    return found
