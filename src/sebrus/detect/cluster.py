"""The same pure functions on a Ray cluster: shards go out once each, results come back in order.

A worker that dies takes nothing with it: its shard is worked on again elsewhere. Ray is the extra `cluster`.
"""

import os
import socket
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from sebrus.detect.engine import in_order
from sebrus.detect.errors import DetectError
from sebrus.detect.shards import SHARD, Images, Ints, Stored, ranges

Result = TypeVar("Result")

RETRIES = 5
KNOCK = 10.0  # seconds
AHEAD = 2  # shards under way per worker: one worked on, one waiting
STORE = 512 * 1024**2  # what is under way fits many times over


class RayEngine:
    """Works on the Ray cluster at `address`; without one Ray is started on this machine and ended with the engine.

    When Ray is started here it gets `workers` processors (all by default) and a `store` of so many bytes; `shard` rows
    make a task. A Ray that this process is connected to already is used and left running. Use it as a context manager.
    Raises `DetectError`.
    """

    def __init__(
        self, address: str = "", *, workers: int | None = None, shard: int = SHARD, store: int = STORE
    ) -> None:
        self.address, self.workers, self.shard, self.store = address, workers, shard, store
        self.ray = _ray()
        self._mine = False

    def __enter__(self) -> "RayEngine":
        if not self.ray.is_initialized():
            self._connect()
            self._mine = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mine:
            self._mine = False
            self.ray.shutdown()

    def map(
        self, function: Callable[..., Result], shared: tuple[Any, ...], images: Images, rows: Ints, *columns: Any
    ) -> Iterator[Result]:
        """See `sebrus.detect.engine.Engine.map`."""
        if not self.ray.is_initialized():
            raise DetectError("The Ray engine is not open: use it as a context manager.")
        ray = self.ray
        work = ray.remote(max_retries=RETRIES, num_cpus=1)(_work)
        always = ray.put((function, shared, images if isinstance(images, Stored) else None))

        def start() -> Iterator[Any]:
            for first, last in ranges(len(rows), self.shard):
                some = rows[first:last]
                block = some if isinstance(images, Stored) else images[some]
                yield work.remote(always, ray.put(block), [column[first:last] for column in columns])

        ahead = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        yield from in_order(start(), self._result, ahead)

    def _result(self, handle: Any) -> Any:
        try:
            return self.ray.get(handle)
        except self.ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ImportError):
                raise DetectError(
                    f"The Ray cluster's workers lack something ({_short(error.cause)}): install the same sebrus there."
                ) from None
            raise error.cause from None
        except self.ray.exceptions.RayError as error:
            raise DetectError(
                f"The Ray cluster gave up on a part of the work ({_short(error)}): see whether its workers have memory "
                "enough and the same sebrus, or run without it."
            ) from None

    def _connect(self) -> None:
        quiet = {"log_to_driver": False, "logging_level": "error"}
        try:
            if self.address:
                _reach(self.address)
                self.ray.init(address=self.address, **quiet)
                return
            # Ray tells its makers how it is used unless told not to.
            os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
            self.ray.init(
                address="local",
                num_cpus=self.workers,
                include_dashboard=False,
                object_store_memory=self.store,
                _node_ip_address="127.0.0.1",
                **quiet,
            )
        except (OSError, OverflowError, ValueError, RuntimeError, self.ray.exceptions.RayError) as error:
            where = f"There is no Ray cluster at {self.address}" if self.address else "Ray cannot be started here"
            raise DetectError(f"{where} ({_short(error)}).") from None


def _work(always: tuple[Any, ...], block: Any, columns: list[Any]) -> Any:
    """One task: `block` are images, or rows to read where images are stored elsewhere."""
    function, shared, stored = always
    with threadpool_limits(limits=1, user_api="blas"):
        images = np.asarray(block) if stored is None else stored[block]
        return function(*shared, images, *columns)


def _reach(address: str) -> None:
    """Knock at `host:port` or `ray://host:port`: Ray itself would try for more than a minute. Raises `OSError`."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK).close()


def _ray() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise DetectError(
            'The engine ray needs the package ray: install the extra, pip install "sebrus[cluster]".'
        ) from None
    return ray


def _short(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160].rstrip(".")


__all__ = ["RayEngine"]
