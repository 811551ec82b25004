"""Connections that are told events as they come (server-sent events, WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from sebrus.api.schemas import EventOut
from sebrus.platform.application import Application
from sebrus.platform.feed import LAST_INDEX, News, Place, Wanted, newest, news_after
from sebrus.platform.refusals import Refused

log = logging.getLogger(__name__)

AT_ONCE = 200
HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2000
STILL_HERE = ": still here\n\n"


class Streams:
    """All connections of one server process: they are counted, woken together, and ended together.

    Only the events table is read, which holds what the chain has made public.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._open: Counter[str] = Counter()
        self._moved = asyncio.Condition()
        self._newest: Place | None = None
        self._watching: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def open(self) -> int:
        """How many connections there are."""
        return self._open.total()

    def check_room(self, address: str) -> None:
        """Refuse one connection too many.

        Raises:
            Refused: the address, or the server, has as many as it may.
        """
        if not self._room(address, 1):
            raise Refused("too_many_streams", "Too many connections follow events; close one, or try again later.", 429)

    def _room(self, address: str, more: int) -> bool:
        settings = self._application.settings
        mine = self._open[address] + more if address in self._open else more
        return self.open + more <= settings.max_streams and mine <= settings.max_streams_per_address

    async def follow(self, address: str, wanted: Wanted, place: Place) -> AsyncIterator[str]:
        """What a connection is told, until the server ends or it does; nothing when others came just before it."""
        self._open[address] += 1
        try:
            if not self._room(address, 0):
                return
            self._watch()
            yield f"retry: {RETRY_MILLISECONDS}\nid: {place}\n\n"
            caught_up = False
            while not self.closed:
                seen = self._newest
                news = await run_in_threadpool(self._news, place, wanted)
                for message in _messages(news):
                    yield message
                place = news.place
                if len(news.events) == AT_ONCE:
                    continue
                if not caught_up or not await self._move(seen):
                    caught_up = True
                    yield STILL_HERE
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    async def close(self) -> None:
        """End every connection, and the watch."""
        self.closed = True
        async with self._moved:
            self._moved.notify_all()
        if self._watching is not None:
            await self._watching

    def _news(self, place: Place, wanted: Wanted) -> News:
        with self._application.database.read() as session:
            return news_after(session, place, wanted, AT_ONCE)

    def _look(self) -> Place:
        with self._application.database.read() as session:
            return newest(session)

    def _watch(self) -> None:
        """One look at the tables for all connections, while there are any."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._keep_watching())

    async def _keep_watching(self) -> None:
        while self.open and not self.closed:
            try:
                found = await run_in_threadpool(self._look)
            except SQLAlchemyError as error:
                log.warning("the events cannot be read: %s", error)
                found = None
            if found is not None and found != self._newest:
                async with self._moved:
                    self._newest = found
                    self._moved.notify_all()
            await asyncio.sleep(self._application.settings.poll_seconds)

    async def _move(self, seen: Place | None) -> bool:
        """Wait until there is something new; False when the time for a sign of life has come."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS), self._moved:
                await self._moved.wait_for(lambda: self.closed or self._newest != seen)
        except TimeoutError:
            return False
        return True


def _messages(news: News) -> list[str]:
    messages = []
    if news.rewound is not None:
        place = Place(news.rewound, LAST_INDEX, news.place.rewinds)
        messages.append(_message(place, json.dumps({"block": news.rewound}), "rewind"))
    for event in news.events:
        place = replace(news.place, block=event.block_number, log_index=event.log_index)
        messages.append(_message(place, EventOut.model_validate(event).model_dump_json()))
    return messages


def _message(place: Place, data: str, kind: str | None = None) -> str:
    named = f"event: {kind}\n" if kind is not None else ""
    return f"{named}id: {place}\ndata: {data}\n\n"
