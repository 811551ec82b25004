"""What went wrong with the chain, in sentences for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_abi.abi import decode as decode_abi
from eth_hash.auto import keccak

from sebrus.chain.artifact import artifact


class ChainError(Exception):
    """The chain cannot be started or reached; the message says why and what to do."""


class TransactionFailed(ChainError):
    """A transaction passed when it was tried and was mined without effect; its gas is paid for.

    Something happened in between, or code of somebody else's that it ran did otherwise than when it was tried.
    """

    def __init__(self) -> None:
        super().__init__("A transaction passed when it was tried and had no effect on chain.")


class ContractRefused(Exception):
    """The contract reverted with one of its errors.

    Attributes:
        name: the custom error's name, such as `"TooLate"`; `"Reverted"` when the node gave no data.
        arguments: the error's arguments, in order.
    """

    def __init__(self, name: str, arguments: tuple[Any, ...] = ()) -> None:
        self.name = name
        self.arguments = arguments
        super().__init__(sentence(name, arguments))


class NotPaidFor(ContractRefused):
    """What the contract would take and its sender does not pay for; nothing was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(type(self).__name__)
        self.args = (reason,)


# One sentence per custom error of ISebrusEvents.sol: what was wrong, and what to do. `{0}`, `{1}` are its arguments.
SENTENCES = {
    "AlreadyCommitted": "Seat {0} has committed already; a commitment cannot be changed.",
    "AmountTooLarge": "The contract holds at most 4.5 million ether; send less.",
    "AppealsOpen": "Items are under appeal; their round must be started first.",
    "BatchExists": "This batch was submitted already; its items are on chain.",
    "DatasetClosed": "The dataset is closed by its owner; nothing new can be submitted.",
    "DatasetExists": "A dataset with these parameters exists already; choose another salt.",
    "EntropyMissed": "The block that decides the draw is out of reach; ask for a new draw.",
    "EntropyNotReady": "The block that decides the draw is not mined yet; wait a moment.",
    "EntropyPending": "The draw's block is still usable; draw with it.",
    "InsufficientBalance": "The account has {0} gwei free and needs {1}; deposit the difference.",
    "InsufficientBounty": "The dataset's bounty has {0} gwei left and this batch needs {1}; its owner must fund it.",
    "InsufficientStake": (
        "The stake has {0} gwei free and this seat needs {1}; stake more or wait until other batches settle."
    ),
    "InvalidAppeal": (
        "An appeal names at least one item, none that is under appeal already, and every item of an undecided batch."
    ),
    "InvalidBitmap": "The bits do not fit: one for each picture or item, and nothing beyond the last.",
    "InvalidDataset": "A dataset needs an owner and at least two classes.",
    "InvalidDeployment": "The guardian, the minimum stake or the epoch length is unusable.",
    "InvalidGold": "The gold of the screening does not fit what the reviewers were shown.",
    "InvalidItemCount": "A batch holds between 1 item and the dataset's maximum.",
    "InvalidPolicy": "The policy's {0} is outside its range.",
    "InvalidPositions": "The reviewers must be shown every item in question, and no more gold than the policy allows.",
    "InvalidRelease": "A release holds at least one item.",
    "InvalidShortString": "The contract's name is too long.",
    "InvalidSignature": "The signature is not the account's; sign again with the right account, chain and contract.",
    "MissingOpening": "Seat {0} has revealed already; its opening must be brought again.",
    "NoFurtherRound": "There is no further panel to appeal to; the decision is final.",
    "NotDetector": "Only the dataset's detector may do this.",
    "NotGuardian": "Only the guardian may do this.",
    "NotOwner": "Only the dataset's owner may do this.",
    "NotWholeGwei": "Amounts are whole gwei; round the value.",
    "SignatureExpired": "The signed deadline has passed; sign again.",
    "StakeLocked": "{0} gwei of the stake are held by open seats; wait until those batches are settled.",
    "StakeTooSmall": "A stake is zero or at least {1} gwei; this one would be {0}.",
    "StringTooLong": "The contract's name is too long.",
    "SubmissionsPaused": "New submissions are paused; running batches go on.",
    "TooEarly": "This window is not open yet.",
    "TooLate": "This window has closed.",
    "TooManyLinks": "A screening names at most 16 linked accounts.",
    "TooManyReviewers": "The list of reviewers is full.",
    "TransferFailed": "The receiver refused the ether; nothing was moved.",
    "UnknownDataset": "There is no such dataset on this chain.",
    "WrongAppeals": "These are not the open appeals, in their order.",
    "WrongBallots": "These are not the commitments of this round in their order, or an opening does not match.",
    "WrongDecision": "This is not the decision so far.",
    "WrongExclusions": "These are not the accounts excluded from this batch's panels.",
    "WrongHint": "These are not the accounts that the urn yields; call the draw without a hint to learn them.",
    "WrongHistory": "These are not the concluded rounds of this batch, in their order.",
    "WrongPanel": "These addresses are not the panel of this round.",
    "WrongPhase": "The batch is not in the phase this needs; it may have moved on.",
    "WrongQuestion": "These are not the items in question.",
    "WrongRecord": "The batch has moved on; look again and send with its newer record.",
    "WrongScreening": "The screening opened is not the one committed.",
    "WrongSeat": "There is no seat {0} in this panel.",
    "ZeroAddress": "The zero address cannot hold anything here.",
    "ZeroAmount": "An amount of zero moves nothing.",
    "ZeroCommitment": "A commitment of zero binds nobody.",
}


def sentence(name: str, arguments: tuple[Any, ...] = ()) -> str:
    """Say a custom error as a sentence.

    Example:
        >>> sentence("InsufficientBalance", (1, 5))
        'The account has 1 gwei free and needs 5; deposit the difference.'
    """
    known = SENTENCES.get(name)
    if known is None:
        return f"The contract refused: {name}{arguments or ''}."
    return known.format(*(_plain(argument) for argument in arguments))


def _plain(argument: Any) -> Any:
    if isinstance(argument, bytes):
        return argument.rstrip(b"\0").decode(errors="replace")
    return argument


@cache
def _errors_by_selector() -> dict[bytes, tuple[str, tuple[str, ...]]]:
    found = {}
    for entry in artifact()["abi"]:
        if entry["type"] == "error":
            types = tuple(parameter["type"] for parameter in entry["inputs"])
            found[keccak(f"{entry['name']}({','.join(types)})".encode())[:4]] = (entry["name"], types)
    return found


def decode_refusal(data: str | None) -> ContractRefused:
    """Turn revert data into the named refusal."""
    raw = bytes.fromhex(data[2:]) if data and data.startswith("0x") else b""
    name, types = _errors_by_selector().get(raw[:4], ("Reverted", ()))
    return ContractRefused(name, decode_abi(types, raw[4:]) if types else ())
