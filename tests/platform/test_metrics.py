"""Metrics say how the machine is, and never what a panel or the detector says before it is public."""

from __future__ import annotations

import re
import secrets
import socket
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from sebrus.chain.errors import ContractRefused
from sebrus.platform import metrics
from sebrus.platform.exposing import MetricsUnavailable, exposed
from sebrus.platform.gauges import looked_up
from sebrus.platform.metrics import COUNTED, LOOKED_UP, exposition, gauge
from sebrus.platform.settings import Settings
from sebrus.platform.wallet import WalletWatch
from sebrus.store.models import AccusationTest, SecretScreening, SecretTask, SentOpening, SignedMovement
from sebrus.store.projected import Batch

from ..actors.ports import ports_in_a_row

DOCS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
LINE = re.compile(r'(\w+)(?:\{(\w+="(?:[^"\\\n]|\\.)*"(?:,\w+="(?:[^"\\\n]|\\.)*")*)\})? (-?[0-9.e+-]+|\+Inf)')


def scrape(stage) -> dict[str, float]:
    """Every sample by its name and labels."""
    samples = {}
    for line in exposition(COUNTED, looked_up(stage.application, WalletWatch(stage.application))).splitlines():
        if not line.startswith("#"):
            found = LINE.fullmatch(line)
            assert found, line
            samples[line.rpartition(" ")[0]] = float(found[3])
    return samples


# ---------------------------------------------------------------- the form


class Told(Collector):
    """One family of samples."""

    def __init__(self, family):
        self._family = family

    def collect(self):
        return [self._family]


def samples_of(family) -> list[str]:
    registry = CollectorRegistry()
    registry.register(Told(family))
    return [line for line in exposition(registry).split("\n") if line and not line.startswith("#")]


def test_every_metric_is_documented_and_no_other():
    documented = dict(re.findall(r"^\| `(sebrus_\w+)` \| (\w+) \|", DOCS, flags=re.MULTILINE))
    kinds = dict(re.findall(r"^# TYPE (sebrus_\w+) (\w+)$", exposition(COUNTED), flags=re.MULTILINE))
    assert documented == kinds | dict.fromkeys(LOOKED_UP, "gauge")
    labels = {name: labels for name, (_, labels) in LOOKED_UP.items()}
    for metric in (metrics.REQUESTS, metrics.TRANSACTIONS, metrics.GAS):
        labels[metric.describe()[0].name] = metric._labelnames
    for name, wanted in labels.items():
        row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}"))
        assert all(f"`{label}`" in row for label in wanted), name


@given(st.text(max_size=20))
def test_a_label_cannot_break_out_of_its_line(value):
    """Of what a table holds: phases and duties are ours, and still."""
    (line,) = samples_of(gauge("sebrus_set_aside", {(value,): 2}))
    assert LINE.fullmatch(line) and line.startswith('sebrus_set_aside{duty="') and line.endswith('"} 2.0')


# ---------------------------------------------------------------- what they say


@pytest.mark.chain
def test_the_outbox_is_told_by_kind(stage, enrol, digits, hostile_contributor, lazy_reviewer):
    before = scrape(stage)
    dataset = stage.open_dataset()
    enrol(stage, deposit=0).submit(dataset.id, digits(3))
    batch_id = hostile_contributor.submit(dataset.id, digits(4, 10)).batch_id
    waiting = scrape(stage)

    def of(kind: str, samples: dict[str, float]) -> float:
        return samples[f'sebrus_outbox_actions{{kind="{kind}"}}'] - before[f'sebrus_outbox_actions{{kind="{kind}"}}']

    assert of("submission", waiting) == 2
    assert waiting['sebrus_outbox_age_seconds{kind="submission"}'] >= 0
    seats = stage.drawn(batch_id)
    assert of("submission", scrape(stage)) == 1, "the penniless one still waits"
    stage.reviewer_of(seats[0]).commit(seats[0], lazy_reviewer(seats[0]))
    assert of("ballot", scrape(stage)) == 1
    stage.commit(seats[1:], lazy_reviewer)
    assert of("ballot", scrape(stage)) == 0
    stage.reviewer_of(seats[0]).reveal(seats[0], lazy_reviewer(seats[0]))
    assert of("opening", scrape(stage)) == 1
    stage.reveal(seats[1:], lazy_reviewer)
    assert of("opening", scrape(stage)) == 0


@pytest.mark.chain
def test_a_movement_waits_until_its_deadline_by_the_chains_clock(own_stage):
    """The chain's clock is ahead of this machine's: what it does not take any more does not wait."""
    stage = own_stage
    kind = 'sebrus_outbox_actions{kind="movement"}'
    deadline = int(time.time()) + 3600
    signed = {"kind": "stake", "account": "0x" + "11" * 20, "amount": 1, "signature": "0x", "refusal": None}
    with stage.application.database.write() as session:
        session.add(SignedMovement(nonce=0, deadline=deadline, **signed))
        session.add(SignedMovement(nonce=1, deadline=deadline + 3600, **signed))
    assert scrape(stage)[kind] == 2
    stage.rpc("evm_setNextBlockTimestamp", deadline + 1)
    stage.rpc("evm_mine")
    assert scrape(stage)[kind] == 1


@pytest.mark.chain
def test_work_done_is_counted(stage, hostile_contributor, digits, lazy_reviewer):
    before = scrape(stage)
    batch_id = hostile_contributor.submit(stage.open_dataset().id, digits(4, 1500)).batch_id
    stage.decide(batch_id, lazy_reviewer)
    httpx.get(f"{stage.url}/api/v1/batches/{batch_id}?reviewer=secret")
    httpx.get(f"{stage.url}/api/v1/batches/{secrets.token_hex(8)}")
    httpx.get(f"{stage.url}/{secrets.token_hex(8)}")
    httpx.request("BREW", f"{stage.url}/api/health")
    with pytest.raises(ContractRefused):
        stage.application.contract.send(stage.owner, "closeDataset", secrets.token_bytes(32))
    after = scrape(stage)
    grown = {name for name in after if after[name] > before.get(name, 0)}
    assert {
        'sebrus_transactions_total{function="submitAndScreen",outcome="mined"}',
        'sebrus_transactions_total{function="closeDataset",outcome="refused"}',
        'sebrus_gas_total{function="conclude"}',
        'sebrus_request_seconds_count{method="GET",route="/api/v1/batches/{batch_id}",status="200"}',
        'sebrus_request_seconds_count{method="GET",route="none",status="404"}',
        "sebrus_screening_seconds_count",
        "sebrus_store_bytes",
    } <= grown
    assert any('method="other"' in name and 'status="405"' in name for name in grown)
    assert not any("BREW" in name for name in grown)
    assert after['sebrus_batches{phase="Settled"}'] == before.get('sebrus_batches{phase="Settled"}', 0) + 1
    assert after["sebrus_head_block"] - after["sebrus_indexed_block"] == after["sebrus_lag_blocks"] == 0
    assert after["sebrus_operator_batches"] > 1000
    for sample in after:
        assert not re.search("0x|[0-9a-f]{16}", sample), "no batch, dataset or account, and nothing anybody made up"


@pytest.mark.chain
def test_a_reorganisation_is_counted(own_stage):
    before = scrape(own_stage)
    point = own_stage.rpc("evm_snapshot")
    own_stage.mine(3)
    own_stage.rpc("evm_revert", point)
    own_stage.rpc("anvil_mine", "0x5")
    own_stage.index()
    name = "sebrus_reorganisations_total"
    assert scrape(own_stage)[name] == before.get(name, 0) + 1


@pytest.mark.chain
def test_what_cannot_be_asked_for_is_not_told(own_stage):
    own_stage.chain.kill()
    samples = scrape(own_stage)
    assert "sebrus_indexed_block" in samples
    assert not {"sebrus_head_block", "sebrus_lag_blocks", "sebrus_operator_ether"} & set(samples)


# ---------------------------------------------------------------- blindness


@pytest.mark.chain
def test_no_metric_tells_verdicts_or_findings(own_stage, enrol, digits, lazy_reviewer):
    """Whatever the secrets are, the numbers are the same: nobody can read the one from the other."""
    stage = own_stage  # whose batch can never end after this
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(120, 100)])
    flipped = [(name, data, (label + 5) % 10) for name, data, label in digits(24)]
    batch_id = enrol(stage).submit(dataset.id, flipped).batch_id
    seats = stage.drawn(batch_id)
    stage.commit(seats, lazy_reviewer)
    for seat in seats[:2]:
        stage.reviewer_of(seat).reveal(seat, lazy_reviewer(seat))
    assert int(stage.row(SecretScreening, batch_id).flags[0], 16)

    def numbers() -> dict[str, float]:
        restless = ("sebrus_outbox_age_seconds", "sebrus_store_free_bytes")
        return {name: value for name, value in scrape(stage).items() if not name.startswith(restless)}

    before = numbers()
    zero, full = ["0x" + "0" * 64], ["0x" + "f" * 64]
    stage.change(SecretScreening, batch_id, flags=zero, links=[], scores_root="0x" + "00" * 32)
    task = stage.row(SecretTask, (batch_id, 0))
    stage.change(SecretTask, (batch_id, 0), gold=zero, answers=zero, flags=zero, positions=task.positions[::-1])
    for seat in seats[:2]:
        stage.change(SentOpening, (batch_id, 0, seat["seat"]), verdicts=zero, salt=full[0])
    with stage.application.database.write() as session:
        for test in session.scalars(select(AccusationTest)):
            test.accused = not test.accused
    assert numbers() == before
    assert stage.rows(select(func.count()).select_from(Batch).where(Batch.id == batch_id)) == [1]


# ---------------------------------------------------------------- where they are given


def test_off_unless_asked_for(tmp_path):
    with exposed(Settings(home=tmp_path), "serve", lambda: "") as port:
        assert port is None


def test_a_port_of_their_own_that_answers_nothing_else(tmp_path):
    settings = Settings(home=tmp_path, metrics_port=ports_in_a_row(2))
    assert settings.metrics_host == "127.0.0.1"
    with exposed(settings, "index", lambda: "sebrus_thing 1\n") as port:
        assert port == settings.metrics_port + 1
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert (answer.status_code, answer.text) == (200, "sebrus_thing 1\n")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_a_taken_port_is_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(home=tmp_path, metrics_port=other.getsockname()[1])
        with (
            pytest.raises(MetricsUnavailable, match=r"cannot be had; set SEBRUS_METRICS_PORT to another one\."),
            exposed(settings, "serve", lambda: ""),
        ):
            pass


@pytest.mark.chain
def test_the_api_does_not_give_them(stage):
    assert httpx.get(f"{stage.url}/metrics").status_code == 404
    assert httpx.get(f"{stage.url}/api/metrics").status_code == 404


@pytest.mark.chain
def test_attack_names_made_up_in_paths_make_no_new_series(stage):
    """Each series stays in the memory of the server, so whoever could name them could fill it."""
    dataset = stage.open_dataset().id
    release = f"/api/v1/datasets/{dataset}/releases/0/files"
    forms = ("/datasets/{}", "/datasets/{}/a/b/c", "/datasets//{}", "/datasets///{}//", f"{release}/{{}}/a/b")
    for form in forms:
        httpx.get(stage.url + form.format(secrets.token_hex(8)))
    before = {name for name in scrape(stage) if name.startswith("sebrus_request_seconds")}
    for form in forms:
        httpx.get(stage.url + form.format(secrets.token_hex(8)))
    after = {name for name in scrape(stage) if name.startswith("sebrus_request_seconds")}
    assert after == before
    assert any('route="/datasets/{rest:path}"' in name for name in after)
