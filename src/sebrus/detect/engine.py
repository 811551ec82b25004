"""Where the work on images runs: a pure function over shards of rows, its results in the order of the shards.

What is added up is added in that order too, so that sums are the same bits however many workers there are.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, Protocol, TypeVar

from sebrus.detect.errors import DetectError
from sebrus.detect.shards import SHARD, Images, Ints, ranges

Result = TypeVar("Result")
Handle = TypeVar("Handle")
Named = Literal["local", "ray"]


class Engine(Protocol):
    """What the detector needs of a place to work in."""

    def map(
        self, function: Callable[..., Result], shared: tuple[Any, ...], images: Images, rows: Ints, *columns: Any
    ) -> Iterator[Result]:
        """`function(*shared, images[some], *columns of some)` for every shard `some` of the rows, in order.

        Shards are ranges of fixed size of `rows` [k]; each column has an entry per row [k, ...]. The function must be
        pure: a shard may be worked on twice.
        """
        ...


class LocalEngine:
    """Works in this process, with `threads` threads, on shards of `shard` rows."""

    def __init__(self, threads: int = 1, shard: int = SHARD) -> None:
        if threads < 1 or shard < 1:
            raise DetectError(f"threads and shard must be 1 or more, not {threads} and {shard}.")
        self.threads, self.shard = threads, shard

    def map(
        self, function: Callable[..., Result], shared: tuple[Any, ...], images: Images, rows: Ints, *columns: Any
    ) -> Iterator[Result]:
        """See `Engine.map`."""

        def work(start: int, stop: int) -> Result:
            return function(*shared, images[rows[start:stop]], *(column[start:stop] for column in columns))

        shards = ranges(len(rows), self.shard)
        if self.threads == 1:
            yield from (work(start, stop) for start, stop in shards)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            waiting = (pool.submit(work, start, stop) for start, stop in shards)
            yield from in_order(waiting, Future.result, self.threads + 1)


def in_order(started: Iterator[Handle], wait: Callable[[Handle], Result], ahead: int) -> Iterator[Result]:
    """The results of started work in order, with no more than `ahead` pieces under way or waiting to be taken."""
    under_way: deque[Handle] = deque()
    for handle in started:
        under_way.append(handle)
        if len(under_way) >= ahead:
            yield wait(under_way.popleft())
    while under_way:
        yield wait(under_way.popleft())


def opened(engine: Engine | Named | None) -> AbstractContextManager[Engine]:
    """An engine by name, ended afterwards; one that was given is used and left as it is. Raises `DetectError`."""
    if engine is None or engine == "local":
        return nullcontext(LocalEngine())
    if engine == "ray":
        from sebrus.detect.cluster import RayEngine

        return RayEngine()
    if isinstance(engine, str):
        raise DetectError(f"There is no engine {engine!r}: choose local or ray.")
    return nullcontext(engine)


__all__ = ["Engine", "LocalEngine", "Named", "in_order", "opened"]
