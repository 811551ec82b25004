"""The committed artifact is what the sources compile to, and docs/contracts.md says what the contract says."""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..actors import forge

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"
INTERFACES = "".join(path.read_text() for path in (CONTRACTS / "src" / "interfaces").glob("ISebrus*.sol"))
HALVES = ("Sebrus", "Judgement")
DOCS = (ROOT / "docs" / "contracts.md").read_text()
LARGEST_CONTRACT = 24_576  # bytes, EIP-170


@pytest.fixture(scope="module", params=HALVES)
def artifact(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / f"src/sebrus/chain/artifacts/{request.param}.json").read_text())
    return loaded


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=CONTRACTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_source_hash_is_of_these_sources(artifact: dict[str, Any]) -> None:
    digest = hashlib.sha256()
    names = sorted(path.relative_to(CONTRACTS).as_posix() for path in (CONTRACTS / "src").rglob("*.sol"))
    for name in names:
        content = (CONTRACTS / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    assert artifact["sourceHash"] == digest.hexdigest(), "run `make artifacts` and commit the result"


def test_the_artifact_is_what_the_sources_compile_to() -> None:
    if not (ROOT / "node_modules" / "solc").is_dir():
        pytest.skip("the compiler is not installed: run make setup")
    forge.build()
    run("node", "tools/artifacts.mjs", "--check")


def test_a_stale_artifact_is_noticed(tmp_path: Path) -> None:
    if not (ROOT / "node_modules" / "solc").is_dir():
        pytest.skip("the compiler is not installed: run make setup")
    stale = tmp_path / "contracts"
    (stale / "tools").mkdir(parents=True)
    (stale / "src").mkdir()
    (stale / "tools" / "artifacts.mjs").write_bytes((CONTRACTS / "tools" / "artifacts.mjs").read_bytes())
    (stale / "src" / "Sebrus.sol").write_text("contract Sebrus {}")
    settings = {"evmVersion": "cancun", "optimizer": {}}
    metadata = {"compiler": {"version": "0.8.37"}, "settings": settings}
    code = {"object": "0x"}
    for name in (*HALVES, "ISebrusJudgement", "ISebrusEvents"):
        built = stale / "out" / f"{name}.sol" / f"{name}.json"
        built.parent.mkdir(parents=True)
        built.write_text(json.dumps({"abi": [], "bytecode": code, "deployedBytecode": code, "metadata": metadata}))
    committed = tmp_path / "src" / "sebrus" / "chain" / "artifacts" / "Sebrus.json"
    committed.parent.mkdir(parents=True)
    committed.write_text("{}")
    command = ("node", str(stale / "tools" / "artifacts.mjs"), "--check")
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "make artifacts" in refused.stderr


def test_a_failing_build_ends_with_its_exit_code() -> None:
    if not (ROOT / "node_modules" / "solc").is_dir():
        pytest.skip("the compiler is not installed: run make setup")
    failing = subprocess.run(("tools/forge", "--no-such-option"), cwd=CONTRACTS, capture_output=True)
    assert failing.returncode != 0


def test_the_contract_fits(artifact: dict[str, Any]) -> None:
    size = len(artifact["deployedBytecode"]) // 2 - 1
    assert size <= LARGEST_CONTRACT
    assert f"`{artifact['contractName']}` ({size:,} bytes)" in DOCS


def test_the_artifact_names_no_machine(artifact: dict[str, Any]) -> None:
    assert set(artifact) == {
        "contractName",
        "abi",
        "bytecode",
        "deployedBytecode",
        "compiler",
        "settings",
        "sourceHash",
    }
    settings = artifact["settings"]
    assert (settings["evmVersion"], settings["optimizer"]["enabled"], settings["viaIR"]) == ("cancun", True, True)


def declared(kind: str) -> list[str]:
    return re.findall(rf"^    {kind} (\w+)\(", INTERFACES, flags=re.MULTILINE)


@pytest.mark.parametrize("kind", ["error", "event", "function"])
def test_docs_name_every(kind: str) -> None:
    names = declared(kind)
    assert len(names) > 15
    assert [name for name in names if f"`{name}" not in DOCS] == []


def test_every_error_has_its_doc_sentence() -> None:
    for name in declared("error"):
        row = re.search(rf"^\| `{name}[(`].*\| (.+) \|$", DOCS, flags=re.MULTILINE)
        assert row and row[1].endswith("."), name


def test_docs_show_the_gas_of_the_snapshots() -> None:
    for path in (CONTRACTS / "snapshots").glob("*.json"):
        for name, gas in json.loads(path.read_text()).items():
            if name == "per_item" or path.stem in ("life_64", "life_256", "life_1024"):
                assert f"{gas:,}" in DOCS, f"{path.name}: {name} costs {gas:,}; say so in docs/contracts.md"
