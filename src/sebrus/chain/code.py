"""Whether the code at an address is that of the compiled contracts we ship."""

from __future__ import annotations

from sebrus.chain.artifact import artifact

PUSH32 = b"\x7f"
WORD = 32


def is_code_of(code: bytes, name: str) -> bool:
    """Whether deployed code is that of a shipped contract, `Sebrus` or `Judgement`, whatever its immutables are.

    The compiler leaves 32 zero bytes after a PUSH32 wherever the constructor writes an immutable.

    Example:
        >>> is_code_of(b"", "Sebrus")
        False
    """
    template = bytes.fromhex(artifact(name)["deployedBytecode"][2:])
    if len(code) != len(template):
        return False
    hole = PUSH32 + bytes(WORD)
    start = 0
    while start < len(template):
        end = template.find(hole, start)
        end = len(template) if end < 0 else end + len(PUSH32)
        if code[start:end] != template[start:end]:
            return False
        start = end + WORD
    return True
