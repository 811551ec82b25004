"""A chain that exists only as events, a small release of it, and hands to tamper with both."""

import copy
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_abi import encode

from sebrus import protocol as p
from sebrus.export import BatchEvidence, ReleaseBatch, ReleaseInput, ReleaseMetadata, write_release
from sebrus.verify import Report, verify_release
from sebrus.verify.events import LAYOUTS

CHAIN_ID, MIN_STAKE, EPOCH_LENGTH = 31_337, 1_000_000, 16
URL = "http://node.test"
ADDRESSES = [p.checksum_address(p.keccak(f"verify {i}".encode())[12:]) for i in range(16)]
OWNER, DETECTOR, CONTRACT = ADDRESSES[:3]
CONTRIBUTORS = ADDRESSES[3:5]
REVIEWERS = ADDRESSES[5:]
DOMAIN = p.Domain(CHAIN_ID, CONTRACT)
POLICY = p.Policy.from_dict(
    dict.fromkeys(p.POLICY_BITS, 1)
    | {"item_stake": 20_000, "item_reward": 50_000, "review_fee": 3_000, "seat_stake": 900_000}
    | {"panel_size": 3, "panel_size_unscreened": 7, "quorum": 2, "max_rounds": 3, "detector_votes": 2}
    | {"max_items": 4096, "draw_delay": 2, "rejected_slash_bps": 2500, "silent_slash_bps": 5000}
    | {"incoherent_slash_bps": 20_000}
)
DOCUMENT = b'{"classes":["cat","dog"],"name":"Pets"}'
DATASET = p.DatasetParams(OWNER, DETECTOR, 2, hashlib.sha256(DOCUMENT).digest(), p.ZERO32, POLICY)


def picture(number: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + p.keccak(f"picture {number}".encode())


IMAGES = {hashlib.sha256(picture(n)).digest(): picture(n) for n in range(320)}


@dataclass
class FakeNode:
    """Answers JSON-RPC from a list of `[block, name, values]` events."""

    events: list[list[Any]] = field(default_factory=list)
    head: int = 100
    chain_id: int = CHAIN_ID
    code: str = "0x6001"
    forgotten: set[int] = field(default_factory=set)
    log_limit: int = 10**9

    def emit(self, block: int, name: str, **values: Any) -> None:
        self.events.append([block, name, values])

    def find(self, name: str, at: int = 0) -> dict[str, Any]:
        return [values for _, found, values in self.events if found == name][at]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._respond)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        try:
            answer = {"result": self._answer(call["method"], call["params"])}
        except ValueError as error:
            answer = {"error": {"code": -32005, "message": str(error)}}
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": call["id"], **answer})

    def _answer(self, method: str, params: list[Any]) -> Any:
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "eth_getCode":
            return self.code if params[0] == CONTRACT else "0x"
        if method == "eth_call":
            getters = {"minStake()": MIN_STAKE, "epochLength()": EPOCH_LENGTH}
            return next("0x" + f"{v:064x}" for k, v in getters.items() if params[0]["data"][2:] == selector(k))
        if method == "eth_getBlockByNumber":
            number = self.head if params[0] == "latest" else int(params[0], 16)
            known = number <= self.head and number not in self.forgotten
            return {"number": hex(number), "hash": "0x" + block_hash(number).hex()} if known else None
        assert method == "eth_getLogs", method
        return self._logs(params[0])

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        if last - first + 1 > self.log_limit:
            raise ValueError("query returned more than the limit.")
        logs = [raw_log(i, *event) for i, event in enumerate(self.events) if first <= event[0] <= last]
        return [log for log in logs if log["topics"][0] in query["topics"][0]]


def selector(signature: str) -> str:
    return p.keccak(signature.encode())[:4].hex()


def block_hash(number: int) -> bytes:
    return p.keccak(f"block {number}".encode())


def transaction(block: int) -> bytes:
    return p.keccak(f"transaction {block}".encode())


def raw_log(place: int, block: int, name: str, values: dict[str, Any]) -> dict[str, Any]:
    layout = next(layout for layout in LAYOUTS.values() if layout.name == name)
    topics = [layout.topic, *(encode([kind], [values[key]]) for kind, key in layout.indexed)]
    data = encode([kind for kind, _ in layout.plain], [values[key] for _, key in layout.plain])
    return {
        "address": CONTRACT,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "logIndex": hex(place),
        "transactionHash": "0x" + transaction(block).hex(),
    }


@dataclass
class Story:
    """Plays the contract: emits what it would, keeping stakes as it would."""

    node: FakeNode = field(default_factory=FakeNode)
    rig_panel: bool = False
    stakes: dict[str, int] = field(default_factory=dict)
    by_block: dict[int, dict[str, int]] = field(default_factory=dict)
    batches: list[ReleaseBatch] = field(default_factory=list)

    def begin(self) -> None:
        created = {"datasetId": DATASET.dataset_id, "params": DATASET.as_abi(), "policyHash": POLICY.policy_hash}
        self.node.emit(1, "DatasetCreated", **created)
        for index, reviewer in enumerate(REVIEWERS):
            amount = MIN_STAKE + 1000 * index
            self.stakes[reviewer] = amount
            self.node.emit(2 + index // 4, "Staked", reviewer=reviewer, index=index, amount=amount, stake=amount)
        self.close_block(10)

    def close_block(self, block: int) -> None:
        self.by_block[block] = dict(self.stakes)

    def draw(self, key: p.BatchKey, round_: int, asked_at: int, seats: int) -> list[str]:
        batch_id = key.batch_id
        block = p.entropy_block(asked_at, POLICY.draw_delay, EPOCH_LENGTH)
        request = {"batchId": batch_id, "round": round_, "seats": seats, "entropyBlock": block}
        self.node.emit(asked_at, "DrawRequested", **request)
        epoch = block // EPOCH_LENGTH
        stakes = self.by_block[max(b for b in self.by_block if b < epoch * EPOCH_LENGTH)]
        weights = [p.draw_weight(stakes.get(reviewer, 0), MIN_STAKE) for reviewer in REVIEWERS]
        entropy = p.draw_entropy(block_hash(block), batch_id, round_)
        panel = [REVIEWERS[i] for i in p.draw_panel(weights, (), entropy, seats)]
        if self.rig_panel:
            panel[0] = next(reviewer for reviewer in REVIEWERS if reviewer not in panel)
        deadlines = {"commitDeadline": 10, "revealDeadline": 20}
        drawn = {"batchId": batch_id, "round": round_, "panel": panel, "entropy": entropy, "epoch": epoch}
        self.node.emit(block + 1, "Drawn", **drawn, **deadlines)
        return panel

    def vote(
        self, key: p.BatchKey, round_: int, block: int, panel: list[str], verdicts: list[list[int] | None]
    ) -> None:
        """Commit everybody and reveal those with verdicts, the last seat first."""
        reveals = []
        for seat in reversed(range(len(panel))):
            words = verdicts[seat]
            salt = p.keccak(f"salt {seat}".encode())
            who = {"batchId": key.batch_id, "reviewer": panel[seat], "round": round_, "seat": seat}
            ballot = p.Ballot(
                key.batch_id,
                round_,
                p.panel_hash(panel),
                POLICY.policy_hash,
                panel[seat],
                p.bitmap_hash(words or []),
                salt,
            )
            self.node.emit(block, "Committed", **who, commitment=p.eip712_digest(DOMAIN, ballot))
            if words is not None:
                reveals.append({**who, "salt": salt, "verdicts": words})
        for reveal in reveals:
            self.node.emit(block + 1, "Revealed", **reveal)

    def fail(self, key: p.BatchKey, round_: int, block: int, panel: list[str], revealed: list[bool]) -> None:
        slashes = p.failed_round_slashes(POLICY, [p.Seat(True, [0] if spoke else None) for spoke in revealed])
        self.slash(panel, slashes)
        self.node.emit(block, "RoundFailed", batchId=key.batch_id, round=round_, slashes=slashes)

    def settle(
        self,
        key: p.BatchKey,
        items: list[tuple[bytes, int]],
        round_: int,
        block: int,
        panel: list[str],
        verdicts: list[list[int] | None],
        flags: list[int] | None,
    ) -> None:
        outcome = p.tally_verdicts([v for v in verdicts if v is not None], len(items), flags, POLICY.detector_votes)
        seats = [p.Seat(True, v) for v in verdicts]
        money = p.settle_batch(POLICY, len(items), seats, outcome)
        self.slash(panel, money.slashes)
        self.node.emit(
            block,
            "Settled",
            batchId=key.batch_id,
            round=round_,
            acceptedCount=outcome.accepted_count,
            accepted=outcome.accepted,
            panelAccepted=outcome.panel_accepted,
            stakeReturned=money.stake_returned,
            reward=money.reward,
            payouts=money.payouts,
            slashes=money.slashes,
        )
        self.close_block(block)
        evidence = BatchEvidence(round_, tuple(panel), outcome.panel_accepted, block, transaction(block))
        self.batches.append(ReleaseBatch(key, tuple(items), outcome.accepted, evidence))

    def slash(self, panel: list[str], slashes: tuple[int, ...]) -> None:
        for reviewer, slash in zip(panel, slashes, strict=True):
            self.stakes[reviewer] -= slash

    def submit(self, contributor: str, numbers: range, block: int) -> tuple[p.BatchKey, list[tuple[bytes, int]]]:
        items = [(hashlib.sha256(picture(n)).digest(), n % 2) for n in numbers]
        key = p.BatchKey(DATASET.dataset_id, contributor, p.batch_tree(items).root, len(items))
        self.node.emit(
            block,
            "Submitted",
            batchId=key.batch_id,
            **dict(zip(("datasetId", "contributor", "root", "itemCount"), key.as_abi(), strict=True)),
            stake=p.batch_stake(POLICY, len(items)),
            reserve=p.batch_reserve(POLICY, len(items)),
            screeningDeadline=99,
        )
        return key, items


def screened_batch(story: Story, start: int) -> None:
    """300 items, screened with flags on the first ten; three seats, one mostly incoherent."""
    key, items = story.submit(CONTRIBUTORS[0], range(300), start)
    flags = p.pack_bits(i < 10 for i in range(300))
    opened = {"modelHash": p.keccak(b"model"), "scoresRoot": p.keccak(b"scores"), "salt": p.keccak(b"salt")}
    screening = p.Screening(
        key.batch_id, opened["modelHash"], opened["scoresRoot"], p.bitmap_hash(flags), opened["salt"]
    )
    story.node.emit(start, "Screened", batchId=key.batch_id, commitment=p.eip712_digest(DOMAIN, screening))
    panel = story.draw(key, 0, start, POLICY.panel_size)
    verdicts = [
        p.pack_bits(i % 7 != 0 for i in range(300)),
        p.pack_bits(i % 7 != 0 or i == 14 for i in range(300)),
        p.pack_bits(i % 5 == 0 or i < 3 for i in range(300)),
    ]
    story.vote(key, 0, start + 5, panel, verdicts)
    story.node.emit(start + 7, "ScreeningOpened", batchId=key.batch_id, **opened, flags=flags)
    story.settle(key, items, 0, start + 7, panel, verdicts, flags)


def skipped_batch(story: Story, start: int) -> None:
    """20 items that the detector never screened; a failed round, then a settled one with silent seats."""
    key, items = story.submit(CONTRIBUTORS[1], range(300, 320), start)
    story.node.emit(start + 1, "ScreeningSkipped", batchId=key.batch_id)
    panel = story.draw(key, 0, start + 1, POLICY.panel_size_unscreened)
    silent: list[list[int] | None] = [[0xFFFFF], *[None] * (len(panel) - 1)]
    story.vote(key, 0, start + 6, panel, silent)
    story.fail(key, 0, start + 8, panel, [v is not None for v in silent])
    panel = story.draw(key, 1, start + 8, POLICY.panel_size_unscreened)
    assert len(panel) >= 3
    verdicts: list[list[int] | None] = [[0xFFFF0 | seat] for seat in range(len(panel) - 1)]
    story.vote(key, 1, start + 20, panel, [*verdicts, None])
    story.settle(key, items, 1, start + 22, panel, [*verdicts, None], None)


@dataclass
class Case:
    """A release with its node, to tamper with."""

    directory: Path
    node: FakeNode

    def verify(self) -> Report:
        return verify_release(self.directory, URL, transport=self.node.transport())

    def broken(self) -> str | None:
        step = self.verify().broken
        return step.name if step else None

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
        self.node.find("Released")["manifestHash"] = hashlib.sha256(data).digest()

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


def tell(directory: Path, **options: Any) -> Case:
    """Tell the whole story, write the release and publish it."""
    story = Story(**options)
    story.begin()
    screened_batch(story, 20)
    skipped_batch(story, 40)
    metadata = ReleaseMetadata("Pets", ("cat", "dog"), document=DOCUMENT)
    release = ReleaseInput(CHAIN_ID, CONTRACT, DATASET, metadata, 1, tuple(story.batches))
    written = write_release(release, IMAGES.__getitem__, directory)
    story.node.emit(
        90,
        "Released",
        datasetId=DATASET.dataset_id,
        version=1,
        manifestRoot=written.manifest_root,
        itemCount=written.item_count,
        manifestHash=written.manifest_hash,
    )
    return Case(directory, story.node)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return tell(tmp_path_factory.mktemp("told") / "release")


@pytest.fixture
def case(told: Case, tmp_path: Path) -> Iterator[Case]:
    """A fresh copy of the release and its node."""
    shutil.copytree(told.directory, tmp_path / "release")
    yield Case(tmp_path / "release", copy.deepcopy(told.node))


@pytest.fixture(scope="session")
def teller() -> Callable[..., Case]:
    return tell
