"""Two detectors of the Adversarial Robustness Toolbox, by its own classes, on penultimate features of our network.

Both classes look at the last layer of the model they are given. They are given the network without its last linear
layer, so that they see what the papers say: penultimate activations, not logits.
"""

import random
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.detect.judgement import Judgement, Seen

SMALL = 0.35


def spectral(seen: Seen, bound: float) -> Judgement:
    """Spectral signatures (Tran et al. 2018): in each class, flag the 1.5 x `bound` farthest along the first direction.

    ART's default for the bound is 0.33, which would throw away half of every class. Scores are ART's own outlier
    scores (which, unlike the paper's, project features that are not centred), divided by their median in the class so
    that classes can be compared.
    """
    from art.defences.detector.poison import SpectralSignatureDefense

    classifier, inputs = _wrapped(seen)
    defence = SpectralSignatureDefense(classifier, inputs, _one_hot(seen), expected_pp_poison=bound)
    _, clean = defence.detect_poison()
    described = seen.network.features(seen.images)
    scores = np.zeros(len(seen.labels))
    for label in np.unique(seen.labels):
        rows = np.flatnonzero(seen.labels == label)
        raw = SpectralSignatureDefense.spectral_signature_scores(described[rows])[:, 0]
        scores[rows] = raw / (np.median(raw) + 1e-9)
    return Judgement(np.asarray(clean) == 0, scores)


def activations(seen: Seen) -> Judgement:
    """Activation clustering (Chen et al. 2018): two clusters in ten dimensions per class, small ones flagged.

    ART clusters; the paper's rule of relative size (a cluster under 35 % of its class is poison) is applied here, for
    ART 1.20's own does not run on current NumPy, its rule by silhouettes leaves values unset, and its default flags
    the smaller cluster of every class. The score is one minus the share of the class that is in the item's cluster.
    """
    from art.defences.detector.poison import ActivationDefence

    random.seed(seen.seed)
    np.random.seed(seen.seed)  # ART draws its clusters' starts from NumPy's global generator
    classifier, inputs = _wrapped(seen)
    defence = ActivationDefence(classifier, inputs, _one_hot(seen))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clusters_by_class, _ = defence.cluster_activations(nb_clusters=2, nb_dims=10, reduce="PCA")
    shares = np.ones(len(seen.labels))
    for label, clusters in enumerate(clusters_by_class):
        rows = np.flatnonzero(seen.labels == label)
        if len(rows):
            shares[rows] = (np.bincount(clusters) / len(clusters))[clusters]
    return Judgement(shares < SMALL, 1.0 - shares)


def _wrapped(seen: Seen) -> tuple[Any, NDArray[np.float32]]:
    import torch
    from art.estimators.classification import PyTorchClassifier

    from benchmarks.detect.models import tensor

    inputs = tensor(seen.images).numpy()
    body = torch.nn.Sequential(seen.network.body)
    classifier = PyTorchClassifier(
        body, torch.nn.CrossEntropyLoss(), input_shape=inputs.shape[1:], nb_classes=seen.classes, device_type="cpu"
    )
    return classifier, inputs


def _one_hot(seen: Seen) -> NDArray[np.float32]:
    return np.eye(seen.classes, dtype=np.float32)[seen.labels]


__all__ = ["activations", "spectral"]
