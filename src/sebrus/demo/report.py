"""What a run came to: report.json, and a table for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from sebrus.demo.cast import ATTACKS, Cast
from sebrus.demo.images import as_png, digest
from sebrus.demo.models import Trained, train_and_attack
from sebrus.platform.application import Application
from sebrus.store.projected import Event, Item, Round, Seat


@dataclass(frozen=True)
class Outcome:
    """What the gate decided, by sha256, and what deciding cost."""

    accepted: dict[str, bool]
    gas: int
    verdicts: int


def read_outcome(application: Application, dataset_id: str) -> Outcome:
    """Read decisions and costs from the tables and the chain."""
    with application.database.read() as session:
        rows = session.execute(select(Item.sha256, Item.accepted).where(Item.dataset_id == dataset_id))
        accepted = {sha256: bool(decision) for sha256, decision in rows}
        transactions = set(session.scalars(select(Event.transaction_hash)))
        same = (Seat.batch_id == Round.batch_id) & (Seat.round == Round.round)
        revealed = select(func.sum(Round.items)).join(Seat, same).where(Seat.verdicts.is_not(None))
        verdicts = session.scalar(revealed) or 0
    receipts = (application.contract.web3.eth.get_transaction_receipt(t) for t in transactions)  # type: ignore[arg-type]
    return Outcome(accepted, sum(receipt["gasUsed"] for receipt in receipts), int(verdicts))


def compose(cast: Cast, outcome: Outcome) -> dict[str, Any]:
    """Count what was sent and kept, train on both, and put it together as report.json has it."""
    sent: dict[str, list[bool]] = {"honest": [], **{attack: [] for attack in ATTACKS}}
    images, labels, kept = [], [], []
    for contribution in cast.contributions:
        decisions = [outcome.accepted.get(digest(as_png(image)), False) for image in contribution.images]
        sent[contribution.attack or "honest"] += decisions
        images.append(contribution.images)
        labels.append(contribution.labels)
        kept += decisions
    everything, given, chosen = np.concatenate(images), np.concatenate(labels), np.array(kept)
    signal_class = next(int(c.labels[0]) for c in cast.contributions if c.attack == "clean_label")
    attacked = (cast.held_out, cast.target, signal_class, cast.seed)
    total, honest = len(chosen), len(sent["honest"])
    return {
        "seed": cast.seed,
        "wallets": cast.wallets,
        "items": {"total": total, "honest": honest, "poisoned": total - honest},
        "honest": _count(sent["honest"]),
        "by_attack": {attack: _count(sent[attack]) for attack in ATTACKS},
        "models": {
            "undefended": _model(train_and_attack(everything, given, *attacked)),
            "defended": _model(train_and_attack(everything[chosen], given[chosen], *attacked)),
        },
        "gas": {"total": outcome.gas, "per_item": round(outcome.gas / total, 1)},
        "votes_per_item": round(outcome.verdicts / total, 3),
    }


def _count(decisions: list[bool]) -> dict[str, int]:
    return {"submitted": len(decisions), "accepted": sum(decisions)}


def _model(trained: Trained) -> dict[str, Any]:
    return {
        "clean_accuracy": round(trained.clean_accuracy, 4),
        "attack_success": {
            "backdoor": round(trained.backdoor_success, 4),
            "clean_label": round(trained.clean_label_success, 4),
        },
    }


def write(report: dict[str, Any], path: Path) -> None:
    """Write report.json in one piece."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(report, indent=2) + "\n")
    temporary.replace(path)


def show(report: dict[str, Any], console: Console) -> None:
    """Print the run as tables."""
    items = Table(title="What was sent, what was kept")
    items.add_column("items")
    for heading in ("sent", "accepted", "share"):
        items.add_column(heading, justify="right")
    rows = {"honest": report["honest"]} | {k.replace("_", " "): v for k, v in report["by_attack"].items()}
    for name, count in rows.items():
        share = count["accepted"] / count["submitted"]
        items.add_row(name, str(count["submitted"]), str(count["accepted"]), f"{share:.1%}")
    console.print(items)

    models = Table(title="A classifier trained on it")
    for heading, justify in (("trained on", "left"), ("clean accuracy", "right")):
        models.add_column(heading, justify=justify)  # type: ignore[arg-type]
    models.add_column("backdoor succeeds", justify="right")
    models.add_column("clean-label attack succeeds", justify="right")
    for key, name in (("undefended", "everything sent"), ("defended", "the release")):
        model = report["models"][key]
        success = model["attack_success"]
        models.add_row(
            name, f"{model['clean_accuracy']:.1%}", f"{success['backdoor']:.1%}", f"{success['clean_label']:.1%}"
        )
    console.print(models)
    gas, release = report["gas"], report["release"]
    console.print(
        f"{report['wallets']} wallets, {report['votes_per_item']} verdicts and {gas['per_item']:,} gas per item, "
        f"{report['seconds']} seconds. Release: {release['items']} items, "
        f"{'verified against the chain' if release['verified'] else 'NOT VERIFIED'}.",
        soft_wrap=True,
    )
