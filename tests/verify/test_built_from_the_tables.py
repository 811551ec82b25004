"""The platform builds the release that verifies from its tables: settled batches, no void and no held one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sebrus.export import ExportRefused
from sebrus.platform.application import Application, open_application
from sebrus.platform.documents import LabelledDigest, save_items
from sebrus.platform.indexer import Indexer
from sebrus.platform.release import build_release
from sebrus.platform.settings import Settings
from sebrus.store.models import SecretTask

pytestmark = pytest.mark.chain


@pytest.fixture
def application(told: Any, lived: Any, tmp_path: Path) -> Iterator[Application]:
    """A server that kept what was sent and shown, and has read the chain."""
    (tmp_path / "deployment.json").write_bytes((told.directory.parent / "deployment.json").read_bytes())
    opened = open_application(Settings(home=tmp_path, chain_port=told.stage.chain.port))
    for number in range(lived.MOST):
        opened.blobs.put(lived.picture(number))
    opened.blobs.put(lived.DOCUMENT)
    for life in told.lives.values():
        items = [LabelledDigest(sha256.hex(), label) for sha256, label in life.items]
        save_items(opened.blobs, "0x" + life.key.batch_id.hex(), items)
    keep_tasks(opened, told.lives.values(), lived)
    Indexer(opened).catch_up()
    yield opened
    opened.close()


def keep_tasks(application: Application, lives: Any, lived: Any) -> None:
    """Keep what the detector kept of each round that it screened."""
    with application.database.write() as session:
        for life in lives:
            for one in life.rounds:
                if one.task is not None:
                    session.add(secret(life, one, lived))


def secret(life: Any, one: Any, lived: Any) -> SecretTask:
    return SecretTask(
        batch_id="0x" + life.key.batch_id.hex(),
        round=one.number,
        positions=[{"sha256": sha256.hex(), "label": label} for sha256, label in one.task],
        task_root="0x" + lived.p.task_tree(one.task).root.hex(),
        flags=[],
        gold=[],
        answers=[],
        salt="0x",
        commitment="0x",
    )


def test_the_tables_give_the_release_that_verifies(told: Any, application: Application, tmp_path: Path) -> None:
    """Byte for byte what the batches' own stories gave, but for the number: one is published already."""
    dataset_id = "0x" + told.stage.dataset.dataset_id.hex()
    written = build_release(application, dataset_id, tmp_path / "release")
    for name in ("batches.jsonl", "proofs.jsonl", "metadata.json", "data/train-00000-of-00001.parquet"):
        assert (written.directory / name).read_bytes() == (told.directory / name).read_bytes(), name
    batches = (written.directory / "batches.jsonl").read_text()
    for name, life in told.lives.items():
        expected = life.dataset is told.stage.dataset and name not in ("void", "held")
        assert (life.key.batch_id.hex() in batches) == expected, name


def test_a_lost_task_is_said_and_nothing_is_written(told: Any, application: Application, tmp_path: Path) -> None:
    batch_id = "0x" + told.lives["appealed"].key.batch_id.hex()
    with application.database.write() as session:
        session.delete(session.get_one(SecretTask, (batch_id, 1)))
    dataset_id = "0x" + told.stage.dataset.dataset_id.hex()
    with pytest.raises(ExportRefused, match="What was shown in round 1 is not at hand"):
        build_release(application, dataset_id, tmp_path / "release")
    assert not (tmp_path / "release").exists()
