"""Contributors send, reviewers look and vote, all through the public API, until every batch is decided."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sebrus.client import Client, Contributor, Reviewer, ServerRefused, ServerUnreachable
from sebrus.demo.cast import Cast, Contribution, Critic
from sebrus.demo.stage import persist

SENDERS = 3
POLL_SECONDS = 0.3
DECIDED = {"Settled", "Voided"}


def contribute(url: str, dataset_id: str, cast: Cast, on_sent: Callable[[], None]) -> dict[str, str]:
    """Everyone hands in their batch, a few at a time; returns batch id by contributor."""

    def send(contribution: Contribution) -> tuple[str, str]:
        with Client(url) as client:
            contributor = Contributor(client, contribution.key)
            handed = persist(lambda: _send(contributor, dataset_id, contribution))
        on_sent()
        return contribution.address, handed

    with ThreadPoolExecutor(SENDERS) as pool:
        return dict(pool.map(send, cast.contributions))


def _send(contributor: Contributor, dataset_id: str, contribution: Contribution) -> str:
    """Hand in one batch; if an answer was lost on the way, the batch is found among those handed in."""
    try:
        return contributor.submit(dataset_id, contribution.files).batch_id
    except ServerRefused as refused:
        if refused.code != "nothing_taken":
            raise
        found = contributor.client.get("/v1/batches", dataset_id=dataset_id, contributor=contributor.address)
        if not found["results"]:
            raise ServerUnreachable("The batch was handed in and is not on chain yet.") from refused
        batch_id: str = found["results"][0]["id"]
        return batch_id


class Reviewing:
    """A thread in which every reviewer follows their seats."""

    def __init__(self, url: str, cast: Cast) -> None:
        self._url = url
        self._cast = cast
        self._stop = threading.Event()
        self._verdicts: dict[tuple[str, int, str], list[bool]] = {}  # by batch, round and reviewer
        self._thread = threading.Thread(target=self._run, name="reviewers")

    def __enter__(self) -> Reviewing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with Client(self._url) as client:
            pairs = [(critic, Reviewer(client, critic.key)) for critic in self._cast.critics]
            while not self._stop.wait(POLL_SECONDS):
                for critic, reviewer in pairs:
                    if critic.manner != "silent":
                        self._follow(critic, reviewer)

    def _follow(self, critic: Critic, reviewer: Reviewer) -> None:
        try:
            for seat in reviewer.seats():
                if seat["state"] == "commit":
                    reviewer.commit(seat, self._judge(critic, reviewer, seat))
                elif seat["state"] == "reveal":
                    reviewer.reveal(seat, self._judge(critic, reviewer, seat))
        except (ServerUnreachable, ServerRefused):
            return  # the server is away, or the round has moved on: look again at the next turn

    def _judge(self, critic: Critic, reviewer: Reviewer, seat: dict[str, Any]) -> list[bool]:
        """The reviewer's verdicts on a seat's task, made once."""
        key = (seat["batch_id"], seat["round"], critic.address)
        if key not in self._verdicts:
            task, truth = reviewer.task(seat), self._cast.truth
            shown = task.evidence or [{"flagged": False}] * task.positions
            # What nobody can see is rejected.
            self._verdicts[key] = (
                [False] * task.positions
                if task.pictures is None
                else [
                    critic.verdict(picture.sha256, truth[picture.sha256] == picture.label, bool(evidence["flagged"]))
                    for picture, evidence in zip(task.pictures, shown, strict=True)
                ]
            )
        return self._verdicts[key]


def await_decisions(client: Client, batch_ids: list[str], on_decided: Callable[[int], None], seconds: float) -> None:
    """Wait until every batch is settled or voided; a batch refused by the chain ends the wait with its reason."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            batches: list[dict[str, Any]] = [client.get(f"/v1/batches/{batch_id}") for batch_id in batch_ids]
        except (ServerUnreachable, ServerRefused):
            batches = []
        refused = [batch["refusal"] for batch in batches if batch["phase"] == "Refused"]
        if refused:
            raise ServerRefused(409, "batch_refused", refused[0])
        decided = sum(batch["phase"] in DECIDED for batch in batches)
        on_decided(decided)
        if decided == len(batch_ids):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"Only {decided} of {len(batch_ids)} batches were decided within {seconds:.0f} seconds.")
        time.sleep(POLL_SECONDS)
