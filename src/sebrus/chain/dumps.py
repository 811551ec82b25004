"""Whether what anvil dumps is of one moment.

`anvil_dumpState` reads the blocks first and the accounts later. A block that is mined in between leaves accounts that
are ahead of the blocks: a chain restored from that has effects without their events, and whoever follows the events
never learns of them.
"""

from __future__ import annotations

import json
from typing import Any

EMPTY_CODE = "0x"
DELEGATED_CODE = "0xef0100"


def is_of_one_moment(dump: bytes) -> bool:
    """Whether the accounts of a dumped state (JSON) are those after its last block.

    A transaction counts up the nonce of whoever sent it by one, and nothing else does (EIP-7702 delegates apart): the
    nonces of accounts without code, or with delegated code, add up to the transactions. Where somebody set a nonce by
    hand they never do.

    Example:
        >>> is_of_one_moment(b'{"accounts": {"0x01": {"nonce": 1, "code": "0x"}}, "transactions": [], "blocks": []}')
        False
    """
    state: dict[str, Any] = json.loads(dump)
    sent = sum(int(account["nonce"]) for account in state["accounts"].values() if _sends(account["code"] or EMPTY_CODE))
    in_blocks = sum(len(block["transactions"]) for block in state["blocks"])
    return sent == in_blocks == len(state["transactions"])


def _sends(code: str) -> bool:
    return code == EMPTY_CODE or code.startswith(DELEGATED_CODE)
