"""Do labels fit, by networks that never saw their contributor? A bet that a camera cannot win.

Folds of contributors are predicted by networks trained on everybody else's items. A contributor is judged by the law
of these predictions, never by whether a model trained without it does better on held-out data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from sebrus.detect.deep.standing import Bools, Floats, Ints

BLUNTER = np.array([1.0, 1.25, 1.6, 2.0, 2.8, 4.0, 8.0, 16.0])
RATES = np.array([0.03, 0.1, 0.2, 0.4, 0.7, 0.95])
FIT_ROWS = 3000
STARTS = ((0.0, -4.0), (0.7, -2.0), (1.5, -4.0))


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """`logits` [n, classes] by networks without the item's contributor, sharpened so that `softmax` of them is the
    probability of an honest label; `blind`, the rate at which labels of the pool are drawn blindly."""

    logits: Floats
    blind: float

    def log_given(self, labels: Ints, blunter: float = 1.0) -> Floats:
        """The log-probability of each label [n] when labels are honest."""
        logs = special.log_softmax(self.logits / blunter, axis=1)
        return np.asarray(logs[np.arange(len(labels)), labels])


def calibrated(outside: NDArray[np.float32], labels: Ints, fold: Ints, honest: Bools) -> Predictions:
    """Fit each fold's sharpness and the pool's blind rate by maximum likelihood; `honest` rows have a rate of 0."""
    logits = outside.astype(np.float64)
    rates = []
    for one in np.unique(fold):
        rows = np.flatnonzero(fold == one)
        some = rows[:: max(1, len(rows) // FIT_ROWS)]
        sharpness, blind = _fit(logits[some], labels[some], honest[some])
        logits[rows] *= sharpness
        rates.append(blind)
    return Predictions(logits, float(np.clip(np.median(rates), 1.0 / (len(labels) + 2), 0.5)))


def _fit(logits: Floats, labels: Ints, honest: Bools) -> tuple[float, float]:
    classes = logits.shape[1]
    if classes == 1:
        return 1.0, 0.0

    def loss(parameters: Floats) -> float:
        blind = special.expit(np.clip(parameters[1], -12.0, 2.0))
        logs = special.log_softmax(np.exp(parameters[0]) * logits, axis=1)[np.arange(len(labels)), labels]
        mixed = np.logaddexp(np.log1p(-blind) + logs, np.log(blind / classes))
        return -float(np.where(honest, logs, mixed).sum())

    options = {"xatol": 0.02, "fatol": 0.01, "maxiter": 120}
    tries = [optimize.minimize(loss, np.array(at), method="Nelder-Mead", options=options) for at in STARTS]
    found = min(tries, key=lambda one: float(one.fun))
    return float(np.exp(np.clip(found.x[0], -4.0, 4.0))), float(special.expit(np.clip(found.x[1], -12.0, 2.0)))


def contributor_bet(said: Predictions, labels: Ints, rows: Ints) -> float:
    """A p-value, one over an e-value, that a contributor's labels are honest up to the pool's blind rate.

    The bet mixes higher rates of wrong labels, going anywhere or all to one class. What it is divided by is the
    greatest likelihood of honest labels over how blunt the predictions may be for this contributor's images: universal
    inference (Wasserman, Ramdas and Balakrishnan, PNAS 2020). So a camera that makes images hard to tell is excused.
    """
    classes, given = said.logits.shape[1], labels[rows]
    if classes == 1 or not len(rows):
        return 1.0
    own = Predictions(said.logits[rows], said.blind)
    chance = np.log(1.0 / classes)
    honest = max(
        float(np.logaddexp(np.log1p(-said.blind) + own.log_given(given, blunter), np.log(said.blind) + chance).sum())
        for blunter in BLUNTER
    )
    logs = own.log_given(given)
    names, place = np.unique(given, return_inverse=True)
    bets = []
    for rate in said.blind + (1.0 - said.blind) * RATES:
        kept = np.log1p(-rate) + logs
        bets.append(float(np.logaddexp(kept, np.log(rate) + chance).sum()) + np.log(0.5))
        gain = np.bincount(place, weights=np.logaddexp(kept, np.log(rate)) - kept, minlength=len(names))
        bets.append(float(special.logsumexp(kept.sum() + gain)) + np.log(0.5 / classes))
    return float(np.exp(min(0.0, honest - (special.logsumexp(bets) - np.log(len(RATES))))))


def honest_odds(said: Predictions, labels: Ints, rows: Ints) -> Floats:
    """The probability [rows] that labels are honest, in a contributor whose labels fail at a rate of its own.

    The rate is the one of greatest likelihood (expectation-maximisation), wrong labels going anywhere.
    """
    given = np.exp(Predictions(said.logits[rows], said.blind).log_given(labels[rows]))
    chance, rate = 1.0 / said.logits.shape[1], 0.3
    for _ in range(60 if len(rows) else 0):
        wrong = rate * chance / (rate * chance + (1.0 - rate) * given)
        rate = float((wrong.sum() + 20 * said.blind) / (len(rows) + 20))
    return np.asarray((1.0 - rate) * given / ((1.0 - rate) * given + rate * chance))


__all__ = ["Predictions", "calibrated", "contributor_bet", "honest_odds"]
