"""`/api/ready` says what is missing, and `/api/health` lives on without it."""

from __future__ import annotations

import shutil

import httpx
import pytest
from sqlalchemy import text

from sebrus.store.projected import Cursor

pytestmark = pytest.mark.chain


def ready(stage):
    answer = httpx.get(f"{stage.url}/api/ready", timeout=60)
    assert answer.headers["x-content-type-options"] == "nosniff"
    body = answer.json()
    assert answer.status_code == (200 if body["ready"] else 503)
    assert body["ready"] == (body["problems"] == {})
    for sentence in body["problems"].values():
        assert sentence.endswith(".") and str(stage.application.settings.home_path) not in sentence
    return body["problems"]


def test_a_whole_stage_is_ready(stage):
    assert ready(stage) == {}


def test_each_missing_part_is_named_and_comes_back(own_stage, monkeypatch):
    stage = own_stage
    root = stage.application.blobs.root
    root.rename(root.with_name("elsewhere"))
    assert set(ready(stage)) == {"store"}
    root.with_name("elsewhere").rename(root)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
        assert "full" in ready(stage)["store"]

    with stage.application.database.engine.begin() as connection:
        known = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    assert set(ready(stage)) == {"migrations"}
    with stage.application.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": known})

    indexed = stage.row(Cursor, 1).block_number
    stage.rpc("anvil_mine", hex(200))
    assert "200 blocks behind" in ready(stage)["chain"]
    assert httpx.get(f"{stage.url}/api/health").json()["status"] == "behind"
    stage.index()
    assert stage.row(Cursor, 1).block_number == indexed + 200
    assert ready(stage) == {}

    stage.chain.kill()
    assert "does not answer" in ready(stage)["chain"]
    assert httpx.get(f"{stage.url}/api/health").status_code == 200


def test_health_tells_how_long_the_ether_lasts(own_stage):
    own_stage.chain.set_balance(own_stage.application.operator.address, 10**12)
    health = httpx.get(f"{own_stage.url}/api/health").json()
    assert health["status"] == "ok", "it still answers"
    assert health["batches_affordable"] == 0
    assert len(health["warnings"]) == 1 and "send it more" in health["warnings"][0]


def test_an_ample_wallet_is_no_warning(stage):
    health = httpx.get(f"{stage.url}/api/health").json()
    assert health["batches_affordable"] > 1000 and health["warnings"] == []
