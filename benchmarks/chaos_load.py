"""Who works while chaos.py strikes: contributors hand in and withdraw, reviewers vote; all keep what they did."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks.uploads import arrays, classes, encoded
from sebrus.client import Client, Contributor, Reviewer, ServerRefused, ServerUnreachable
from sebrus.demo.cast import Cast, Contribution, Critic, key_of
from sebrus.demo.images import Digits, as_png, digest
from sebrus.demo.stage import POLICY

GWEI = 10**9
TRUSTED = 60
CONTRIBUTORS = 6
OPEN_BATCHES = 2
REVIEWERS = 18
SMALLEST_BATCH, LARGEST_BATCH = 4, 12
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.5
FINAL = {"Settled", "Voided", "Refused"}
NUMBERS_PER_CONTRIBUTOR = 1_000_000
# Small panels decide sooner; restarting Python processes on a loaded machine takes seconds, and a reviewer must still
# find the window open.
RULES = replace(
    POLICY,
    panel_size=3,
    escalated_size=5,
    final_size=7,
    quorum=2,
    detector_votes=3,
    max_items=64,
    max_gold=32,
    commit_window=25,
    reveal_window=25,
)


def cast_of(seed: int) -> Cast:
    """Contributors and reviewers by key, and a trusted seed of 28x28 digits."""
    nothing = Digits(np.zeros((0, 28, 28), dtype=np.uint8), np.zeros(0, dtype=np.int64))
    start = 100 * NUMBERS_PER_CONTRIBUTOR
    trusted = Digits(arrays(seed, start, TRUSTED), classes(start, TRUSTED))
    people = [key_of(seed, "chaos contributor", number) for number in range(CONTRIBUTORS)]
    return Cast(
        seed=seed,
        owner_key=key_of(seed, "chaos owner", 0),
        trusted=trusted,
        held_out=nothing,
        target=0,
        contributions=[Contribution(key, None, nothing.images, nothing.labels, nothing.labels) for key in people],
        critics=[Critic(key_of(seed, "chaos reviewer", n), "honest", 0.02) for n in range(REVIEWERS)],
        truth={digest(as_png(image)): int(label) for image, label in zip(trusted.images, trusted.labels, strict=True)},
    )


@dataclass
class Ledger:
    """What one contributor was told: images taken in, batches handed in with their end, withdrawals taken."""

    address: str
    images: list[str] = field(default_factory=list)
    batches: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    withdrawals: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Sender(threading.Thread):
    """A contributor with some batches under way at any time, who takes out some gwei after each that ends."""

    def __init__(self, url: str, dataset_id: str, cast: Cast, number: int, over: threading.Event) -> None:
        super().__init__(name=f"contributor {number}")
        self._url = url
        self._dataset_id = dataset_id
        self._cast = cast
        self._key = cast.contributions[number].key
        self._over = over
        self._rng = np.random.default_rng([cast.seed, number])
        self._next = number * NUMBERS_PER_CONTRIBUTOR
        self._running: list[str] = []
        self.ledger = Ledger(cast.contributions[number].address)

    def run(self) -> None:
        """Hand in until `over` is set, then wait for what is under way."""
        with Client(self._url, patience=PATIENCE_SECONDS) as client:
            contributor = Contributor(client, self._key)
            while not self._over.is_set():
                self._try(lambda: self._hand_in(contributor))
                if len(self._running) >= OPEN_BATCHES:
                    self._await(client, self._running.pop(0))
                    self._try(lambda: self._withdraw(contributor))
            for batch_id in self._running:
                self._await(client, batch_id)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (ServerRefused, ServerUnreachable) as error:
            self.ledger.complaints.append(f"{type(error).__name__}: {error}")
            self._over.wait(1.0)

    def _hand_in(self, contributor: Contributor) -> None:
        count = int(self._rng.integers(SMALLEST_BATCH, LARGEST_BATCH + 1))
        images = [encoded(image) for image in arrays(self._cast.seed, self._next, count)]
        labels = classes(self._next, count)
        self._next += count
        wrong = self._rng.random(count) < 0.15
        files = []
        for number, (data, label, flipped) in enumerate(zip(images, labels, wrong, strict=True)):
            self._cast.truth[hashlib.sha256(data).hexdigest()] = int(label)
            files.append((f"{number}.png", data, int(label + flipped) % 10))
        handed = contributor.submit(self._dataset_id, files)
        refused = set(handed.refused)
        self.ledger.images += [hashlib.sha256(data).hexdigest() for name, data, _ in files if name not in refused]
        self.ledger.complaints += [f"an image was refused: {sentence}" for sentence in handed.refused.values()]
        self.ledger.batches[handed.batch_id] = "Handed in"
        self._running.append(handed.batch_id)

    def _await(self, client: Client, batch_id: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(ServerUnreachable, ServerRefused):
                batch = client.get(f"/v1/batches/{batch_id}")
                self.ledger.batches[batch_id] = batch["phase"]
                if batch["phase"] in FINAL:
                    if batch["phase"] == "Refused":
                        self.ledger.refusals[batch_id] = batch["refusal"] or ""
                    return
            time.sleep(POLL_SECONDS)

    def _withdraw(self, contributor: Contributor) -> None:
        """Every amount is another, so that one that is paid twice is seen."""
        amount = 1000 + len(self.ledger.withdrawals)
        nonce = contributor.money()["nonce"]
        contributor.move("withdraw", amount, nonce=nonce)
        self.ledger.withdrawals.append(amount)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(ServerUnreachable, ServerRefused):
                if contributor.money()["nonce"] > nonce:
                    return
            time.sleep(POLL_SECONDS)


class Voting(threading.Thread):
    """All reviewers, in turn, each acting on every seat it has."""

    def __init__(self, url: str, cast: Cast) -> None:
        super().__init__(name="reviewers")
        self._url = url
        self._cast = cast
        self._over = threading.Event()
        self._verdicts: dict[tuple[str, int, str, str], list[bool]] = {}
        self.acts = 0

    def __enter__(self) -> Voting:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look and vote until the block ends."""
        with Client(self._url) as client:
            pairs = [(critic, Reviewer(client, critic.key)) for critic in self._cast.critics]
            while not self._over.wait(0.1):
                for critic, reviewer in pairs:
                    with suppress(ServerUnreachable, ServerRefused):
                        for seat in reviewer.seats():
                            self._act(critic, reviewer, seat)

    def _act(self, critic: Critic, reviewer: Reviewer, seat: dict[str, Any]) -> None:
        with suppress(ServerUnreachable, ServerRefused):  # the round has moved on, or the server is away
            if seat["state"] == "commit":
                reviewer.commit(seat, self._judge(critic, reviewer, seat))
                self.acts += 1
            elif seat["state"] == "reveal":
                reviewer.reveal(seat, self._judge(critic, reviewer, seat))
                self.acts += 1

    def _judge(self, critic: Critic, reviewer: Reviewer, seat: dict[str, Any]) -> list[bool]:
        key = (seat["batch_id"], seat["round"], seat["screening"], critic.address)
        if key not in self._verdicts:
            task = reviewer.task(seat)
            shown = task.evidence or [{"flagged": False}] * task.positions
            self._verdicts[key] = [
                critic.verdict(picture.sha256, self._cast.truth[picture.sha256] == picture.label, evidence["flagged"])
                for picture, evidence in zip(task.pictures or [], shown, strict=True)
            ] or [False] * task.positions
        return self._verdicts[key]
