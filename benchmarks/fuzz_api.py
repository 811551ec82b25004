"""Ask the API everything its OpenAPI document allows, and much that it does not, with schemathesis: make fuzz-api.

A whole SeBRUS runs with a settled batch in it. Half of the requests are made up freely; in the other half the
parameters name what exists, so that they get past the first look. No answer may be a fault of ours, nor other than
the document says.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.records import Parser, whole
from benchmarks.service_stage import ServiceFailed, cast_of, follow, hand_in
from benchmarks.uploads import pictures
from sebrus.chain.errors import ChainError
from sebrus.client import Client, ServerRefused, ServerUnreachable
from sebrus.demo.stage import POLICY, open_dataset, raised, seat_reviewers

TOOL = Path("build/schemathesis/bin/schemathesis")
REPORTS = Path("build/fuzz-api")
ITEMS = 8
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
ENDLESS = "/api/v1/stream"
# Reviewers answer at once, and on a busy machine late.
PATIENT = replace(POLICY, commit_window=120, reveal_window=120)


def examples_each(total: int, operations: int) -> int:
    """How many examples of each operation make `total` in two halves."""
    return -(-total // (2 * operations))


def operations_of(document: dict[str, Any]) -> int:
    """The operations that are asked: all that come to an end."""
    return sum(len(methods) for path, methods in document["paths"].items() if path != ENDLESS)


def settings_text(known: dict[str, Any]) -> str:
    """The tool's settings: parameters that name what exists."""
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in known.items()]
    return "\n".join(["[parameters]", *lines, ""]) if known else ""


def ask(url: str, known: dict[str, Any], examples: int, seed: int, name: str) -> int:
    """Run the tool once; its exit code."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    settings = (REPORTS / f"{name}.toml").absolute()
    settings.write_text(settings_text(known))
    command = [
        TOOL.absolute(),
        "--config-file",
        settings,
        "run",
        f"{url}/api/openapi.json",
        "--checks",
        ",".join(CHECKS),
    ]
    command += ["--phases", "coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed)]
    command += ["--exclude-path", ENDLESS, "--continue-on-failure", "--request-timeout", "60", "--no-color"]
    command += ["--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off"]
    # It leaves a folder of its own where it is run.
    return subprocess.run([str(part) for part in command], check=False, cwd=REPORTS).returncode


def populated(home: Path, seed: int, examples: int) -> int:
    """Raise everything, settle a batch, ask; the worst exit code."""
    cast = cast_of(seed, 1)
    with raised(home) as stage, Client(stage.url) as client:
        dataset_id = open_dataset(stage, client, cast, PATIENT)
        seat_reviewers(stage, client, cast)
        files = pictures(seed, 0, ITEMS)
        batch_id = hand_in(stage, cast.contributions[0].key, dataset_id, files)
        follow(client, cast, batch_id)
        known = {
            "dataset_id": dataset_id,
            "batch_id": batch_id,
            "round_number": 0,
            "address": cast.critics[0].address,
            "reviewer": cast.critics[0].address,
            "path.sha256": client.get(f"/v1/batches/{batch_id}/items")[0]["sha256"],
        }
        each = examples_each(examples, operations_of(client.get("/openapi.json")))
        codes = [ask(stage.url, {}, each, seed, "free"), ask(stage.url, known, each, seed + 1, "known")]
        healthy = client.get("/health")["status"] in ("ok", "behind")
    return max(codes) if healthy else 1


def main() -> int:
    """Parse the arguments, fuzz, say how it went by the exit code."""
    parser = Parser(prog="python -m benchmarks.fuzz_api", description=__doc__)
    parser.add_argument("--examples", type=whole(100, 10**7), default=10_000, help="requests in all, about")
    parser.add_argument("--seed", type=whole(0, 2**31), default=1, help="of what is made up")
    options = parser.parse_args()
    if not TOOL.is_file():
        parser.error("schemathesis is not installed: run make fuzz-api")
    try:
        with tempfile.TemporaryDirectory(prefix="sebrus-fuzz-") as home:
            return populated(Path(home), options.seed, options.examples)
    except (ChainError, ServerRefused, ServerUnreachable, ServiceFailed) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
