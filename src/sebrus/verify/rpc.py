"""A node's JSON-RPC over HTTP: the five read-only methods that verification needs."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
from eth_abi.abi import decode, encode

from sebrus.protocol import keccak
from sebrus.verify.errors import BadInput

TIMEOUT_SECONDS = 30.0


class _Refused(Exception):
    """The node answered with an error."""


class Rpc:
    """Read-only calls to one node. Every failure to get an answer is a `BadInput` with one sentence."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        try:
            self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, transport=transport)
        except (httpx.InvalidURL, ValueError, UnicodeError) as error:
            raise BadInput(f"{url!r} is not the URL of a node.") from error
        self._url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.close()

    def chain_id(self) -> int:
        """Return the chain's id."""
        return quantity(self._ask("eth_chainId"))

    def head(self) -> int:
        """Return the newest block's number."""
        block = self.block("latest")
        if block is None:
            raise BadInput("The node has no blocks.")
        return quantity(block.get("number"))

    def block(self, number: int | str) -> dict[str, Any] | None:
        """Return a block's header, or None when the node does not have it."""
        try:
            block = self._call("eth_getBlockByNumber", _tag(number), False)
        except _Refused:
            return None
        return block if isinstance(block, dict) else None

    def block_hash(self, number: int) -> bytes | None:
        """Return a block's hash, or None when the node does not have the block."""
        block = self.block(number)
        return None if block is None else from_hex(block.get("hash"))

    def code(self, address: str) -> bytes:
        """Return the code at an address; empty when there is no contract."""
        return from_hex(self._ask("eth_getCode", address, "latest"))

    def read_uint(self, address: str, getter: str) -> int:
        """Call a view without parameters that returns an unsigned integer."""
        data = "0x" + keccak(f"{getter}()".encode())[:4].hex()
        answer = from_hex(self._ask("eth_call", {"to": address, "data": data}, "latest"))
        try:
            return int(decode(["uint256"], answer)[0])
        except Exception as error:
            raise BadInput(f"The contract at {address} has no {getter}(): it is not a Sebrus contract.") from error

    def read(
        self, address: str, signature: str, arguments: Sequence[Any], returns: Sequence[str], block: int | None = None
    ) -> tuple[Any, ...]:
        """Call a view by its signature, at a block or the newest; tuples and arrays come as tuples."""
        try:
            return self._read(address, signature, arguments, returns, block)
        except _Refused as error:
            raise BadInput(f"The node refuses {signature}: {error}.") from error

    def read_past(
        self, address: str, signature: str, arguments: Sequence[Any], returns: Sequence[str], block: int
    ) -> tuple[Any, ...] | None:
        """Call a view at a block of the past; None when the node no longer has its state."""
        try:
            return self._read(address, signature, arguments, returns, block)
        except _Refused:
            return None

    def _read(
        self, address: str, signature: str, arguments: Sequence[Any], returns: Sequence[str], block: int | None
    ) -> tuple[Any, ...]:
        kinds = signature[signature.index("(") + 1 : -1].split(",")
        data = keccak(signature.encode())[:4] + encode(kinds, arguments)
        tag = "latest" if block is None else _tag(block)
        answer = from_hex(self._call("eth_call", {"to": address, "data": "0x" + data.hex()}, tag))
        try:
            return tuple(decode(list(returns), answer))
        except Exception as error:
            raise BadInput(f"The contract at {address} has no {signature}: it is not a Sebrus contract.") from error

    def logs(self, address: str, topics: Sequence[str], first: int, last: int) -> Iterator[dict[str, Any]]:
        """Yield the logs of blocks `first` to `last` in order; a range that the node refuses is halved."""
        window = max(1, last - first + 1)
        while first <= last:
            end = min(last, first + window - 1)
            query = {"address": address, "topics": [list(topics)], "fromBlock": _tag(first), "toBlock": _tag(end)}
            try:
                logs = self._call("eth_getLogs", query)
            except _Refused as error:
                if window == 1:
                    raise BadInput(f"The node does not give the logs of block {first}: {error}.") from error
                window = -(-min(window, end - first + 1) // 2)
                continue
            if not isinstance(logs, list) or not all(isinstance(log, dict) for log in logs):
                raise BadInput("The node's answer to eth_getLogs is not a list of logs.")
            yield from logs
            first, window = end + 1, window * 2

    def _ask(self, method: str, *params: Any) -> Any:
        try:
            return self._call(method, *params)
        except _Refused as error:
            raise BadInput(f"The node refuses {method}: {error}.") from error

    def _call(self, method: str, *params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        try:
            response = self._client.post("", json=request)
        except httpx.HTTPError as error:
            if isinstance(error, httpx.ReadTimeout):
                raise _Refused("no answer in time") from error
            raise BadInput(f"The node at {self._url} cannot be reached.") from error
        try:
            answer = response.json()
        except ValueError as error:
            if response.is_error:
                raise _Refused(f"HTTP status {response.status_code}") from error
            raise BadInput(f"What answers at {self._url} is no node: its answer is not JSON.") from error
        if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
            raise BadInput(f"What answers at {self._url} is no node: its answer is not JSON-RPC.")
        if answer.get("error") is not None:
            error_object = answer["error"]
            message = error_object.get("message") if isinstance(error_object, dict) else error_object
            raise _Refused(" ".join(str(message).split())[:200].rstrip("."))
        return answer.get("result")


def from_hex(value: Any) -> bytes:
    """Return the bytes of `0x` hex from the node; `BadInput` when it is something else."""
    try:
        if not isinstance(value, str) or not value.startswith("0x"):
            raise ValueError
        return bytes.fromhex(value[2:])
    except ValueError as error:
        raise BadInput(f"The node answered {str(value)[:80]!r} where hexadecimal data belongs.") from error


def quantity(value: Any) -> int:
    """Return a number from the node (`0x` hex); `BadInput` when it is something else."""
    try:
        if not isinstance(value, str) or not value.startswith("0x"):
            raise ValueError
        return int(value, 16)
    except ValueError as error:
        raise BadInput(f"The node answered {str(value)[:80]!r} where a number belongs.") from error


def _tag(number: int | str) -> str:
    return number if isinstance(number, str) else hex(number)
