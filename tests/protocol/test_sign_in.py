"""A sign-in message is read to the letter of EIP-4361, and what is written is read back the same."""

from __future__ import annotations

import re

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from sebrus.protocol.canonical import SECP256K1_ORDER, require_canonical
from sebrus.protocol.keccak import checksum_address
from sebrus.protocol.sign_in import SignIn, moment, parse_sign_in, personal_digest, recover_personal, sign_personal

KEY = bytes([7] * 32)
ADDRESS = Account.from_key(KEY).address
PLAIN = SignIn("service.example", ADDRESS, "https://service.example/login", 1, "32891756", "2021-09-30T16:25:24Z")
FULL = SignIn(
    domain="service.example:8080",
    address=ADDRESS,
    uri="https://service.example:8080/a%20b?c=d#e",
    chain_id=31337,
    nonce="a1B2c3D4",
    issued_at="2021-09-30T16:25:24.123Z",
    statement="I accept the Terms of Service: https://service.example/tos",
    expiration_time="2021-09-30T17:25:24+01:00",
    not_before="2021-09-30T15:25:24Z",
    request_id="some/../id".replace("/", "%2F"),
    resources=("ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/", "urn:isbn:0451450523"),
    scheme="https",
)

IN_PATH = st.text("abcXYZ019-._~!$&'()*+,;=:@", max_size=12)
TIMES = st.datetimes().map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%S").zfill(19) + "Z")
URIS = st.one_of(IN_PATH.map(lambda path: f"https://example.com/{path}"), IN_PATH.map(lambda path: f"urn:x:{path}"))
MESSAGES = st.builds(
    SignIn,
    domain=st.from_regex(r"[a-z0-9]{1,8}(\.[a-z]{2,6}){0,2}(:[0-9]{1,5})?", fullmatch=True),
    address=st.binary(min_size=20, max_size=20).map(checksum_address),
    uri=URIS,
    chain_id=st.integers(0, 2**256 - 1),
    nonce=st.from_regex(r"[A-Za-z0-9]{8,20}", fullmatch=True),
    issued_at=TIMES,
    statement=st.none() | st.text("abc XYZ.:/?#[]@!$&'()*+,;=-_~09", min_size=1, max_size=40),
    expiration_time=st.none() | TIMES,
    not_before=st.none() | TIMES,
    request_id=st.none() | IN_PATH,
    resources=st.none() | st.lists(URIS, max_size=3).map(tuple),
    scheme=st.none() | st.sampled_from(["https", "http", "web+x.y-z"]),
)


@given(MESSAGES)
def test_what_is_written_is_read_back(message):
    assert parse_sign_in(message.text()) == message


@given(MESSAGES, st.data())
def test_a_changed_message_is_refused_or_another_message(message, data):
    """No two texts are read as the same message, so that nobody signs one and is taken to have signed the other."""
    text = message.text()
    place = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from(["", "\n", "\r", "\r\n", " ", "a", "0", ":", "\u0430", "\x00", "\t"]))
    changed = text[:place] + put + text[place + data.draw(st.integers(0, 2)) :]
    try:
        read = parse_sign_in(changed)
    except ValueError:
        return
    # Zeros before the number of the chain, as where its first digit was taken away, say nothing.
    assert re.sub(r"(?<=\nChain ID: )0+(?=[0-9])", "", changed) == read.text()


@pytest.mark.parametrize("message", [PLAIN, FULL], ids=["plain", "full"])
def test_the_forms_of_the_specification_are_read(message):
    assert parse_sign_in(message.text()) == message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("service.example:8080 wants", "service.example:8080  wants"),
        ("service.example:8080 wants", "service.ex\u0430mple:8080 wants"),
        ("service.example:8080 wants", "service.example:80a wants"),
        ("service.example:8080 wants", "service.example/path wants"),
        ("service.example:8080 wants", "[::g] wants"),
        ("service.example:8080 wants", "[1:2] wants"),
        ("https://service.example:8080 wants", "1https://service.example:8080 wants"),
        ("wants you", "Wants you"),
        ("account:\n", "account\n"),
        (ADDRESS, ADDRESS.lower()),
        (ADDRESS, ADDRESS.swapcase()),
        (ADDRESS, ADDRESS[:-1]),
        (ADDRESS, ADDRESS + "0"),
        (ADDRESS, ADDRESS + " "),
        (ADDRESS + "\n\n", ADDRESS + "\n"),
        (ADDRESS + "\n\n", ADDRESS + "\n\n\n"),
        ("I accept", 'I "accept"'),
        ("I accept", "I accept\n"),
        ("I accept", "I accept\t"),
        ("I accept", "I accépt"),
        ("/tos\n\n", "/tos\n"),
        ("URI: https://service", "URI: //service"),
        ("URI: https://service", "URI: https://ser vice"),
        ("URI: https://service", "URI: https://service|"),
        ("a%20b", "a%2b%"),
        ("#e", "#e#f"),
        ("Version: 1", "Version: 2"),
        ("Version: 1", "Version: 1.0"),
        ("Version: 1", "version: 1"),
        ("Chain ID: 31337", "Chain ID: 0x7a69"),
        ("Chain ID: 31337", "Chain ID: "),
        ("Chain ID: 31337", "Chain ID: \u0663"),
        ("Chain ID: 31337\nNonce: a1B2c3D4", "Nonce: a1B2c3D4\nChain ID: 31337"),
        ("Nonce: a1B2c3D4", "Nonce: a1B2c3D"),
        ("Nonce: a1B2c3D4", "Nonce: a1B2c3D4-"),
        ("Nonce: a1B2c3D4", "Nonce: a1B2c3D4\nNonce: a1B2c3D4"),
        ("2021-09-30T16:25:24.123Z", "2021-09-30 16:25:24.123Z"),
        ("2021-09-30T16:25:24.123Z", "2021-09-30T16:25:24.123"),
        ("2021-09-30T16:25:24.123Z", "2021-09-31T16:25:24.123Z"),
        ("2021-09-30T16:25:24.123Z", "2021-09-30T24:25:24.123Z"),
        ("2021-09-30T16:25:24.123Z", "2021-09-30T16:25:24.Z"),
        ("2021-09-30T16:25:24.123Z", "1633019124"),
        ("+01:00", "+24:00"),
        ("Not Before", "Not before"),
        ("Request ID: some", "Request ID: some/"),
        ("Resources:", "Resources: "),
        ("- urn", "-urn"),
        ("- urn", "* urn"),
        ("- urn:isbn:", "- isbn-"),
    ],
)
def test_what_is_not_of_the_grammar_is_refused(old, new):
    text = FULL.text()
    assert text.count(old) >= 1
    with pytest.raises(ValueError, match=r"\.$"):
        parse_sign_in(text.replace(old, new, 1))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "\n",
        lambda text: text + "\n\n",
        lambda text: text + "\r",
        lambda text: "\n" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\nResources:\nhttps://service.example",
        lambda text: text + "\nExpiration Time: 2021-09-30T17:25:24Z\nExpiration Time: 2031-09-30T17:25:24Z",
        lambda text: text + "\nNot Before: 2021-09-30T17:25:24Z\nExpiration Time: 2021-09-30T17:25:24Z",
        lambda text: text.split("\nIssued")[0],
        lambda text: text[:40],
        lambda text: text[:0],
        lambda text: text + "\nRequest ID: " + "a" * 5000,
    ],
)
def test_extra_missing_or_misplaced_lines_are_refused(spoil):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_sign_in(spoil(PLAIN.text()))


def test_times_are_read_with_their_offset():
    assert moment("1970-01-01T00:00:01Z") == moment("1970-01-01t01:00:01.000+01:00") == 1


def test_the_signer_of_a_text_is_found():
    text = PLAIN.text()
    signature = sign_personal(text, KEY)
    assert signature == bytes(Account.sign_message(encode_defunct(text=text), KEY).signature)
    assert recover_personal(text, signature) == ADDRESS
    assert recover_personal(text + " ", signature) != ADDRESS
    assert personal_digest("hello").hex() == "50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda s: s[:64], "65 bytes"),
        (lambda s: s + b"\0", "65 bytes"),
        (lambda s: s[:64] + bytes([s[64] - 27]), "27 or 28"),
        (
            lambda s: (
                s[:32] + (SECP256K1_ORDER - int.from_bytes(s[32:64], "big")).to_bytes(32, "big") + bytes([55 - s[64]])
            ),
            "half",
        ),
        (lambda s: bytes(64) + s[64:], "secp256k1"),
    ],
    ids=["cut", "long", "bare parity", "malleable", "zero"],
)
def test_a_signature_of_another_form_is_refused(spoil, says):
    signature = sign_personal(PLAIN.text(), KEY)
    with pytest.raises(ValueError, match=says):
        recover_personal(PLAIN.text(), spoil(signature))
    assert require_canonical(signature) == signature
