"""What everybody else's items say of a contributor's items: ridge regression in closed form, no retraining."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


def targets(labels: Ints, classes: int) -> Floats:
    """Labels [n] as -1 and +1 targets [n, classes]."""
    signs = np.full((len(labels), classes), -1.0)
    signs[np.arange(len(labels)), labels] = 1.0
    return signs


def margins(scores: Floats, labels: Ints) -> Floats:
    """The given label's score less the best other one's, [n]; 0 when there is one class only."""
    at = np.arange(len(labels))
    given = scores[at, labels]
    if scores.shape[1] == 1:
        return np.zeros(len(labels))
    rest = scores.copy()
    rest[at, labels] = -np.inf
    return np.asarray(given - rest.max(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A ridge fit on the active items, in the basis where it is diagonal."""

    rotated: Floats
    signs: Floats
    active: Bools
    diagonal: Floats
    projected: Floats
    penalty: float

    def plain(self, rows: Ints) -> Floats:
        """Scores [rows, classes] by the fit as it is."""
        return np.asarray((self.rotated[rows] / self.diagonal) @ self.projected)

    def without(self, rows: Ints) -> Floats:
        """Scores of some items by the fit without those of them that are active, exactly."""
        return np.asarray(self.rotated[rows] @ self.without_weights(rows)[0])

    def without_weights(self, rows: Ints) -> tuple[Floats, Floats]:
        """The weights [d, classes] of the fit without the active ones of some rows B, in closed form.

        With H = F (F'F + cI)^-1 F', they are `w - (F'F + cI)^-1 F_B' (I - H_BB)^-1 (y_B - yhat_B)`, so that B's own
        scores become `y_B - (I - H_BB)^-1 (y_B - yhat_B)`; with B a single item this is the leave-one-out formula.
        The smaller of two equal linear systems is solved. The second result R [d, any] gives leverages without B:
        that of a row f gains `|f R|^2` over `f (F'F + cI)^-1 f'`.
        """
        weights = self.projected / self.diagonal[:, None]
        held = rows[self.active[rows]]
        if len(held) == 0:
            return weights, np.zeros((len(self.diagonal), 0))
        part, signs = self.rotated[held], self.signs[held]
        scaled = part / self.diagonal
        if len(held) <= len(self.diagonal):
            root = np.linalg.cholesky(np.eye(len(held)) - scaled @ part.T)
            both = np.concatenate([scaled, signs - part @ weights], axis=1)
            solved = linalg.solve_triangular(root, both, lower=True, check_finite=False)
            gain = solved[:, : len(weights)].T
            return weights - gain @ solved[:, len(weights) :], gain
        rest = np.linalg.inv(np.diag(self.diagonal) - part.T @ part)
        change = rest - np.diag(1.0 / self.diagonal)
        values, vectors = np.linalg.eigh((change + change.T) / 2)
        gain = vectors * np.sqrt(np.clip(values, 0.0, None))
        return rest @ (self.projected - part.T @ signs), gain

    def each_alone(self, rows: Ints) -> Floats:
        """Scores of some items, each as if it alone had been left out."""
        scores, part = self.plain(rows), self.rotated[rows]
        leverage = np.where(self.active[rows], ((part * part) / self.diagonal).sum(axis=1), 0.0)
        return np.asarray(self.signs[rows] - (self.signs[rows] - scores) / (1.0 - leverage)[:, None])


def fit(described: NDArray[np.float32], signs: Floats, active: Bools) -> Fit:
    """Fit signs [n, classes] by features [n, d] on the active rows.

    The penalty is the one of a fixed grid with the least leave-one-out error.
    """
    used = described[active]
    eigen, vectors = np.linalg.eigh((used.T @ used).astype(np.float64))
    eigen = np.clip(eigen, 0.0, None)
    rotated = (described @ vectors.astype(np.float32)).astype(np.float64)
    projected = rotated[active].T @ signs[active]
    penalty = _best_penalty(eigen, rotated[active], projected, signs[active])
    return Fit(rotated, signs, active, eigen + penalty, projected, penalty)


def fit_sums(
    described: NDArray[np.float32], signs: Floats, active: Bools, gram: Floats, product: Floats
) -> tuple[Fit, Floats]:
    """A fit on items of which only `gram` F'F [d, d] and `product` F'Y [d, classes] are known, and the basis [d, d].

    The rows at hand must be among them where active; the penalty is chosen on these.
    """
    eigen, vectors = np.linalg.eigh(gram)
    eigen = np.clip(eigen, 0.0, None)
    # In single precision an item of a pool smaller than its features are many would weigh more than the sums hold.
    rotated = described.astype(np.float64) @ vectors
    projected = vectors.T @ product
    penalty = _best_penalty(eigen, rotated[active], projected, signs[active])
    return Fit(rotated, signs, active, eigen + penalty, projected, penalty), vectors


def _best_penalty(eigen: Floats, rotated: Floats, projected: Floats, signs: Floats) -> float:
    squared = rotated * rotated
    best, least = 1.0, np.inf
    for penalty in 10.0 ** np.arange(-3.0, 3.0):
        shrunk = 1.0 / (eigen + penalty)
        error = signs - rotated @ (shrunk[:, None] * projected)
        error /= np.maximum(1.0 - squared @ shrunk, 1e-6)[:, None]
        loss = float((error * error).mean())
        if loss < least:
            best, least = float(penalty), loss
    return best


def by_source(source: Ints) -> list[Ints]:
    """The rows of each source, in order of source."""
    order = np.argsort(source, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(source[order])) + 1))


__all__ = ["Fit", "by_source", "fit", "fit_sums", "margins", "targets"]
