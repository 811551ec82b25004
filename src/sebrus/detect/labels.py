"""Does the label fit the image? A model of honest labels, and bets against it.

Others' ridge scores f become label probabilities `softmax(t f)`. The sharpness t and the rate e at which labels
of the pool are drawn blindly are fitted together by maximum likelihood, so mislabelled items raise e instead of
blunting t; trusted items enter with e = 0.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from sebrus.detect.calibrate import conformal, pooled, smallest

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

FIT_ROWS = 6000
SUPPORT = 3
TURNS = 40
# How many items the pool's rate of wrong labels counts for beside a contributor's own, and that beside a class's.
POOL_WEIGHT, WEIGHTS = 20.0, np.array([2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 1024.0])
RATES = np.array([0.03, 0.1, 0.2, 0.4, 0.7, 0.95])


@dataclass(frozen=True, slots=True)
class LabelTest:
    """Per item: `log_given` the log-probability of the given label when labels are honest, `p_value`, `best` the
    likeliest label, `tested` (enough items of others show the class). Pool: `blind`, the rate e, and `least`, the
    rate that would go unseen."""

    log_given: Floats
    p_value: Floats
    best: Ints
    tested: Bools
    blind: float
    least: float
    classes: int

    def of(self, rows: Ints) -> "LabelTest":
        """The same for some rows."""
        return replace(
            self,
            log_given=self.log_given[rows],
            p_value=self.p_value[rows],
            best=self.best[rows],
            tested=self.tested[rows],
        )


def label_test(scores: Floats, labels: Ints, support: Ints, fit_on: Bools, trusted: Bools) -> LabelTest:
    """Test each label [n] against scores [n, classes] that others' items give its image.

    `support` [n] counts the items of others with that label: fewer than three cannot speak. `fit_on` chooses the
    rows the model is fitted on. The p-value is the probability, under the model, of a label as unlikely or more.
    """
    classes = scores.shape[1]
    tested = support >= SUPPORT
    rows = np.flatnonzero((fit_on | trusted) & tested)
    if len(rows) > FIT_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, FIT_ROWS, replace=False))
    sharpness, blind = _fit(scores[rows], labels[rows], trusted[rows])
    logs = special.log_softmax(sharpness * scores, axis=1)
    given = logs[np.arange(len(labels)), labels]
    mixed = (1.0 - blind) * np.exp(logs) + blind / classes
    unlikely = np.where(logs <= given[:, None], mixed, 0.0).sum(axis=1)
    p_value = np.where(tested, np.minimum(1.0, unlikely), 1.0)
    return LabelTest(
        np.where(tested, given, 0.0), p_value, logs.argmax(axis=1), tested, blind, 1.0 / (len(rows) + 2), classes
    )


def _fit(scores: Floats, labels: Ints, trusted: Bools) -> tuple[float, float]:
    """The sharpness t and blind rate e of greatest likelihood.

    As in Platt's scaling (1999) the fit is told of one more item, spread over all, whose label is the runner-up:
    a few well separated items do not make honest mistakes impossible. e is at least the rate that m items without
    a mistake leave open, 1 / (m + 2).
    """
    rows, classes = len(labels), scores.shape[1]
    least = 1.0 / (rows + 2)
    if rows == 0 or classes == 1:
        return 1.0, least
    at = np.arange(rows)
    rest = scores.copy()
    rest[at, labels] = -np.inf
    runner_up = rest.argmax(axis=1)

    def loss(parameters: Floats) -> float:
        sharpness, blind = np.exp(parameters[0]), special.expit(np.clip(parameters[1], -14.0, 3.0))
        logs = special.log_softmax(sharpness * scores, axis=1)
        given = logs[at, labels]
        mixed = np.logaddexp(np.log1p(-blind) + given, np.log(blind / classes))
        return -float(np.where(trusted, given, mixed).sum() + logs[at, runner_up].mean())

    options = {"xatol": 0.02, "fatol": 0.01, "maxiter": 120}
    found = optimize.minimize(loss, np.array([1.5, -4.0]), method="Nelder-Mead", options=options)
    blind = 0.0 if trusted.all() else float(special.expit(np.clip(found.x[1], -14.0, 3.0)))
    return float(np.exp(np.clip(found.x[0], -3.0, 6.0))), max(least, blind)


def blind_without(test: LabelTest, members: list[Ints], counted: Bools) -> list[float]:
    """The rate of blindly drawn labels among the `counted` items of everybody but each contributor in turn.

    Expectation-maximisation on a histogram of log-probabilities, from which a contributor is subtracted.
    """
    edges = np.linspace(-20.0, 0.0, 401)
    odds = np.exp(edges) * test.classes
    place = np.clip(np.searchsorted(edges, test.log_given), 0, 400)
    counted = counted & test.tested
    everyone = np.bincount(place[counted], minlength=401)
    rates = []
    for rows in members:
        rest = everyone - np.bincount(place[rows[counted[rows]]], minlength=401)
        rate = max(test.blind, 0.01)
        for _ in range(30 if rest.any() else 0):
            rate = float((rest * (rate / ((1.0 - rate) * odds + rate))).sum() / rest.sum())
        rates.append(float(np.clip(rate, 1.0 / (int(rest.sum()) + 2), 0.9)) if rest.any() else test.least)
    return rates


def contributor_bet(test: LabelTest, labels: Ints) -> float:
    """A p-value that labels are drawn blindly no more often than at the rate of `test`: one over an e-value.

    The e-value is the likelihood ratio against the pool's model, averaged over higher rates of wrong labels and over
    where the wrong labels go (anywhere, or all to one class). Its mean is at most 1 when the model holds, whatever the
    number of items (Vovk and Wang, "E-values", Annals of Statistics 2021).
    """
    rows = np.flatnonzero(test.tested)
    if len(rows) == 0:
        return 1.0
    given, chance = test.log_given[rows], np.log(1.0 / test.classes)
    pool = np.logaddexp(np.log1p(-test.blind) + given, np.log(test.blind) + chance)
    names, place = np.unique(labels[rows], return_inverse=True)
    bets = []
    for rate in test.blind + (1.0 - test.blind) * RATES:
        honest = np.log1p(-rate) + given
        anywhere = np.logaddexp(honest, np.log(rate) + chance) - pool
        stay = honest - pool
        one_class = np.logaddexp(honest, np.log(rate)) - pool
        bets.append(anywhere.sum() + np.log(0.5))
        gain = np.bincount(place, weights=one_class - stay, minlength=len(names))
        bets.append(special.logsumexp(stay.sum() + gain) + np.log(0.5 / test.classes))
    return float(np.exp(min(0.0, -(special.logsumexp(bets) - np.log(len(RATES))))))


def rank_test(test: LabelTest, labels: Ints, rows: Ints, others: Ints) -> float:
    """A p-value that these items' labels fit as well as the same labels fit others' items.

    Conformal within each class, pooled over all items or over those of the worst class: unlike the bet it does not
    mind which classes a contributor sends, so both together accuse only when labels fit badly both for the image and
    for the class.
    """
    p_values, ratios, classes = [], [], []
    rows = rows[test.tested[rows]]
    for label in np.unique(labels[rows]):
        own, rest = rows[labels[rows] == label], others[labels[others] == label]
        if len(rest):
            p_values.append(conformal(-test.log_given[own], -test.log_given[rest]))
            ratios.append(np.full(len(own), len(own) / len(rest)))
            classes.append(pooled(p_values[-1], len(own) / len(rest)))
    if not p_values:
        return 1.0
    return smallest([pooled(np.concatenate(p_values), float(np.concatenate(ratios).mean())), smallest(classes)])


def honest_odds(test: LabelTest, labels: Ints, accused: list[Ints]) -> Floats:
    """The probability [n] that each label is honest, given its image and how often its contributor's labels fail.

    Labels [n] fail at the pool's rate. Those of each accused contributor (its rows) fail at a rate of its own, and
    each of its classes at one of its own again: the posterior modes under Beta priors centred on the pool's rate and
    on the contributor's.
    """
    rate = np.full(len(labels), test.blind)
    for members in accused:
        rows = members[test.tested[members]]
        overall = _failing(test, rows, test.blind, POOL_WEIGHT)
        parts = [rows[labels[rows] == label] for label in np.unique(labels[rows])]
        weight = _alike(test, parts, overall)
        for same in parts:
            rate[same] = _failing(test, same, overall, weight)
    honest = (1.0 - rate) * np.exp(test.log_given)
    return np.asarray(np.where(test.tested, honest / (honest + rate / test.classes), 1.0))


def _failing(test: LabelTest, rows: Ints, centre: float, weight: float) -> float:
    """How often the labels of these rows fail, by expectation-maximisation; the prior counts as `weight` items."""
    chance, given = 1.0 / test.classes, np.exp(test.log_given[rows])
    rate = 0.2
    for _ in range(TURNS if len(rows) else 0):
        wrong = rate * chance / ((1.0 - rate) * given + rate * chance)
        rate = float((wrong.sum() + weight * centre) / (len(rows) + weight))
    return rate if len(rows) else centre


def _alike(test: LabelTest, parts: list[Ints], centre: float) -> float:
    """How alike the rates of a contributor's classes are: the weight at which the failures seen are likeliest.

    Failures of a class are beta-binomial about the contributor's rate (Skellam, 1948).
    """
    chance, failures, counts = 1.0 / test.classes, [], []
    for rows in parts:
        given = np.exp(test.log_given[rows])
        failures.append(float((centre * chance / ((1.0 - centre) * given + centre * chance)).sum()))
        counts.append(len(rows))
    wrong, right = np.array(failures), np.array(counts) - np.array(failures)
    a, b = WEIGHTS[:, None] * centre, WEIGHTS[:, None] * (1.0 - centre)
    likely = special.betaln(a + wrong, b + right) - special.betaln(a, b)
    return float(WEIGHTS[int(likely.sum(axis=1).argmax())])


def falsely_few(honest: Floats, rate: float) -> Bools:
    """The largest set of items whose mean probability of being honest [n] is at most `rate`, most suspicious first.

    Bayesian false discovery rate (Efron, "Large-Scale Inference", 2010, chapter 5).
    """
    order = np.argsort(honest, kind="stable")
    mean = np.cumsum(honest[order]) / np.arange(1, len(honest) + 1)
    chosen = np.zeros(len(honest), dtype=np.bool_)
    passing = np.flatnonzero(mean <= rate)
    if len(passing):
        chosen[order[: passing[-1] + 1]] = True
    return chosen


__all__ = ["LabelTest", "blind_without", "contributor_bet", "falsely_few", "honest_odds", "label_test", "rank_test"]
