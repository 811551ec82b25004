"""A tiny dataset lives its whole life on anvil, and its release verifies; the event table is the contract's."""

import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3
from web3.logs import DISCARD

from sebrus import protocol as p
from sebrus.export import BatchEvidence, ReleaseBatch, ReleaseInput, ReleaseMetadata, write_release
from sebrus.verify import verify_release
from sebrus.verify.events import LAYOUTS

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / "src" / "sebrus" / "chain" / "artifacts" / "Sebrus.json"
ANVIL = next(iter(sorted(ROOT.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*"))), None)
MIN_STAKE, EPOCH_LENGTH, NEVER = 1_000_000, 8, 2**40
KEYS = [p.keccak(f"real reviewer {i}".encode()) for i in range(12)]  # enough for full panels after every slash
REVIEWERS = [Account.from_key(key).address for key in KEYS]
NO_SCREENING = (False, p.ZERO32, p.ZERO32, p.ZERO32, [])


def spelled(inputs: list[dict[str, Any]]) -> str:
    parts = []
    for entry in inputs:
        kind = entry["type"]
        parts.append(spelled(entry["components"]) + kind[5:] if kind.startswith("tuple") else kind)
    return f"({','.join(parts)})"


def test_the_event_table_is_the_contracts() -> None:
    """Names, types, order and what is indexed, against the compiled interface."""
    abi = json.loads(ARTIFACT.read_text())["abi"]
    events = {entry["name"]: entry for entry in abi if entry["type"] == "event"}
    for topic, layout in LAYOUTS.items():
        inputs = events[layout.name]["inputs"]
        assert topic == p.keccak((layout.name + spelled(inputs)).encode())
        assert [name for _, name in (*layout.indexed, *layout.plain)] == [entry["name"] for entry in inputs]
        assert len(layout.indexed) == sum(entry["indexed"] for entry in inputs)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def anvil() -> Iterator[str]:
    if ANVIL is None:
        pytest.skip("anvil is not installed: run make setup")
    port = free_port()
    process = subprocess.Popen([ANVIL, "--port", str(port), "--silent"], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        web3 = Web3(Web3.HTTPProvider(url))
        deadline = time.monotonic() + 20
        while not web3.is_connected() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


class Actors:
    """Owner, detector, contributor and a relayer who brings everything the reviewers sign."""

    def __init__(self, url: str) -> None:
        self.web3 = Web3(Web3.HTTPProvider(url))
        self.owner, self.detector, self.contributor, self.relayer = self.web3.eth.accounts[:4]
        artifact = json.loads(ARTIFACT.read_text())
        factory = self.web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
        sent = factory.constructor(self.owner, MIN_STAKE, EPOCH_LENGTH).transact({"from": self.owner})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        self.deployed_block = receipt["blockNumber"]
        self.contract = self.web3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])
        self.domain = p.Domain(self.web3.eth.chain_id, self.contract.address)

    def send(self, sender: str, name: str, *arguments: Any, gwei: int = 0) -> Any:
        # no estimate: it is made in one epoch and may be too little in the next, which writes more words
        options: Any = {"from": sender, "value": gwei * 10**9, "gas": 10_000_000}
        sent = self.contract.functions[name](*arguments).transact(options)
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
        assert receipt["status"] == 1
        return receipt

    def ask(self, method: str, *parameters: Any) -> None:
        self.web3.provider.make_request(method, list(parameters))  # type: ignore[arg-type]

    def mine_to(self, block: int) -> None:
        missing = block - self.web3.eth.block_number
        if missing > 0:
            self.ask("anvil_mine", hex(missing))

    def wait(self, seconds: int) -> None:
        self.ask("evm_increaseTime", seconds)
        self.ask("evm_mine")

    def stake_reviewers(self) -> None:
        for i, (key, reviewer) in enumerate(zip(KEYS, REVIEWERS, strict=True)):
            amount = MIN_STAKE + 1000 * i
            self.send(self.relayer, "deposit", reviewer, gwei=amount)
            signature = p.sign(self.domain, p.Stake(reviewer, amount, 0, NEVER), key)
            self.send(self.relayer, "stake", reviewer, amount, NEVER, signature)

    def draw(self, key: p.BatchKey, receipt: Any) -> list[str]:
        requested = self.contract.events.DrawRequested().process_receipt(receipt, errors=DISCARD)[0]["args"]
        self.mine_to(requested["entropyBlock"])
        drawn = self.contract.events.Drawn().process_receipt(self.send(self.relayer, "draw", key.as_abi()))
        return list(drawn[0]["args"]["panel"])

    def vote(
        self, policy: p.Policy, key: p.BatchKey, round_: int, panel: list[str], verdicts: list[list[int] | None]
    ) -> list[tuple[int, list[int]]]:
        """Commit for every seat, reveal for those with verdicts (None: silent); the last seat goes first."""
        ballots, votes, openings = [], [], []
        for seat in reversed(range(len(panel))):
            words, salt = verdicts[seat] or [0], p.keccak(f"salt {round_} {seat}".encode())
            bound = (key.batch_id, round_, p.panel_hash(panel), policy.policy_hash)
            ballot = p.Ballot(*bound, panel[seat], p.bitmap_hash(words), salt)
            commitment = p.eip712_digest(self.domain, ballot)
            allowed = p.Commit(key.batch_id, round_, p.panel_hash(panel), commitment, NEVER)
            signature = p.sign(self.domain, allowed, KEYS[REVIEWERS.index(panel[seat])])
            votes.append((seat, commitment, NEVER, signature))
            ballots.append((seat, commitment))
            if verdicts[seat] is not None:
                openings.append((seat, salt, words))
        self.send(self.relayer, "commit", key.as_abi(), panel, votes)
        self.send(self.relayer, "reveal", key.as_abi(), panel, ballots, openings)
        return [(seat, words) for seat, _, words in openings]

    def settle(
        self, key: p.BatchKey, items: list[tuple[bytes, int]], panel: list[str], revealed: Any, screening: Any
    ) -> ReleaseBatch:
        receipt = self.send(self.relayer, "settle", key.as_abi(), panel, revealed, screening)
        settled = self.contract.events.Settled().process_receipt(receipt, errors=DISCARD)[0]["args"]
        evidence = BatchEvidence(
            settled["round"],
            tuple(panel),
            tuple(settled["panelAccepted"]),
            receipt["blockNumber"],
            bytes(receipt["transactionHash"]),
        )
        return ReleaseBatch(key, tuple(items), tuple(settled["accepted"]), evidence)

    def submit(self, dataset: p.DatasetParams, images: list[bytes]) -> tuple[p.BatchKey, list[tuple[bytes, int]]]:
        items = [(hashlib.sha256(image).digest(), label % 2) for label, image in enumerate(images)]
        key = p.BatchKey(dataset.dataset_id, self.contributor, p.batch_tree(items).root, len(items))
        self.send(self.contributor, "submit", key.as_abi(), 0, b"")
        return key, items


def policy() -> p.Policy:
    return p.Policy(
        item_stake=20_000,
        item_reward=50_000,
        review_fee=3_000,
        seat_stake=900_000,
        panel_size=3,
        panel_size_unscreened=5,
        quorum=2,
        max_rounds=3,
        detector_votes=2,
        max_items=64,
        draw_delay=1,
        screening_window=60,
        commit_window=60,
        reveal_window=60,
        rejected_slash_bps=2500,
        silent_slash_bps=5000,
        incoherent_slash_bps=20_000,
    )


def screened_batch(actors: Actors, dataset: p.DatasetParams, images: list[bytes]) -> ReleaseBatch:
    """The third seat disagrees with everybody; item 0 is flagged, item 1 rejected."""
    key, items = actors.submit(dataset, images)
    opened = (p.keccak(b"model"), p.keccak(b"scores"), p.keccak(b"secret"))
    screening = p.Screening(key.batch_id, opened[0], opened[1], p.bitmap_hash([1]), opened[2])
    commitment = p.eip712_digest(actors.domain, screening)
    panel = actors.draw(key, actors.send(actors.detector, "commitScreening", key.as_abi(), commitment))
    good = p.valid_mask(len(items))[0] & ~2
    revealed = actors.vote(dataset.policy, key, 0, panel, [[good], [good], [2]])
    return actors.settle(key, items, panel, revealed, (True, *opened, [1]))


def skipped_batch(actors: Actors, dataset: p.DatasetParams, images: list[bytes]) -> ReleaseBatch:
    """Nobody screens; the first entropy is missed; in round 0 all but one stay silent, in round 1 one does."""
    key, items = actors.submit(dataset, images)
    actors.wait(61)
    actors.send(actors.relayer, "skipScreening", key.as_abi())
    actors.ask("anvil_mine", hex(300))
    panel = actors.draw(key, actors.send(actors.relayer, "requestDraw", key.as_abi()))
    actors.vote(dataset.policy, key, 0, panel, [[1], *[None] * (len(panel) - 1)])
    actors.wait(121)
    panel = actors.draw(key, actors.send(actors.relayer, "failRound", key.as_abi(), panel))
    revealed = actors.vote(dataset.policy, key, 1, panel, [*[[1 << i | 4] for i in range(len(panel) - 1)], None])
    actors.wait(121)
    return actors.settle(key, items, panel, revealed, NO_SCREENING)


@pytest.mark.chain
def test_a_whole_life_on_anvil_verifies(anvil: str, tmp_path: Path) -> None:
    actors = Actors(anvil)
    metadata = ReleaseMetadata("Tiny", ("even", "odd"), document=b'{"classes":["even","odd"],"name":"Tiny"}')
    assert metadata.document is not None
    document_hash = hashlib.sha256(metadata.document).digest()
    dataset = p.DatasetParams(actors.owner, actors.detector, 2, document_hash, p.ZERO32, policy())
    actors.send(actors.owner, "createDataset", dataset.as_abi(), gwei=10**7)
    assert actors.contract.functions.datasetIdOf(dataset.as_abi()).call() == dataset.dataset_id
    actors.stake_reviewers()
    actors.send(actors.relayer, "deposit", actors.contributor, gwei=10**6)
    actors.mine_to((actors.web3.eth.block_number // EPOCH_LENGTH + 1) * EPOCH_LENGTH)

    pictures = [b"\x89PNG\r\n\x1a\n" + p.keccak(bytes([n])) for n in range(11)]
    batches = (screened_batch(actors, dataset, pictures[:7]), skipped_batch(actors, dataset, pictures[7:]))
    assert batches[0].accepted_indices == (2, 3, 4, 5, 6)
    assert batches[1].evidence.round == 1

    release = ReleaseInput(
        actors.domain.chain_id, actors.domain.contract, dataset, metadata, 1, batches, actors.deployed_block
    )
    images = {hashlib.sha256(picture).digest(): picture for picture in pictures}
    written = write_release(release, images.__getitem__, tmp_path / "release")
    published = (dataset.dataset_id, written.manifest_root, written.item_count, written.manifest_hash)
    actors.send(actors.owner, "publishRelease", *published)

    report = verify_release(written.directory, anvil)
    assert report.holds, report.broken
    assert len(report.steps) == 11
    assert not any("entropy" in note for note in report.notes)
    with (written.directory / "batches.jsonl").open("ab") as file:
        file.write(b"\n")
    broken = verify_release(written.directory, anvil).broken
    assert broken is not None and broken.name == "files"
