"""Every test on what the networks show, one p-value per contributor, and which items speak for it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special, stats
from threadpoolctl import threadpool_limits

from sebrus.detect.calibrate import conformal, pooled, rejected
from sebrus.detect.deep.dynamics import Predictions, calibrated, contributor_bet, honest_odds
from sebrus.detect.deep.look import Look
from sebrus.detect.deep.roster import Roster
from sebrus.detect.deep.shift import Space, along, shift_p_values, space
from sebrus.detect.deep.spectrum import spectrum_scores
from sebrus.detect.deep.standing import TINY, Bools, Cell, Floats, Ints, cell_p_values, p_values, widened
from sebrus.detect.labels import falsely_few
from sebrus.detect.ridge import margins

DeepTest = Literal["dynamics", "spectrum", "gradient"]
TESTS: tuple[DeepTest, ...] = ("dynamics", "spectrum", "gradient")
SUPPORT = 3
RIDGE = 0.2


@dataclass(frozen=True, slots=True)
class Accusation:
    """A contributor's p-value, the test that spoke and the class it spoke of, -1 for all of them."""

    p_value: float
    test: DeepTest
    label: int


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What the tests say. `by_cell` holds each test's p-values [cells]; `scores` [n] per measure, large is suspicious;
    `tested` [n]: enough items of others show the class."""

    roster: Roster
    said: Predictions
    tested: Bools
    scores: dict[str, Floats]
    spaces: dict[str, Space]
    by_cell: dict[DeepTest, Floats]
    accusations: list[Accusation]

    def p_values(self) -> Floats:
        """The contributors' p-values."""
        return np.array([one.p_value for one in self.accusations], dtype=np.float64)


def weigh(seen: Look, roster: Roster) -> Weighed:
    """Run every test on a pool."""
    # Many small products: threads that wait for each other cost more than they bring.
    with threadpool_limits(limits=1, user_api="blas"):
        return _weigh(seen, roster)


def _weigh(seen: Look, roster: Roster) -> Weighed:
    labels, source = roster.labels, roster.source
    said = calibrated(seen.outside, labels, seen.fold, roster.trusted)
    tested = _supported(labels, seen.fold, roster.classes)
    spaces = {
        "features": space(seen.inside.features, labels, roster.classes),
        "directions": space(seen.inside.directions, labels, roster.classes),
    }
    gap = seen.margins - margins(seen.outside.astype(np.float64), labels)
    scores = {
        "unfit": np.where(tested, -said.log_given(labels), -np.inf),
        "gap": np.where(tested, gap, -np.inf),
        "hard": -seen.margins.astype(np.float64),
    }
    scores["energy"], scores["features ratio"] = spectrum_scores(spaces["features"].white, labels, roster.classes)
    _, scores["directions ratio"] = spectrum_scores(spaces["directions"].white, labels, roster.classes)
    ranked = {name: p_values(values, labels, source) for name, values in scores.items()}
    by_rank = {name: cell_p_values(roster.cells, *both) for name, both in ranked.items()}
    bets = np.array([contributor_bet(said, labels, rows[tested[rows]]) for rows in roster.members])
    shifts = {name: shift_p_values(at, labels, roster.cells) for name, at in spaces.items()}
    owner = np.array([cell.source for cell in roster.cells], dtype=np.intp)
    bet_of = bets[owner] if len(owner) else np.zeros(0)
    by_cell: dict[DeepTest, Floats] = {
        "dynamics": _least(np.maximum(bet_of, by_rank["unfit"]), by_rank["gap"], by_rank["hard"]),
        "spectrum": _least(
            by_rank["energy"], by_rank["features ratio"], by_rank["directions ratio"], shifts["features"]
        ),
        "gradient": shifts["directions"],
    }
    overall = np.maximum(bets, _overall(roster.members, *ranked["unfit"]))
    accusations = _accuse(overall, by_cell, owner, roster)
    return Weighed(roster, said, tested, scores, spaces, by_cell, accusations)


def _supported(labels: Ints, fold: Ints, classes: int) -> Bools:
    """Whether at least three items of other folds show an item's class, [n]."""
    counts = np.zeros((int(fold.max()) + 1, classes), dtype=np.intp)
    np.add.at(counts, (fold, labels), 1)
    return np.asarray((counts.sum(axis=0)[labels] - counts[fold, labels]) >= SUPPORT)


def _least(*several: Floats) -> Floats:
    return np.asarray(np.minimum(1.0, len(several) * np.min(several, axis=0)))


def _overall(members: list[Ints], p: Floats, size: Floats) -> Floats:
    """One p-value per contributor that its labels fit as well as those of others' items of the same classes."""
    return widened(
        np.array([pooled(p[rows], float(np.mean(len(rows) / np.maximum(size[rows], 1.0)))) for rows in members])
    )


def _accuse(overall: Floats, by_cell: dict[DeepTest, Floats], owner: Ints, roster: Roster) -> list[Accusation]:
    accusations = []
    for contributor, whole in enumerate(overall):
        mine = np.flatnonzero(owner == contributor)
        said: list[tuple[float, DeepTest, int]] = [(float(whole), "dynamics", -1)]
        for test in TESTS:
            if len(mine):
                best = mine[by_cell[test][mine].argmin()]
                said.append((float(by_cell[test][best]) * len(mine), test, roster.cells[best].label))
        p, test, label = min(said)
        accusations.append(Accusation(float(np.clip(p * (len(TESTS) + 1), TINY, 1.0)), test, label))
    return accusations


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """Items [n] that speak for an accusation: `flagged`, `p_value`, the `test` that spoke, and their `cells`."""

    flagged: Bools
    p_value: Floats
    test: list[DeepTest | None]
    cells: list[Cell]


def mark(weighed: Weighed, accused: Bools, rate: float) -> Marked:
    """Which items of the accused contributors [contributors] bear the accusation, at a false discovery rate.

    Without contributors, all labels are asked.
    """
    roster, n = weighed.roster, len(weighed.roster.labels)
    marked = Marked(np.zeros(n, bool), np.ones(n), [None] * n, [])
    if not roster.members:
        _mark_labels(weighed, np.flatnonzero(~roster.trusted), rate, marked)
    for contributor in np.flatnonzero(accused):
        _mark_cells(weighed, int(contributor), rate, marked)
        if weighed.accusations[contributor].label < 0:
            _mark_labels(weighed, roster.members[contributor], rate, marked)
    return marked


def _mark_labels(weighed: Weighed, rows: Ints, rate: float, marked: Marked) -> None:
    rows = rows[weighed.tested[rows]]
    odds = honest_odds(weighed.said, weighed.roster.labels, rows)
    _set(marked, rows, falsely_few(odds, rate), odds, "dynamics")


def _mark_cells(weighed: Weighed, contributor: int, rate: float, marked: Marked) -> None:
    mine = [place for place, cell in enumerate(weighed.roster.cells) if cell.source == contributor]
    for place in mine:
        p, test = min((float(weighed.by_cell[test][place]), test) for test in TESTS)
        if p * len(mine) * (len(TESTS) + 1) <= rate:
            cell = weighed.roster.cells[place]
            flagged, item_p = chosen(weighed, cell, rate)
            marked.cells.append(cell)
            _set(marked, cell.rows, flagged, item_p, test)


def _set(marked: Marked, rows: Ints, chosen: Bools, p: Floats, test: DeepTest) -> None:
    marked.p_value[rows] = np.minimum(marked.p_value[rows], p)
    for row in rows[chosen & ~marked.flagged[rows]]:
        marked.test[row] = test
    marked.flagged[rows] |= chosen


def suspicion(weighed: Weighed, cell: Cell) -> Floats:
    """Conformal p-values [rows] of a cell's items among others' items of the class.

    Every measure is turned into normal scores by its ranks among the others. They are added with the weights that best
    tell the cell's mean from the others', given how measures go together among the others (Fisher's discriminant), none
    below 0. How far an item points along a shift is measured without the item itself.
    """
    labels = weighed.roster.labels
    others = np.flatnonzero((labels == cell.label) & (weighed.roster.source != cell.source))
    pairs = [(values[cell.rows], values[others]) for values in weighed.scores.values()]
    pairs += [along(at, cell, labels) for at in weighed.spaces.values()]
    mine = np.array([_normal(own, theirs) for own, theirs in pairs])
    rest = np.array([_normal(theirs, theirs) for _, theirs in pairs])
    together = np.cov(rest) + RIDGE * np.eye(len(pairs)) if rest.shape[1] > 1 else np.eye(len(pairs))
    root = np.linalg.cholesky(together)
    weights, _ = optimize.nnls(root.T, np.linalg.solve(root, mine.mean(axis=1)))
    return conformal(weights @ mine, weights @ rest)


def chosen(weighed: Weighed, cell: Cell, rate: float) -> tuple[Bools, Floats]:
    """Which rows of a cell bear its accusation, and their p-values.

    Benjamini-Hochberg with the share of honest rows estimated from the p-values above a half (Storey 2002).
    """
    p = suspicion(weighed, cell)
    honest = min(1.0, 2.0 * float((p > 0.5).mean()) + 1.0 / len(p))
    return rejected(p, min(0.5, rate / honest)), p


def _normal(values: Floats, among: Floats) -> Floats:
    ordered = np.sort(among)
    above = len(ordered) - np.searchsorted(ordered, values, side="left")
    return np.asarray(stats.norm.isf((above + 0.5) / (len(ordered) + 1.0)))


def likeliest(said: Predictions) -> tuple[Ints, Floats]:
    """The likeliest label [n] by networks without the contributor, and its probability."""
    chances = special.softmax(said.logits, axis=1)
    return chances.argmax(axis=1), chances.max(axis=1)


__all__ = ["TESTS", "Accusation", "DeepTest", "Marked", "Weighed", "likeliest", "mark", "weigh"]
