"""EIP-4361: what an account signs to sign in, read to the letter of the grammar. https://eips.ethereum.org/EIPS/eip-4361

Domain and URIs are those of RFC 3986, times those of RFC 3339. A message is plain text that is signed as a personal
message (EIP-191), so whatever two readers could understand differently is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import AddressValueError, IPv6Address

from eth_account import Account
from eth_account.messages import encode_defunct

from sebrus.protocol.canonical import require_canonical
from sebrus.protocol.keccak import checksum_address, keccak

MOST_CHARACTERS = 4096
ASKS = " wants you to sign in with your Ethereum account:"

_UNRESERVED = r"A-Za-z0-9._~\-"
_DELIMITERS = "!$&'()*+,;="
_ESCAPED = "%[0-9A-Fa-f]{2}"
_NAME = f"(?:[{_UNRESERVED}{_DELIMITERS}]|{_ESCAPED})"
_IN_PATH = f"(?:[{_UNRESERVED}{_DELIMITERS}:@]|{_ESCAPED})"
_SCHEME = "[A-Za-z][A-Za-z0-9+.-]*"
_AUTHORITY = (
    f"(?:(?:[{_UNRESERVED}{_DELIMITERS}:]|{_ESCAPED})*@)?"
    rf"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|\[[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_DELIMITERS}:]+\]|{_NAME}*)"
    "(?::[0-9]*)?"
)
_FIRST = re.compile(f"(?:(?P<scheme>{_SCHEME})://)?(?P<domain>{_AUTHORITY})" + re.escape(ASKS))
_URI = re.compile(
    f"{_SCHEME}:"
    f"(?://{_AUTHORITY}(?:/{_IN_PATH}*)*|/(?:{_IN_PATH}+(?:/{_IN_PATH}*)*)?|{_IN_PATH}+(?:/{_IN_PATH}*)*|)"
    rf"(?:\?(?:{_IN_PATH}|[/?])*)?(?:\#(?:{_IN_PATH}|[/?])*)?"
)
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_STATEMENT = re.compile(rf"[{_UNRESERVED}{_DELIMITERS}:/?#\[\]@ ]+")
_CHAIN_ID = re.compile("[0-9]{1,78}")
_NONCE = re.compile("[A-Za-z0-9]{8,}")
_REQUEST_ID = re.compile(f"{_IN_PATH}*")
_TIME = re.compile(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]+)?"
    "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


@dataclass(frozen=True)
class SignIn:
    """A sign-in message; times are kept as they were written, `moment` reads them.

    Example:
        >>> when = "2026-01-01T00:00:00Z"
        >>> SignIn("example.com", "0x" + "00" * 20, "https://example.com", 1, "a1b2c3d4", when).text()[:24]
        'example.com wants you to'
    """

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: str
    statement: str | None = None
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None
    scheme: str | None = None

    def text(self) -> str:
        """The text to sign."""
        lines = [("" if self.scheme is None else f"{self.scheme}://") + self.domain + ASKS, self.address, ""]
        if self.statement is not None:
            lines.append(self.statement)
        lines += ["", f"URI: {self.uri}", "Version: 1", f"Chain ID: {self.chain_id}", f"Nonce: {self.nonce}"]
        lines.append(f"Issued At: {self.issued_at}")
        optional = {
            "Expiration Time": self.expiration_time,
            "Not Before": self.not_before,
            "Request ID": self.request_id,
        }
        lines += [f"{name}: {value}" for name, value in optional.items() if value is not None]
        if self.resources is not None:
            lines += ["Resources:", *(f"- {uri}" for uri in self.resources)]
        return "\n".join(lines)


class _Lines:
    """The lines of a message, taken one after the other; `ValueError` names the one that is wrong."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0

    def take(self) -> str:
        if self._at == len(self._lines):
            raise ValueError("The message ends too early.")
        self._at += 1
        return self._lines[self._at - 1]

    def take_empty(self) -> None:
        if self.take():
            raise ValueError(f"Line {self._at} of the message must be empty.")

    def take_field(self, name: str, form: re.Pattern[str]) -> str:
        value = self.take_optional(name, form)
        if value is None:
            raise ValueError(f"The message lacks its line {self._at + 1}, '{name}: …'.")
        return value

    def take_optional(self, name: str, form: re.Pattern[str]) -> str | None:
        if self._at == len(self._lines) or not self._lines[self._at].startswith(f"{name}: "):
            return None
        value = self.take().removeprefix(f"{name}: ")
        if not _fits(form, value):
            raise ValueError(f"The {name} of the message is malformed.")
        return value

    def take_resources(self) -> tuple[str, ...] | None:
        if self._at == len(self._lines) or self._lines[self._at] != "Resources:":
            return None
        self.take()
        found = []
        while self._at < len(self._lines):
            line = self.take()
            if not line.startswith("- ") or not _fits(_URI, line[2:]):
                raise ValueError(f"Line {self._at} of the message is no resource.")
            found.append(line[2:])
        return tuple(found)

    def end(self) -> None:
        if self._at != len(self._lines):
            raise ValueError(f"Line {self._at + 1} of the message does not belong there.")


def parse_sign_in(text: str) -> SignIn:
    """Read a sign-in message, as strictly as the grammar is.

    Raises:
        ValueError: it does not have the form of EIP-4361, or its address not the capitals of EIP-55.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"The message is longer than {MOST_CHARACTERS} characters.")
    lines = _Lines(text)
    first = _FIRST.fullmatch(lines.take())
    if first is None or not _is_ipv6(first["ipv6"]):
        raise ValueError(f"The first line of the message is not '<domain>{ASKS}'.")
    address = lines.take()
    if not _ADDRESS.fullmatch(address) or checksum_address(address) != address:
        raise ValueError("The second line of the message is no address with the capitals of EIP-55.")
    lines.take_empty()
    statement = lines.take() or None
    if statement is not None:
        if not _STATEMENT.fullmatch(statement):
            raise ValueError("The statement of the message holds a character that EIP-4361 does not take.")
        lines.take_empty()
    uri = lines.take_field("URI", _URI)
    lines.take_field("Version", re.compile("1"))
    message = SignIn(
        scheme=first["scheme"],
        domain=first["domain"],
        address=address,
        statement=statement,
        uri=uri,
        chain_id=int(lines.take_field("Chain ID", _CHAIN_ID)),
        nonce=lines.take_field("Nonce", _NONCE),
        issued_at=lines.take_field("Issued At", _TIME),
        expiration_time=lines.take_optional("Expiration Time", _TIME),
        not_before=lines.take_optional("Not Before", _TIME),
        request_id=lines.take_optional("Request ID", _REQUEST_ID),
        resources=lines.take_resources(),
    )
    lines.end()
    return message


def moment(time: str) -> float:
    """An RFC 3339 time in seconds since 1970; `ValueError` for a day that does not exist."""
    return datetime.fromisoformat(time.upper()).timestamp()


def personal_digest(text: str) -> bytes:
    """What a wallet signs for a text (EIP-191, `personal_sign`): 32 bytes."""
    data = text.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data)


def sign_personal(text: str, private_key: str | bytes) -> bytes:
    """Sign a text as wallets do; returns 65 bytes `r, s, v`, deterministic (RFC 6979)."""
    return bytes(Account.sign_message(encode_defunct(text=text), private_key).signature)


def recover_personal(text: str, signature: bytes) -> str:
    """Return the checksummed address that signed a text; `ValueError` when it is no canonical signature."""
    require_canonical(signature)
    try:
        return checksum_address(Account.recover_message(encode_defunct(text=text), signature=signature))
    except Exception as error:
        raise ValueError("This is not a signature of 65 bytes over secp256k1.") from error


def _fits(form: re.Pattern[str], value: str) -> bool:
    found = form.fullmatch(value)
    if found is None:
        return False
    if form is _TIME:
        return _is_time(value)
    return "ipv6" not in form.groupindex or _is_ipv6(found["ipv6"])


def _is_ipv6(text: str | None) -> bool:
    if text is None:
        return True
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except (ValueError, OverflowError):
        return False
    return True
