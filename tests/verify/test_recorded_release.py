"""The recorded releases, which the verifier of the web client is held against, are what this code verifies."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("pyarrow")

from sebrus.verify import STEPS, verify_release
from sebrus.verify.events import LAYOUTS

RECORDED = Path(__file__).parents[1] / "vectors" / "release.json.gz"
ADVICE = "record it again: python tests/vectors/record_release.py"


@pytest.fixture(scope="module")
def recorded() -> Any:
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


def node(recorded: Any) -> httpx.MockTransport:
    """Answers as the chain did on which the releases lived."""

    def respond(request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        if call["method"] == "eth_getLogs":
            (query,) = call["params"]
            first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
            logs = [log for log in recorded["logs"] if first <= int(log["blockNumber"], 16) <= last]
            return httpx.Response(200, json={"result": logs})
        return httpx.Response(200, json={"result": recorded["answers"][json.dumps([call["method"], *call["params"]])]})

    return httpx.MockTransport(respond)


@pytest.mark.parametrize("name", ["rich", "poor"])
def test_a_recorded_release_still_holds_with_the_same_words(recorded: Any, name: str, tmp_path: Path) -> None:
    one = recorded["releases"][name]
    for path, data in one["files"].items():
        place = tmp_path / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(bytes.fromhex(data))
    report = verify_release(tmp_path, "http://node.test", transport=node(recorded))
    assert report.as_dict() == one["report"], ADVICE
    assert [step.name for step in report.steps] == list(STEPS)


def test_the_recorded_topics_are_those_of_the_events(recorded: Any) -> None:
    assert recorded["topics"] == {layout.name: "0x" + layout.topic.hex() for layout in LAYOUTS.values()}, ADVICE
