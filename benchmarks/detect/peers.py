"""Public detectors beside ours, in the form of the benchmark. None of them is told how much poison there is.

Where a method asks for the amount, it gets a bound that an operator could state beforehand: `BOUND` of the pool, or
`CLASS_BOUND` of a class.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import NearestNeighbors

from benchmarks.detect.judgement import Detector, Floats, Judgement, Seen
from benchmarks.detect.pool import Labels
from benchmarks.detect.spectre import BOUND, spectre

INSTALL = {
    "torch": "pip install torch",
    "cleanlab": "pip install cleanlab",
    "art": "pip install adversarial-robustness-toolbox",
}
CLASS_BOUND = 0.05
FOLDS = 5
NEIGHBOURS = 50
REGULARISATION = 10.0
SHORTER = 0.5
Fold = Callable[[NDArray[np.intp], NDArray[np.intp]], Floats]


@dataclass(frozen=True)
class Peer:
    """A detector, the packages it needs, whether it shares the pool's trained network, its time limit in seconds."""

    judge: Detector
    needs: tuple[str, ...]
    network: bool
    limit: int


def none(seen: Seen) -> Judgement:
    """Flags nothing: what happens without a defence."""
    return Judgement(np.zeros(len(seen.labels), np.bool_), np.zeros(len(seen.labels)))


def cleanlab_on_features(seen: Seen) -> Judgement:
    """cleanlab (Northcutt et al. 2021) on our frozen features: 5-fold probabilities of a logistic regression."""
    described, labels = seen.frozen, seen.labels

    def fold(known: NDArray[np.intp], asked: NDArray[np.intp]) -> Floats:
        model = LogisticRegression(C=REGULARISATION, max_iter=150, tol=1e-3)
        return _placed(model.fit(described[known], labels[known]), described[asked], seen.classes)

    return _confident(labels, _out_of_fold(seen, fold))


def cleanlab_on_network(seen: Seen) -> Judgement:
    """cleanlab on 5-fold probabilities of networks, each trained for half of the usual epochs to bound the time."""
    from benchmarks.detect.models import train

    def fold(known: NDArray[np.intp], asked: NDArray[np.intp]) -> Floats:
        network = train(seen.images[known], seen.labels[known], seen.classes, seen.seed, SHORTER)
        return network.probabilities(seen.images[asked])

    return _confident(seen.labels, _out_of_fold(seen, fold))


def _out_of_fold(seen: Seen, fold: Fold) -> Floats:
    """Class probabilities [n, classes] of every item by a model that was not trained on it."""
    found = np.zeros((len(seen.labels), seen.classes))
    cuts = StratifiedKFold(FOLDS, shuffle=True, random_state=seen.seed)
    for known, asked in cuts.split(seen.labels, seen.labels):
        found[asked] = fold(known, asked)
    return found


def _placed(model: LogisticRegression, described: NDArray[np.float32], classes: int) -> Floats:
    found = np.zeros((len(described), classes))
    found[:, model.classes_] = model.predict_proba(described)
    return found


def _confident(labels: Labels, probabilities: Floats) -> Judgement:
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    flags = find_label_issues(labels, probabilities, n_jobs=1)
    return Judgement(np.asarray(flags, np.bool_), 1.0 - get_label_quality_scores(labels, probabilities))


def deep_knn(seen: Seen) -> Judgement:
    """Deep k-NN (Peri et al. 2020): flag what the most frequent label of its nearest neighbours disagrees with.

    Neighbours by penultimate features of the pool's network, scaled to length 1; the score is the share of the k
    neighbours that have another label. k = 50, or half of the smallest class where that is less.
    """
    described = seen.network.features(seen.images)
    described /= np.linalg.norm(described, axis=1, keepdims=True) + 1e-9
    sizes = np.bincount(seen.labels, minlength=seen.classes)
    k = max(3, min(NEIGHBOURS, int(sizes[sizes > 0].min()) // 2))
    near = NearestNeighbors(n_neighbors=k).fit(described).kneighbors(return_distance=False)
    votes = np.zeros((len(near), seen.classes))
    for column in near.T:
        votes[np.arange(len(near)), seen.labels[column]] += 1
    own = votes[np.arange(len(near)), seen.labels]
    return Judgement(own < votes.max(axis=1), 1.0 - own / k)


def spectre_on_network(seen: Seen) -> Judgement:
    """SPECTRE (Hayase et al. 2021) on penultimate features of the pool's network, by the bound `BOUND` of the pool."""
    flags, scores = spectre(seen.network.features(seen.images).astype(np.float64), seen.labels, BOUND, seen.seed)
    return Judgement(flags, scores)


def spectral_signatures(seen: Seen) -> Judgement:
    """ART's SpectralSignatureDefense; see `art_peers`."""
    from benchmarks.detect.art_peers import spectral

    return spectral(seen, CLASS_BOUND)


def activation_clustering(seen: Seen) -> Judgement:
    """ART's ActivationDefence; see `art_peers`."""
    from benchmarks.detect.art_peers import activations

    return activations(seen)


PEERS: dict[str, Peer] = {
    "none": Peer(none, (), False, 60),
    "cleanlab": Peer(cleanlab_on_features, ("cleanlab",), False, 300),
    "cleanlab-network": Peer(cleanlab_on_network, ("torch", "cleanlab"), False, 900),
    "spectral-signatures": Peer(spectral_signatures, ("torch", "art"), True, 600),
    "activation-clustering": Peer(activation_clustering, ("torch", "art"), True, 600),
    "spectre": Peer(spectre_on_network, ("torch",), True, 600),
    "deep-knn": Peer(deep_knn, ("torch",), True, 600),
}
__all__ = [
    "BOUND",
    "CLASS_BOUND",
    "INSTALL",
    "PEERS",
    "Peer",
    "cleanlab_on_features",
    "cleanlab_on_network",
    "deep_knn",
    "none",
]
