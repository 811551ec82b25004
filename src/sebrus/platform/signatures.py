"""Check signatures before they are stored, as the contract will check them."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.orm import Session
from web3 import Web3

from sebrus.chain.errors import ChainError, ContractRefused
from sebrus.chain.rpc import guarded
from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused
from sebrus.protocol.signature import Message, eip712_digest, recover_signer
from sebrus.store.models import FailingWallet

# What waits in the outbox holds images and costs retries, so nothing may wait for ever.
LONGEST_SIGNED_SECONDS = 7 * 24 * 3600

# ERC-1271: isValidSignature(bytes32,bytes) answers its own selector.
ERC1271_MAGIC = bytes.fromhex("1626ba7e")
MOST_WALLET_FAILURES = 4
"""How often the actions of one contract wallet are sent in vain, all together (`sending.py`)."""
ASKED_GAS = 600_000
"""What a wallet may use to answer; of more than that no transaction would be paid for either (`sending.py`)."""


def check_signature(
    application: Application, message: Message, account: str, deadline: int | None, signature: str
) -> None:
    """Accept an account's own signature, or a contract wallet's by ERC-1271. A `deadline` of None ends with its round.

    Raises:
        Refused: it is another's, malformed, its deadline has passed or is too far away, or it is a contract wallet's
            that is not relayed for any more.
    """
    if deadline is not None:
        _check_deadline(application, deadline)
    domain = application.domain
    digest = eip712_digest(domain, message)
    if not is_signed(application, account, signature, digest, lambda raw: recover_signer(domain, message, raw)):
        raise Refused(
            "signature_invalid",
            "The signature is not the account's; sign again with the right account, chain and contract.",
        )
    with application.database.read() as session:
        failed = why_not_relayed(session, account)
    if failed is not None:
        raise Refused("wallet_failed", failed, 409)


def why_not_relayed(session: Session, account: str) -> str | None:
    """Why nothing of an account is sent any more: it is a contract wallet that failed too often; None: it is."""
    wallet = session.get(FailingWallet, account)
    if wallet is None or wallet.failures < MOST_WALLET_FAILURES:
        return None
    return (
        f"Transactions of this contract wallet failed {wallet.failures} times though they passed when they were tried; "
        "it is not relayed for any more. Send to the contract directly."
    )


def is_signed(
    application: Application, account: str, signature: str, digest: bytes, recover: Callable[[bytes], str]
) -> bool:
    """Whether an account signed `digest` (32 bytes): with its key, as `recover` finds, or as a contract by ERC-1271.

    Raises:
        Refused: the signature is not hexadecimal.
    """
    try:
        raw = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        raise Refused("signature_invalid", "The signature is not hexadecimal.") from None
    try:
        if recover(raw) == account:
            return True
    except ValueError:
        pass
    return _contract_wallet_agrees(application, digest, account, raw)


def _check_deadline(application: Application, deadline: int) -> None:
    """Refuse a deadline by this machine's clock only where the chain's, by which it counts, agrees."""
    if _deadline_refused(deadline, time.time()) is not None:
        refused = _deadline_refused(deadline, application.clock.now())
        if refused is not None:
            raise refused


def _deadline_refused(deadline: int, now: float) -> Refused | None:
    if deadline <= now:
        return Refused("signature_expired", "The signed deadline has passed; sign again.")
    if deadline > now + LONGEST_SIGNED_SECONDS:
        return Refused("deadline_too_far", "The signed deadline is more than a week away; sign with a nearer one.")
    return None


def has_code(web3: Web3, account: str) -> bool:
    """Whether an account is a contract, or has put itself under one (EIP-7702)."""
    return bool(guarded(lambda: web3.eth.get_code(Web3.to_checksum_address(account))))


def _contract_wallet_agrees(application: Application, digest: bytes, account: str, signature: bytes) -> bool:
    web3 = application.contract.web3
    if not has_code(web3, account):
        return False
    wallet = web3.eth.contract(address=web3.to_checksum_address(account), abi=[_IS_VALID_SIGNATURE])
    try:
        answer = guarded(lambda: wallet.functions.isValidSignature(digest, signature).call({"gas": ASKED_GAS}))
    except (ContractRefused, ChainError):
        return False
    return bool(answer == ERC1271_MAGIC)


_IS_VALID_SIGNATURE = {
    "type": "function",
    "name": "isValidSignature",
    "stateMutability": "view",
    "inputs": [{"name": "hash", "type": "bytes32"}, {"name": "signature", "type": "bytes"}],
    "outputs": [{"name": "", "type": "bytes4"}],
}
