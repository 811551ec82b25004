"""Seal an opening, and open it again with enough keepers' shares."""

import secrets
from collections.abc import Iterable, Sequence

from sebrus.sealing.binding import Binding, mismatch
from sebrus.sealing.edge import sized_bytes, write_hex
from sebrus.sealing.encryption import decrypt_opening, derive_keys, encrypt_opening, encrypt_share, is_same
from sebrus.sealing.envelope import (
    BLINDING_BYTES,
    SealedOpening,
    SealedShare,
    check_keepers,
    context_of,
    header_of,
    share_commitment,
)
from sebrus.sealing.errors import SealingError
from sebrus.sealing.keeper import ReleasedShare, is_right_share
from sebrus.sealing.opening import MAX_OPENING_BYTES
from sebrus.sealing.shamir import SECRET_BYTES, combine, split


def seal(opening: bytes, binding: Binding, keepers: Sequence[bytes], threshold: int) -> SealedOpening:
    """Encrypt an opening (1 to 609 bytes) so that any `threshold` of the keepers (public keys) can open it together.

    Raises:
        SealingError: no keeper or more than 16, one named twice or with an unusable key, a threshold that is not 1
            to their number, an opening that is empty or too long.
    """
    sized_bytes("opening", opening, 1, MAX_OPENING_BYTES)
    check_keepers(keepers, threshold)
    content_key = secrets.token_bytes(SECRET_BYTES)
    context = context_of(binding, threshold, keepers)
    key, key_check = derive_keys(content_key, context)
    shares = split(content_key, threshold, len(keepers))
    blindings = [secrets.token_bytes(BLINDING_BYTES) for _ in keepers]
    commitments = [
        share_commitment(context, place, share, blinding)
        for place, (share, blinding) in enumerate(zip(shares, blindings, strict=True), start=1)
    ]
    header = header_of(context, key_check, commitments)
    sealed = []
    for index, keeper in enumerate(keepers):
        encapsulated, ciphertext = encrypt_share(keeper, header, index + 1, shares[index] + blindings[index])
        sealed.append(SealedShare(keeper, commitments[index], encapsulated, ciphertext))
    return SealedOpening(binding, threshold, key_check, tuple(sealed), encrypt_opening(key, header, opening))


def unseal(sealed: SealedOpening, shares: Iterable[ReleasedShare], binding: Binding) -> bytes:
    """Return the opening of the seat that `binding` names. Wrong shares are set aside, a share given twice counts once.

    That it opens the commitment on chain is for the caller to check, as of any opening.

    Raises:
        SealingError: sealed for another seat, too few right shares (`keepers` names those whose share is wrong),
            shares that were sealed wrongly, or an envelope that was changed.
    """
    if sealed.binding != binding:
        raise SealingError(f"This opening was sealed for {mismatch(sealed.binding, binding)}.")
    given = list(shares)
    right = {share.place: share.share for share in given if is_right_share(sealed, share)}
    if len(right) < sealed.threshold:
        wrong = wrong_keepers(sealed, given)
        blame = "".join(f" The share of {_keeper(sealed, place)} is not the one sealed for it." for place in wrong)
        raise SealingError(f"Opening this takes {sealed.threshold} keepers' shares; {len(right)} came.{blame}", wrong)
    enough = dict(sorted(right.items())[: sealed.threshold])
    key, check = derive_keys(combine(enough), sealed.context)
    if not is_same(check, sealed.key_check):
        raise SealingError("The shares do not give the key: the opening was sealed wrongly or changed afterwards.")
    return decrypt_opening(key, sealed.header, sealed.ciphertext)


def wrong_keepers(sealed: SealedOpening, shares: Iterable[ReleasedShare]) -> tuple[int, ...]:
    """Return the places, ascending, for which a share was given that is not the one sealed for it."""
    return tuple(sorted({share.place for share in shares if not is_right_share(sealed, share)}))


def _keeper(sealed: SealedOpening, place: int) -> str:
    key = sealed.keepers[place - 1 : place]
    return f"keeper {place} ({write_hex(key[0])})" if key else f"keeper {place}, of whom there is none,"
