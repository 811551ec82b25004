"""crowd-kit's aggregators on the same votes: which run, what they say, how long they take."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sebrus.truth import Votes

Ints = NDArray[np.intp]
NAMES = (
    "MajorityVote",
    "Wawa",
    "ZeroBasedSkill",
    "DawidSkene",
    "OneCoinDawidSkene",
    "GLAD",
    "MMSR",
    "MACE",
    "KOS",
)
ABSENT = "not installed; `pip install crowd-kit` brings it"


def version() -> str | None:
    """The installed version of crowd-kit, if any."""
    try:
        return metadata.version("crowd-kit")
    except metadata.PackageNotFoundError:
        return None


def answer(name: str, votes: Votes, gold: Ints | None = None) -> Ints | str:
    """The label of every item, -1 for none, by one of the `NAMES`; or, in words, why there is none.

    With `gold` [items], -1 for unknown, the known answers are handed over; only `DawidSkene` takes them.
    """
    if version() is None:
        return ABSENT
    if name == "KOS" and votes.classes != 2:
        return "for two classes only"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _labels(votes, _run(name, votes, gold))
        except Exception as failed:  # a peer's failure is a result
            return f"{type(failed).__name__}: {str(failed).splitlines()[0][:120] if str(failed) else 'no message'}"


def _run(name: str, votes: Votes, gold: Ints | None) -> Any:
    import pandas
    from crowdkit import aggregation

    table = pandas.DataFrame({"task": votes.items, "worker": votes.reviewers, "label": votes.labels})
    fit: Callable[..., Any] = getattr(aggregation, name)().fit_predict
    if gold is None:
        return fit(table)
    asked = np.flatnonzero(gold >= 0)
    return fit(table, true_labels=pandas.Series(gold[asked], index=asked))


def _labels(votes: Votes, said: Any) -> Ints:
    labels = np.full(votes.item_count, -1, dtype=np.intp)
    labels[np.asarray(said.index, dtype=np.intp)] = np.asarray(said.to_numpy(), dtype=np.intp)
    return labels
