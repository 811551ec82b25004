"""Lists as the contract takes and tells them: seats as the bytes of one word, verdicts one after the other.

A word of calldata that is mostly zeros costs 140 gas and one of an event 256: so nothing is told by lists of structs.
"""

from collections.abc import Iterable, Sequence

Words = tuple[int, ...]
OpenedSeat = tuple[int, bytes, Words]
"""Seat, salt and verdicts; where it is not opened, seat, commitment and no verdicts."""

SEATS_BITS = 8
AMOUNT_BITS = 64


def pack_seats(seats: Iterable[int]) -> int:
    """Return the word with a byte for each seat, from the least significant on.

    >>> hex(pack_seats([1, 4, 2]))
    '0x20401'
    """
    return sum(seat << SEATS_BITS * i for i, seat in enumerate(seats))


def unpack_seats(word: int, count: int) -> tuple[int, ...]:
    """Return the first `count` seats of a word."""
    return tuple(word >> SEATS_BITS * i & 0xFF for i in range(count))


def split_words(words: Sequence[int], parts: int) -> list[Words]:
    """Cut a flat list into `parts` bitmaps of the same length.

    Raises:
        ValueError: they cannot all have the same length.
    """
    if not parts:
        if words:
            raise ValueError("There are verdicts, but of nobody.")
        return []
    length, rest = divmod(len(words), parts)
    if rest:
        raise ValueError(f"{len(words)} words are not {parts} bitmaps of one length.")
    return [tuple(words[length * i : length * (i + 1)]) for i in range(parts)]


def flat_ballots(ballots: Sequence[OpenedSeat]) -> tuple[int, int, list[bytes], list[int]]:
    """Return seats, the mask of the opened ones, secrets and verdicts, as `reveal` and `conclude` take them."""
    opened = sum(1 << i for i, (_, _, verdicts) in enumerate(ballots) if verdicts)
    secrets = [secret for _, secret, _ in ballots]
    return pack_seats(seat for seat, _, _ in ballots), opened, secrets, [word for one in ballots for word in one[2]]


def ballots_from(seats: int, opened: int, secrets: Sequence[bytes], verdicts: Sequence[int]) -> tuple[OpenedSeat, ...]:
    """Return the ballots that a `Revealed` tells of; the inverse of `flat_ballots`.

    Raises:
        ValueError: the verdicts are not one bitmap for each that is opened.
    """
    said = iter(split_words(verdicts, (opened & (1 << len(secrets)) - 1).bit_count()))
    order = unpack_seats(seats, len(secrets))
    return tuple((order[i], secret, next(said) if opened >> i & 1 else ()) for i, secret in enumerate(secrets))


def split_results(results: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return payouts and slashes of a `Settled`, in gwei per seat: above zero it was paid, below it lost.

    >>> split_results([3, 0, -2])
    ((3, 0, 0), (0, 0, 2))
    """
    return tuple(max(result, 0) for result in results), tuple(max(-result, 0) for result in results)


def payment_from(word: int) -> tuple[bytes, int]:
    """Return account and amount in gwei of a word of `PaidOut`."""
    return (word >> AMOUNT_BITS).to_bytes(20, "big"), word & (1 << AMOUNT_BITS) - 1
