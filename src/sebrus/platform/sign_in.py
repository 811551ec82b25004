"""Sign in with an Ethereum account (EIP-4361): nonces that are good once, and the checks of a signed message.

A nonce holds its own time and a code that only this server's key gives, so nothing is kept for those who ask for one
and never sign. That it is good once follows from the sign-in that names it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from sebrus.platform.application import Application
from sebrus.platform.origin import origin_of
from sebrus.platform.refusals import Refused
from sebrus.platform.signatures import is_signed
from sebrus.protocol.sign_in import SignIn, moment, parse_sign_in, personal_digest, recover_personal

NONCE_SECONDS = 600
SKEW_SECONDS = 60
"""How far ahead of ours the clock of whoever signs may be."""

_NONCE = re.compile("(?P<time>[0-9a-f]{8})(?P<chance>[0-9a-f]{16})(?P<code>[0-9a-f]{24})")


@dataclass(frozen=True)
class SignedIn:
    """An account that proved itself, at which of our origins, and until when it wants to be signed in at most."""

    account: str
    origin: str
    nonce: str
    until: int | None


def make_nonce(operator: LocalAccount, now: float) -> str:
    """A nonce for one sign-in within ten minutes of `now` (seconds since 1970): 48 hexadecimal digits."""
    said = f"{int(now):08x}{secrets.token_hex(8)}"
    return said + _code(operator, said)


def check_sign_in(application: Application, text: str, signature: str) -> SignedIn:
    """Check a signed message: its form, that it is for us and now, and that its account signed it.

    Whether the nonce was used before is seen when the session is opened.

    Raises:
        Refused: something of that does not hold; the sentence says what.
    """
    now = time.time()
    try:
        message = parse_sign_in(text)
    except ValueError as error:
        raise Refused("message_malformed", str(error)) from error
    origin = _check_place(application, message)
    _check_times(message, now)
    _check_nonce(application.operator, message.nonce, now)
    if not is_signed(
        application, message.address, signature, personal_digest(text), lambda raw: recover_personal(text, raw)
    ):
        raise Refused("signature_invalid", "The signature is not the account's; sign again with the right account.")
    until = None if message.expiration_time is None else int(moment(message.expiration_time))
    return SignedIn(message.address, origin, message.nonce, until)


def _check_place(application: Application, message: SignIn) -> str:
    origin = origin_of(message.uri)
    if origin not in application.settings.origins or origin is None:
        raise Refused(
            "wrong_domain",
            "The URI of the message is not of this server; sign in where you are, or set SEBRUS_PUBLIC_URL.",
        )
    scheme, _, authority = origin.partition("://")
    if message.domain != authority or message.scheme not in (None, scheme):
        raise Refused("wrong_domain", "The message asks for a sign-in elsewhere; its domain must be that of its URI.")
    if message.chain_id != application.deployment.chain_id:
        raise Refused(
            "wrong_chain", f"The message is for another chain; this server is on {application.deployment.chain_id}."
        )
    return origin


def _check_times(message: SignIn, now: float) -> None:
    if moment(message.issued_at) > now + SKEW_SECONDS:
        raise Refused("message_not_yet_valid", "The message was issued in the future; set your clock and sign again.")
    if message.not_before is not None and moment(message.not_before) > now:
        raise Refused("message_not_yet_valid", "The message is not valid yet; wait, or sign another.")
    if message.expiration_time is not None and moment(message.expiration_time) <= now:
        raise Refused("message_expired", "The message has expired; sign again.")


def _check_nonce(operator: LocalAccount, nonce: str, now: float) -> None:
    found = _NONCE.fullmatch(nonce)
    if found is None or not hmac.compare_digest(found["code"], _code(operator, found["time"] + found["chance"])):
        raise Refused("nonce_unusable", "The nonce is not of this server; ask it for one.")
    if not int(found["time"], 16) - 1 <= now < int(found["time"], 16) + NONCE_SECONDS:
        raise Refused("nonce_unusable", "The nonce is older than ten minutes; ask for another.")


def _code(operator: LocalAccount, said: str) -> str:
    key = hmac.digest(operator.key, b"SeBRUS sign-in nonce", "sha256")
    return hmac.digest(key, said.encode(), "sha256").hex()[:24]
