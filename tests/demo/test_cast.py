"""Roles and digits are dealt from the seed: the same seed, the same run."""

from __future__ import annotations

import hashlib

import numpy as np

from sebrus.demo.cast import ATTACKS, REVIEWERS, Critic, assemble, key_of
from sebrus.demo.images import as_png


def fingerprint(cast):
    digest = hashlib.sha256()
    for contribution in cast.contributions:
        digest.update(contribution.key.encode() + contribution.images.tobytes() + contribution.labels.tobytes())
    return digest.hexdigest(), [critic.key for critic in cast.critics]


def test_the_same_seed_deals_the_same_and_another_deals_differently():
    assert fingerprint(assemble(3)) == fingerprint(assemble(3))
    assert fingerprint(assemble(3))[0] != fingerprint(assemble(4))[0]


def test_every_attack_and_every_manner_is_on_stage():
    cast = assemble(0)
    assert {c.attack for c in cast.contributions} == {None, *ATTACKS}
    assert {critic.manner for critic in cast.critics} == set(REVIEWERS)
    assert cast.wallets >= 20


def test_no_image_is_dealt_twice_and_none_of_those_held_out():
    cast = assemble(1)
    names = [hashlib.sha256(data).hexdigest() for c in cast.contributions for _, data, _ in c.files]
    seed = {hashlib.sha256(as_png(image)).hexdigest() for image in cast.trusted.images}
    assert len(names) == len(set(names))
    assert set(names) | seed == set(cast.truth)
    held = {image.tobytes() for image in np.concatenate([cast.held_out.images, cast.trusted.images])}
    clean = {image.tobytes() for c in cast.contributions if c.attack in (None, "label_flip") for image in c.images}
    assert len(held & clean) <= 2, "the collection itself may hold a digit twice"


def test_what_each_attack_does_is_what_it_says():
    cast = assemble(2)
    for contribution in cast.contributions:
        wrong = contribution.labels != contribution.true_labels
        if contribution.attack in (None, "clean_label"):
            assert not wrong.any()
        else:
            assert wrong.all()
        if contribution.attack == "backdoor":
            assert set(contribution.labels) == {cast.target}


def test_a_critic_keeps_to_its_manner():
    cast = assemble(0)
    by_manner = {critic.manner: critic for critic in cast.critics}
    names = [f"{n:064x}" for n in range(400)]
    right = {manner: [c.verdict(name, True) for name in names] for manner, c in by_manner.items()}
    assert all(right["lazy"])
    assert sum(right["honest"]) > 360
    assert sum(right["hostile"]) < 40
    assert 120 < sum(right["random"]) < 280
    assert right["honest"] == [by_manner["honest"].verdict(name, True) for name in names]


def test_later_panels_heed_what_the_detector_found():
    honest = Critic(key_of(0, "honest reviewer", 0), "honest", error=0.0)
    assert honest.verdict("a", label_is_right=True)
    assert not honest.verdict("a", label_is_right=True, flagged=True)


def test_a_sleeper_is_honest_but_for_its_allies():
    sleeper = Critic(key_of(0, "sleeper reviewer", 0), "sleeper", error=0.0, allied=frozenset({"b"}))
    assert not sleeper.verdict("a", label_is_right=False)
    assert sleeper.verdict("b", label_is_right=False, flagged=True)
