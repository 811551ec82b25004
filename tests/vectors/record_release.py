"""Record two small releases with all that a node says of them: `python tests/vectors/record_release.py`.

They lived on an embedded chain, whose blocks are never the same twice: the file changes with every run, and what it
holds is tested by verifying it (`tests/verify/test_recorded_release.py`).
"""

import gzip
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq

from sebrus.export.certificate import items_digest
from sebrus.protocol import pack_bits
from sebrus.verify import verify_release
from sebrus.verify.events import EVENTS, LAYOUTS

HERE = Path(__file__).parent
RECORDED = HERE / "release.json.gz"


def load(name: str) -> Any:
    """Load a module of the verifier's tests, by the name under which they import each other."""
    spec = importlib.util.spec_from_file_location(f"verify_{name}", HERE.parent / "verify" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


life, acts = load("life"), load("acts")


class Recorder(httpx.HTTPTransport):
    """Passes every question on and keeps the answers; logs are kept once, for any range."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Any] = {}
        self.logs: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the chain."""
        call = json.loads(request.read())
        response = super().handle_request(request)
        result = json.loads(response.read())["result"]
        if call["method"] == "eth_getLogs":
            self.logs = result
        elif call["method"] == "eth_getBlockByNumber":
            result = {key: result[key] for key in ("number", "hash")}
        if call["method"] != "eth_getLogs":
            self.answers[json.dumps([call["method"], *call["params"]])] = result
        return response


def doubted(stage: Any) -> Any:
    """24 items: a seat is struck, what is doubtful escalates, one stays silent, and an appeal overturns an item."""
    one = life.Life(stage, range(24))
    one.screen(life.Gold(6, links=(life.REVIEWERS[16],)), pack_bits(i < 2 for i in range(24)))
    one.vote(lambda seat, number: life.is_good(number) != (seat == 2 or (seat == 1 and number in (5, 6))))
    assert one.record.status.items == 3
    one.screen(life.Gold(4))
    one.vote(silent=(3,), absent=(4,))
    one.appeal((2,))
    stage.wait()
    one.send(life.calls.start_appeal(one.key, one.record, one.question))
    one.screen(life.Gold(4))
    one.vote(lambda _, number: life.is_good(number) and number != 2)
    one.finalize()
    return one


def live(stage: Any, home: Path) -> dict[str, Path]:
    """Live two datasets, one rich and one poor, and release both."""
    stage.open()
    lives = []
    for act in (doubted, acts.unscreened, acts.unopened, acts.unseated, acts.unaffordable, acts.cheap):
        lives.append(act(stage))
        stage.next_epoch()
    named = {"rich": stage.dataset, "poor": stage.poor}
    return {name: acts.publish(stage, dataset, lives, home / name) for name, dataset in named.items()}


def recorded(directory: Path, url: str, recorder: Recorder) -> dict[str, Any]:
    """The files of a release, and what the verifier says of them."""
    report = verify_release(directory, url, transport=recorder)
    assert report.holds, report.broken
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {
        "files": {path.relative_to(directory).as_posix(): path.read_bytes().hex() for path in files},
        "report": report.as_dict(),
        "items_sha256": items_digest(items_of(directory)),
    }


def items_of(directory: Path) -> list[tuple[str, str, str]]:
    """What an audit of the release is made over: sha256, class name and contributor of every item."""
    names = json.loads((directory / "manifest.json").read_bytes())["class_names"]
    rows = pq.read_table(directory / "data").to_pylist()
    return [(row["sha256"], names[row["label"]], row["contributor"]) for row in rows]


def record(home: Path) -> dict[str, Any]:
    """All of it."""
    chain = life.EmbeddedChain(home, acts.free_port())
    chain.start()
    try:
        stage, recorder = life.Stage(home, chain), Recorder()
        releases = live(stage, home)
        result = {name: recorded(path, chain.url, recorder) for name, path in releases.items()}
        stage.contract.close()
    finally:
        chain.kill()
    # What both verifiers decode: the topic of each event, by its name.
    topics = {layout.name: "0x" + layout.topic.hex() for layout in LAYOUTS.values()}
    assert topics.keys() == EVENTS.keys()
    return {"releases": result, "topics": topics, "logs": recorder.logs, "answers": recorder.answers}


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as home:
        text = json.dumps(record(Path(home)), sort_keys=True)
    RECORDED.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
