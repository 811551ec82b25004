"""The baseline of gas.py: a contract per image that holds its base64 text, as the prototype of 2023 did."""

from __future__ import annotations

import base64
import io
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from web3 import Web3

from benchmarks.gas_stage import Bench

SOURCE = Path(__file__).parents[1] / "contracts" / "bench" / "Prototype2023.sol"
COMPILER = SOURCE.parents[1] / "tools" / "solc"
# The images whose gas was measured with the original, and what it used.
SIZES = {"28x28 grey": 332, "32x32 colour": 3172}
ORIGINAL = {"28x28 grey": 725_852, "32x32 colour": 3_430_579}
ORIGINAL_APPROVE = 44_691
LABEL = "7"
GAS = 8_000_000
TRIES = 400


class CompilerMissing(Exception):
    """The baseline cannot be compiled; the message says what to do."""


def picture(rng: np.random.Generator, size: tuple[int, ...], wanted: int) -> bytes:
    """A PNG of `wanted` bytes, or as near as a few hundred tries come: as much noise on black as that takes.

    `size` is (height, width) or (height, width, 3).
    """
    values = int(np.prod(size))
    noisy, best = min(values, wanted), b""
    for _ in range(TRIES):
        image = np.zeros(values, dtype=np.uint8)
        image[:noisy] = rng.integers(0, 256, noisy, dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(image.reshape(size)).save(buffer, "PNG")
        found = buffer.getvalue()
        if not best or abs(len(found) - wanted) < abs(len(best) - wanted):
            best = found
        if len(found) == wanted:
            break
        # A value of noise is about a byte; a step of chance keeps it from going round in circles.
        noisy = int(np.clip(noisy + wanted - len(found) + rng.integers(-2, 3), 0, values))
    return best


def compiled() -> dict[str, Any]:
    """ABI and bytecode of the baseline, compiled with the contract's own compiler and optimizer.

    Raises:
        CompilerMissing: node or the npm packages are not there.
    """
    node = shutil.which("node")
    if node is None:
        raise CompilerMissing("The baseline is compiled by solc from npm: install Node 20 and run `make setup`.")
    wanted = {
        "language": "Solidity",
        "sources": {SOURCE.name: {"content": SOURCE.read_text()}},
        "settings": {
            "evmVersion": "cancun",
            "optimizer": {"enabled": True, "runs": 200},
            "outputSelection": {"*": {"Prototype2023": ["abi", "evm.bytecode.object"]}},
        },
    }
    command = [node, str(COMPILER), "--standard-json"]
    ran = subprocess.run(command, input=json.dumps(wanted), capture_output=True, text=True, check=False)
    try:
        answer = json.loads(ran.stdout)
        found = answer["contracts"][SOURCE.name]["Prototype2023"]
    except (ValueError, KeyError) as error:
        raise CompilerMissing("The baseline did not compile; run `make setup` and try again.") from error
    return {"abi": found["abi"], "bytecode": "0x" + found["evm"]["bytecode"]["object"]}


def measure_images(bench: Bench, seed: int) -> dict[str, Any]:
    """Deploy the baseline and keep both images in it, after one that warms the counter; gas per image."""
    web3 = bench.contract.web3
    made = compiled()
    address = _send(bench, web3.eth.contract(abi=made["abi"], bytecode=made["bytecode"]).constructor())[
        "contractAddress"
    ]
    functions = web3.eth.contract(address=address, abi=made["abi"]).functions
    rng = np.random.default_rng(seed)
    shapes = {"28x28 grey": (28, 28), "32x32 colour": (32, 32, 3)}
    files = {name: picture(rng, shapes[name], size) for name, size in SIZES.items()}
    warm = base64.b64encode(random.Random(seed).randbytes(30)).decode()
    _send(bench, functions.createData(warm, LABEL))
    found: dict[str, Any] = {}
    for number, (name, data) in enumerate(files.items(), 1):
        create = _send(bench, functions.createData(base64.b64encode(data).decode(), LABEL))["gasUsed"]
        approve = _send(bench, functions.approve(number))["gasUsed"]
        found[name] = {
            "png_bytes": len(data),
            "create": create,
            "approve": approve,
            "per_item": create + approve,
            "original_create": ORIGINAL[name],
            "original_approve": ORIGINAL_APPROVE,
        }
    return found


def _send(bench: Bench, call: Any) -> Any:
    sender, web3 = bench.relayer, bench.contract.web3
    nonce = web3.eth.get_transaction_count(sender.address, "pending")
    chain_id = bench.deployment.chain_id
    built = call.build_transaction({"from": sender.address, "gas": GAS, "nonce": nonce, "chainId": chain_id})
    sent = web3.eth.send_raw_transaction(sender.sign_transaction(built).raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent, 30, 0.02)
    assert receipt["status"] == 1, f"the baseline refused {Web3.to_hex(sent)}"
    return receipt
