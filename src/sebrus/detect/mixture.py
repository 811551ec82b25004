"""Which items of an accused group carry what it was accused of?

The group is a mixture of honest items, which look like others' items of the class, and of poison. With the honest
part known from others, expectation-maximisation finds the poison's part (learning from positive and unlabelled
examples, Elkan and Noto, KDD 2008).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

TURNS = 60
FAR = 12.0
# The share of poison in which the trigger fell flat, so that it looks like an honest item.
FLAT = 0.01


def poison_odds(mine: Floats, honest: Floats) -> tuple[Floats, Floats]:
    """The log-odds [n] that each item of a group is poison, and the same [m] for honest items of others.

    `mine` [n, k] and `honest` [m, k] are scores that grow with suspicion.

    >>> poison_odds(np.array([[9.0], [9.0], [0.0]]), np.arange(-2, 3.0)[:, None])[0] > 0
    array([ True,  True, False])
    """
    centre = honest.mean(axis=0)
    rest = honest - centre
    covariance = rest.T @ rest / max(1, len(rest)) + 1e-9 * np.eye(mine.shape[1])
    spread = np.sqrt(np.diag(covariance))
    root = np.linalg.cholesky(0.9 * covariance + 0.1 * np.diag(np.diag(covariance)) + 1e-9 * np.diag(spread**2))
    here = np.clip(np.linalg.solve(root, (mine - centre).T).T, -FAR, FAR)
    there = np.clip(np.linalg.solve(root, rest.T).T, -FAR, FAR)
    share, mean, variance = 0.5, np.maximum(2.0 * here.mean(axis=0), 0.5), np.ones(mine.shape[1])
    for _ in range(TURNS):
        weight = special.expit(_ratio(here, mean, variance) + np.log(share / (1.0 - share)))
        total = weight.sum()
        share = float((total + 1.0) / (len(here) + 2.0))
        mean = (weight @ here) / max(total, 1e-9)
        variance = (weight @ (here - mean) ** 2 + 3.0) / (total + 3.0)
    prior = np.log(share / (1.0 - share))
    return _ratio(here, mean, variance) + prior, _ratio(there, mean, variance) + prior


def _ratio(points: Floats, mean: Floats, variance: Floats) -> Floats:
    poison = -0.5 * (((points - mean) ** 2 / variance) + np.log(variance)).sum(axis=1)
    against = poison + 0.5 * (points**2).sum(axis=1)
    return np.asarray(np.logaddexp(np.log1p(-FLAT) + against, np.log(FLAT)))


__all__ = ["poison_odds"]
