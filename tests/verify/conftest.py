"""A dataset that lived on a real chain, its release, and a node in front of that chain that lies where it is told."""

import copy
import hashlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_abi.abi import encode

from sebrus.chain.embedded import find_anvil
from sebrus.chain.errors import ChainError
from sebrus.protocol import flat_ballots, pack_seats
from sebrus.verify import STEPS, Report, verify_release
from sebrus.verify.errors import StepFailed
from sebrus.verify.events import LAYOUTS, TOPICS, decode_log
from sebrus.verify.evidence import Evidence
from sebrus.verify.history import History
from sebrus.verify.manifest import read_manifest
from sebrus.verify.provenance import verify_batches
from sebrus.verify.rpc import Rpc

URL = "http://node.test"


def beside(name: str) -> Any:
    """Load a module that lies beside this file; others import it by the name that it gets here."""
    spec = importlib.util.spec_from_file_location(f"verify_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


life = beside("life")
acts = beside("acts")


@dataclass
class Told:
    """What became of the dataset: its release, the real node, the batches by name."""

    directory: Path
    poor: Path
    url: str
    stage: Any
    lives: dict[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def contract(self) -> str:
        return str(self.stage.contract.address)

    def ask(self, method: str, params: list[Any]) -> Any:
        """Ask the real chain, once for each question: nothing happens on it any more."""
        key = json.dumps([method, params])
        if key not in self.answers:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            self.answers[key] = httpx.post(self.url, json=body, timeout=30).json()
        return self.answers[key]


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """Return an event's values as the contract tells them: seats in one word, verdicts one after the other."""
    told = dict(values)
    if "payouts" in told:
        money = zip(told["payouts"], told["slashes"], strict=True)
        told["results"] = [payout - slash for payout, slash in money]
    if "payments" in told:
        told["payments"] = [int(account, 16) << 64 | amount for account, amount in told["payments"]]
    if "ballots" not in told:
        return told
    if all(len(ballot) == 2 for ballot in told["ballots"]):
        told["commitments"] = [commitment for _, commitment in told["ballots"]]
        told["seats"] = pack_seats(seat for seat, _ in told["ballots"])
    else:
        told["seats"], told["opened"], told["secrets"], told["verdicts"] = flat_ballots(told["ballots"])
    return told


@dataclass
class Entry:
    """One log of the real chain, taken apart so that a lie can be told about it."""

    block: int
    name: str
    values: dict[str, Any]
    transaction: str

    def raw(self, place: int, address: str) -> dict[str, Any]:
        layout = next(layout for layout in LAYOUTS.values() if layout.name == self.name)
        values = flat(self.values)
        topics = [layout.topic, *(encode([kind], [values[key]]) for kind, key in layout.indexed)]
        data = encode([kind for kind, _ in layout.plain], [values[key] for _, key in layout.plain])
        return {
            "address": address,
            "topics": ["0x" + topic.hex() for topic in topics],
            "data": "0x" + data.hex(),
            "blockNumber": hex(self.block),
            "logIndex": hex(place),
            "transactionHash": self.transaction,
        }


@dataclass
class LyingNode:
    """Answers as the real node does, but for the events, which can be forged, and what it is told to forget."""

    told: Told
    events: list[Entry]
    chain_id: int | None = None
    code: str | None = None
    forgotten: set[int] = field(default_factory=set)
    remembers_states: bool = True
    log_limit: int = 10**9
    overrides: dict[bytes, str] = field(default_factory=dict)

    def find(self, name: str, at: int = 0, batch: str | None = None) -> Entry:
        return self.entries(name, batch)[at]

    def entries(self, name: str, batch: str | None = None) -> list[Entry]:
        """The events of a kind; of one batch where it is named."""
        mine = self.told.lives[batch].key.batch_id if batch else None
        return [e for e in self.events if e.name == name and mine in (None, e.values.get("batchId"))]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._respond)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, **self._answer(call["method"], call["params"])})

    def _answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        if method == "eth_chainId" and self.chain_id is not None:
            return {"result": hex(self.chain_id)}
        if method == "eth_getCode" and self.code is not None:
            return {"result": self.code}
        if method == "eth_getBlockByNumber" and params[0] != "latest" and int(params[0], 16) in self.forgotten:
            return {"result": None}
        if method == "eth_call":
            selector = bytes.fromhex(params[0]["data"][2:10])
            if selector in self.overrides:
                return {"result": self.overrides[selector]}
            head = self.told.ask("eth_blockNumber", [])["result"]
            if not self.remembers_states and params[1] not in ("latest", head):
                return {"error": {"code": -32000, "message": "missing trie node"}}
        if method == "eth_getLogs":
            return self._logs(params[0])
        return self.told.ask(method, params)

    def _logs(self, query: dict[str, Any]) -> dict[str, Any]:
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        if last - first + 1 > self.log_limit:
            return {"error": {"code": -32005, "message": "query returned more than the limit."}}
        found = [e.raw(i, self.told.contract) for i, e in enumerate(self.events) if first <= e.block <= last]
        return {"result": [log for log in found if log["topics"][0] in query["topics"][0]]}


def take_apart(told: Told) -> list[Entry]:
    """Read every event of the real chain."""
    query = {"address": told.contract, "topics": [TOPICS], "fromBlock": "0x0", "toBlock": "latest"}
    entries = []
    for log in told.ask("eth_getLogs", [query])["result"]:
        event = decode_log(log)
        assert event is not None
        entries.append(Entry(event.at.block, event.name, dict(event.values), log["transactionHash"]))
    return entries


@dataclass
class Case:
    """A release with its node, to tamper with."""

    directory: Path
    node: LyingNode

    def verify(self) -> Report:
        return verify_release(self.directory, URL, transport=self.node.transport())

    def broken(self) -> str | None:
        step = self.verify().broken
        return step.name if step else None

    def step(self, name: str) -> str | None:
        """Run one step alone; what it says against the release, None where it holds."""
        with Rpc(URL, self.node.transport()) as rpc:
            events = [decode_log(e.raw(i, self.node.told.contract)) for i, e in enumerate(self.node.events)]
            history = History([event for event in events if event is not None], rpc.head())
            evidence = Evidence(self.directory, read_manifest(self.directory), rpc, history)
            verify_batches(evidence)
            try:
                STEPS[name](evidence)
            except StepFailed as failure:
                return str(failure)
        return None

    def publish(self) -> None:
        """Do what a lying publisher would: list the changed files, and publish that manifest."""
        path = self.directory / "manifest.json"
        manifest = json.loads(path.read_bytes())
        for name in manifest["files"]:
            data = (self.directory / name).read_bytes()
            manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        self.write_manifest(manifest)

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        data = json.dumps(manifest).encode()
        (self.directory / "manifest.json").write_bytes(data)
        self.node.find("Released").values["manifestHash"] = hashlib.sha256(data).digest()

    def edit_manifest(self, edit: Callable[[dict[str, Any]], Any]) -> None:
        manifest = json.loads((self.directory / "manifest.json").read_bytes())
        edit(manifest)
        self.write_manifest(manifest)

    def edit_lines(self, name: str, edit: Callable[[list[dict[str, Any]]], Any]) -> None:
        path = self.directory / name
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        edit(rows)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.publish()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The whole life, lived once."""
    try:
        find_anvil()
    except ChainError:
        pytest.skip("anvil is not installed: run make setup")
    with acts.live(tmp_path_factory.mktemp("verify")) as (stage, lives, rich, poor):
        yield Told(rich, poor, stage.chain.url, stage, lives)


@pytest.fixture(scope="session")
def lived() -> Any:
    """The module that says what was sent and shown."""
    return life


@pytest.fixture(scope="session")
def honest(told: Told) -> list[Entry]:
    return take_apart(told)


@pytest.fixture
def case(told: Told, honest: list[Entry], tmp_path: Path) -> Case:
    """A fresh copy of the release and of what the node tells."""
    shutil.copytree(told.directory, tmp_path / "release")
    return Case(tmp_path / "release", LyingNode(told, copy.deepcopy(honest)))


@pytest.fixture
def poor(told: Told, honest: list[Entry]) -> Case:
    """The release of the dataset with little money, with what the node tells."""
    return Case(told.poor, LyingNode(told, copy.deepcopy(honest)))
