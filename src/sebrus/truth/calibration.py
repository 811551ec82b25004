"""A classifier as one more voter: its probabilities, sharpened or blunted to what the votes show it is worth."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FIT_ROWS, FEW = 6000, 10
LEAST = 1e-6
SHARPEST = 100.0


def item_prior(said: Floats, truths: Floats, share: Floats, telling: Bools) -> Floats:
    """The probabilities [items, classes] of each item's class before its votes, from a classifier's.

    `said` [items, classes] are the classifier's, nan rows where it says nothing: these get `share` [classes]. The
    others get `softmax(t log said + b)`; the sharpness t (0 to 100) and the offsets b are those under which `truths`,
    probabilities inferred without the classifier, are likeliest (temperature and bias: Guo et al., ICML 2017), with
    one more item that the classifier is wrong about, so that it is never believed without limit. They are fitted on
    the items that are `telling` [items], more than a single voter's word, if there are ten. A classifier that tells
    nothing gets t = 0. As the item's prior inside Dawid-Skene: Raykar et al., JMLR 11, 2010.

    >>> half = np.array([[0.5, 0.5]])
    >>> item_prior(half, np.array([[1.0, 0.0]]), half[0], np.array([True])).round(1).tolist()
    [[0.5, 0.5]]
    """
    items, classes = said.shape
    prior = np.tile(share, (items, 1))
    rows = np.flatnonzero(~np.isnan(said).any(axis=1))
    if len(rows) == 0 or classes == 1:
        return prior
    logs = np.log(np.maximum(said, LEAST))
    fit = rows[telling[rows]] if telling[rows].sum() >= FEW else rows
    if len(fit) > FIT_ROWS:
        fit = np.sort(np.random.default_rng(0).choice(fit, FIT_ROWS, replace=False))
    sharpness, offsets = _fit(logs[fit], truths[fit], share)
    prior[rows] = np.maximum(special.softmax(sharpness * logs[rows] + offsets, axis=1), LEAST)
    return np.asarray(prior / prior.sum(axis=1, keepdims=True))


def _fit(logs: Floats, truths: Floats, share: Floats) -> tuple[float, Floats]:
    """Sharpness and offsets of least cross-entropy; both are drawn towards no classifier by one item each."""
    rows, classes = logs.shape
    wrong = np.where(np.arange(classes) == logs.argmax(axis=1)[:, None], 0.0, 1.0 / (classes - 1))
    target = truths + wrong / rows

    def loss(parameters: Floats) -> tuple[float, Floats]:
        sharpness, offsets = parameters[0], parameters[1:]
        fitted = special.log_softmax(sharpness * logs + offsets, axis=1)
        off = np.exp(fitted) * target.sum(axis=1, keepdims=True) - target
        drawn = offsets - np.log(share)
        slope = np.concatenate([[(off * logs).sum()], off.sum(axis=0) + drawn])
        return -float((target * fitted).sum()) + 0.5 * float((drawn**2).sum()), slope

    from scipy import optimize  # every server would load its 20 MiB, and few have a classifier to calibrate

    start = np.concatenate([[0.0], np.log(share)])
    bounds = [(0.0, SHARPEST)] + [(None, None)] * classes
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), np.asarray(found.x[1:])


__all__ = ["item_prior"]
