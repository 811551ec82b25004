"""Read the contract's events into the database, and notice when the chain takes blocks back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from web3.exceptions import BlockNotFound

from sebrus.chain.contract import Head
from sebrus.chain.errors import ChainError
from sebrus.chain.events import ChainEvent, read_events
from sebrus.chain.rpc import guarded
from sebrus.platform.application import Application
from sebrus.platform.metrics import REORGANISATIONS
from sebrus.platform.projection import project, project_anew
from sebrus.store.blobs import BlobUnreachable
from sebrus.store.projected import Block, Cursor, Event, Rewind

log = logging.getLogger(__name__)

LARGEST_WINDOW = 10_000
LARGEST_HOLE = 64


class CursorMoved(Exception):
    """Another indexer advanced the cursor meanwhile; this step is void."""


class Indexer:
    """Keeps the projected tables equal to the chain.

    The window of blocks per request halves when the node refuses and grows back slowly. Each step is one transaction:
    blocks, events, projections and the cursor, compared and set, change together or not at all.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._database = application.database
        self._window = LARGEST_WINDOW

    def run(self, stop: threading.Event) -> None:
        """Step until `stop` is set; a chain, image store or database that does not answer is waited for."""
        while not stop.is_set():
            try:
                moved = self.step()
            except ChainError as error:
                log.warning("%s", error)
                moved = False
                self._window = max(1, self._window // 2)
            except (BlobUnreachable, OperationalError, InterfaceError) as error:
                log.warning("the tables have to wait: %s", error)
                moved = False
            if not moved:
                stop.wait(self._application.settings.poll_seconds)

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Step until the newest confirmed block is read; `progress` hears of (read, newest)."""
        while self.step():
            if progress is not None:
                progress(self._cursor().block_number, self._newest())

    def step(self) -> bool:
        """Read the next window of blocks, or rewind if the chain took blocks back. False: nothing new."""
        try:
            return self._step()
        except CursorMoved:
            return True  # another indexer was faster: go on from where it is

    def _step(self) -> bool:
        cursor = self._cursor()
        head = self._application.contract.head()
        last = min(head.number - self._application.settings.confirmations, cursor.block_number + self._window)
        tip = self._block_hash(last) if last > cursor.block_number else None
        # A block's hash commits to all before it: the same tip before and after means that all that is read between the
        # two is of one chain. So the cursor's block is looked at after the tip: before it, blocks taken back in the
        # moment between would never be missed.
        if self._taken_back(cursor.block_number, head):
            self._rewind(cursor.block_number)
            return True
        if last <= cursor.block_number:
            return False
        if tip is None:
            return True
        events = read_events(self._application.contract, cursor.block_number + 1, last)
        if tip != self._block_hash(last):
            return True
        self._store(cursor.block_number, last, tip, events)
        self._window = min(LARGEST_WINDOW, self._window * 2)
        return True

    def reindex(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Forget every event and projected row and read the chain from the contract's first block."""
        with self._database.write() as session:
            session.execute(delete(Event))
            session.execute(delete(Block))
            session.execute(delete(Cursor))
            session.add(Rewind(kept_block=self._application.deployment.block - 1))
            project_anew(session, self._application.blobs)
        self.catch_up(progress)

    def _newest(self) -> int:
        return self._application.contract.head().number - self._application.settings.confirmations

    def _block_hash(self, number: int) -> str | None:
        """The hash of a block; None where the chain does not have it.

        A node that names a newer block than it can show is behind itself, and waited for, unless it shows a later one.
        """
        eth = self._application.contract.web3.eth

        def look() -> str | None:
            try:
                return "0x" + bytes(eth.get_block(number)["hash"]).hex()
            except BlockNotFound:
                head = eth.block_number
                if number > head:
                    return None
                for later in range(number + 1, min(head, number + LARGEST_HOLE) + 1):
                    with suppress(BlockNotFound):
                        eth.get_block(later)
                        return None
                raise

        return guarded(look)

    def _cursor(self) -> Cursor:
        deployment = self._application.deployment
        with self._database.read() as session:
            cursor = session.get(Cursor, 1)
        if cursor is None:
            cursor = Cursor(
                id=1, block_number=deployment.block - 1, chain_id=deployment.chain_id, contract=deployment.address
            )
            try:
                with self._database.write() as session:
                    session.add(cursor)
            except IntegrityError:
                raise CursorMoved from None
        if (cursor.chain_id, cursor.contract) != (deployment.chain_id, deployment.address):
            raise ChainError(
                f"The database was filled from contract {cursor.contract} on chain {cursor.chain_id}; "
                "run `sebrus reindex`, or use another SEBRUS_DATABASE_URL."
            )
        return cursor

    def _taken_back(self, number: int, head: Head) -> bool:
        """Whether the chain has another block there than we read; where it is the newest one, `head` tells."""
        with self._database.read() as session:
            known = session.get(Block, number)
        if known is None:
            return False
        return known.hash != (head.hash if head.number == number else self._block_hash(number))

    def _rewind(self, number: int) -> None:
        """Go back to the newest block the chain still has, and project what is left."""
        with self._database.read() as session:
            known = session.scalars(select(Block).where(Block.number <= number).order_by(Block.number.desc())).all()
        kept = next((block.number for block in known if self._block_hash(block.number) == block.hash), None)
        target = self._application.deployment.block - 1 if kept is None else kept
        REORGANISATIONS.inc()
        log.warning("the chain took back blocks %d to %d; reading them again", target + 1, number)
        with self._database.write() as session:
            session.execute(delete(Event).where(Event.block_number > target))
            session.execute(delete(Block).where(Block.number > target))
            self._move_cursor(session, number, target)
            session.add(Rewind(kept_block=target))
            project_anew(session, self._application.blobs)

    def _store(self, before: int, last: int, tip: str, events: list[ChainEvent]) -> None:
        hashes = {event.block_number: event.block_hash for event in events} | {last: tip}
        with self._database.write() as session:
            self._move_cursor(session, before, last)
            session.add_all(Block(number=number, hash=hash_) for number, hash_ in hashes.items())
            for event in events:
                row = Event(
                    block_number=event.block_number,
                    log_index=event.log_index,
                    transaction_hash=event.transaction_hash,
                    name=event.name,
                    subject=event.subject,
                    arguments=event.arguments,
                )
                session.add(row)
                project(session, self._application.blobs, row)
                session.flush()

    def _move_cursor(self, session: Session, before: int, after: int) -> None:
        moved = session.execute(
            update(Cursor).where(Cursor.id == 1, Cursor.block_number == before).values(block_number=after)
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            raise CursorMoved


def indexed_block(session: Session) -> int:
    """The newest block whose events are in the tables; -1 before the first."""
    return session.scalar(select(func.max(Cursor.block_number))) or -1
