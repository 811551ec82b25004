"""Play the main job end to end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account import Account
from rich.console import Console

from sebrus.client import Client, Contributor
from sebrus.demo import report as reporting
from sebrus.demo.actors import Reviewing, await_decisions, contribute
from sebrus.demo.cast import Cast, assemble
from sebrus.demo.stage import Stage, open_dataset, persist, raised, seat_reviewers, wait_until
from sebrus.platform.application import Application, open_application
from sebrus.platform.release import build_release
from sebrus.platform.settings import Settings
from sebrus.verify import verify_release

DECISION_SECONDS = 600.0
WITHDRAWALS = 3


def play(home: Path, seed: int, console: Console) -> dict[str, Any]:
    """Run everything in `home` and return the report, which is also written there."""
    started = time.monotonic()
    step = Steps(console)
    cast = assemble(seed)
    step.say(f"{cast.wallets} wallets: {len(cast.contributions)} contributors, {len(cast.critics)} reviewers, 1 owner")
    with raised(home) as stage, Client(stage.url) as client:
        step.say("chain, indexer, worker and server run; the contract is deployed")
        dataset_id = open_dataset(stage, client, cast)
        step.say(f"dataset {dataset_id[:10]}… created with a trusted seed of {len(cast.trusted)} images and funded")
        seat_reviewers(stage, client, cast)
        step.say("reviewers have staked by signature; contributors have a deposit and no ether")
        batches = run_batches(stage, client, dataset_id, cast, step)
        with opened(stage) as application:
            outcome = reporting.read_outcome(application, dataset_id)
            release = _release(stage, client, application, dataset_id, cast)
        step.say(f"release of {release['items']} items published; verified: {release['verified']}")
        _withdraw(client, cast, batches)
        step.say(f"{WITHDRAWALS} contributors withdrew their rewards by signature")
    step.say("training a classifier on everything and on the release")
    report = reporting.compose(cast, outcome)
    report["seconds"] = round(time.monotonic() - started, 1)
    report["release"] = release
    reporting.write(report, home / "report.json")
    return report


class Steps:
    """Lines of progress with the time since the start."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    def say(self, sentence: str) -> None:
        line = f"[dim]{time.monotonic() - self._started:5.1f} s[/dim]  {sentence}"
        self._console.print(line, highlight=False, soft_wrap=True)


def run_batches(stage: Stage, client: Client, dataset_id: str, cast: Cast, step: Steps) -> dict[str, str]:
    """Contributors send while reviewers vote, until every batch is decided."""
    sent, shown = [], set()

    def on_sent() -> None:
        sent.append(1)

    def on_decided(count: int) -> None:
        quarter = 4 * count // len(cast.contributions)
        if quarter and quarter not in shown:
            shown.add(quarter)
            step.say(f"{count} of {len(cast.contributions)} batches decided")

    with Reviewing(stage.url, cast):
        batches = contribute(stage.url, dataset_id, cast, on_sent)
        step.say(f"{len(sent)} batches handed in; they are screened, drawn and voted on")
        await_decisions(client, list(batches.values()), on_decided, DECISION_SECONDS)
    return batches


@contextmanager
def opened(stage: Stage) -> Iterator[Application]:
    """The running application's parts, for what the owner does on the same machine."""
    environment = stage.environment
    settings = Settings(
        home=Path(environment["SEBRUS_HOME"]),
        port=int(environment["SEBRUS_PORT"]),
        chain_port=int(environment["SEBRUS_CHAIN_PORT"]),
    )
    application = open_application(settings)
    try:
        yield application
    finally:
        application.database.close()


def _release(stage: Stage, client: Client, application: Application, dataset_id: str, cast: Cast) -> dict[str, Any]:
    """Build the release, have the owner publish it, verify it from its files and the chain."""
    directory = stage.home / "release"
    written = build_release(application, dataset_id, directory, replace=True)
    owner = Account.from_key(cast.owner_key)
    arguments = (bytes.fromhex(dataset_id[2:]), written.manifest_root, written.item_count, written.manifest_hash)
    persist(lambda: application.contract.send(owner, "publishRelease", *arguments))
    wait_until(lambda: client.get(f"/v1/datasets/{dataset_id}/releases")["results"])
    verified = verify_release(directory, stage.rpc_url)
    return {
        "path": str(directory),
        "items": written.item_count,
        "manifest_root": "0x" + written.manifest_root.hex(),
        "verified": verified.holds,
    }


def _withdraw(client: Client, cast: Cast, batches: dict[str, str]) -> None:
    """Some contributors take their money out, without ether of their own."""
    honest = [c for c in cast.contributions if c.attack is None and c.address in batches][:WITHDRAWALS]
    for contribution in honest:
        contributor = Contributor(client, contribution.key)
        money = persist(contributor.money)
        persist(lambda c=contributor, m=money: c.move("withdraw", m["free"], nonce=m["nonce"]))
        wait_until(lambda c=contributor: c.money()["free"] == 0)
