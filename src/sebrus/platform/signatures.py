"""Check signatures before they are stored, as the contract will check them."""

from __future__ import annotations

import time

from sebrus.chain.errors import ChainError, ContractRefused
from sebrus.chain.rpc import guarded
from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused
from sebrus.protocol.signature import Message, eip712_digest, recover_signer

# What waits in the outbox holds images and costs retries, so nothing may wait for ever.
LONGEST_SIGNED_SECONDS = 7 * 24 * 3600

# ERC-1271: isValidSignature(bytes32,bytes) answers its own selector.
ERC1271_MAGIC = bytes.fromhex("1626ba7e")


def check_signature(
    application: Application, message: Message, account: str, deadline: int | None, signature: str
) -> None:
    """Accept an account's own signature, or a contract wallet's by ERC-1271. A `deadline` of None ends with its round.

    Raises:
        Refused: it is another's, malformed, or its deadline has passed or is too far away.
    """
    if deadline is not None:
        _check_deadline(deadline)
    try:
        raw = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        raise Refused("signature_invalid", "The signature is not hexadecimal.") from None
    try:
        if recover_signer(application.domain, message, raw) == account:
            return
    except ValueError:
        pass
    if not _contract_wallet_agrees(application, message, account, raw):
        raise Refused(
            "signature_invalid",
            "The signature is not the account's; sign again with the right account, chain and contract.",
        )


def _check_deadline(deadline: int) -> None:
    now = time.time()
    if deadline <= now:
        raise Refused("signature_expired", "The signed deadline has passed; sign again.")
    if deadline > now + LONGEST_SIGNED_SECONDS:
        raise Refused("deadline_too_far", "The signed deadline is more than a week away; sign with a nearer one.")


def _contract_wallet_agrees(application: Application, message: Message, account: str, signature: bytes) -> bool:
    web3 = application.contract.web3
    if not guarded(lambda: web3.eth.get_code(web3.to_checksum_address(account))):
        return False
    wallet = web3.eth.contract(address=web3.to_checksum_address(account), abi=[_IS_VALID_SIGNATURE])
    digest = eip712_digest(application.domain, message)
    try:
        answer = guarded(lambda: wallet.functions.isValidSignature(digest, signature).call())
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
