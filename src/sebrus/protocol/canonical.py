"""The one form of a key's signature that the contract takes: `r, s, v` in 65 bytes, with the lower of the two `s`.

Every ECDSA signature has a twin with `order - s`, which anybody can write down who has seen the first; EIP-2 refuses
the higher. https://eips.ethereum.org/EIPS/eip-2
"""

SIGNATURE_BYTES = 65
SECP256K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def require_canonical(signature: bytes) -> bytes:
    """Return `signature` when it has the form that the contract takes; `ValueError` says what is wrong with it.

    Example:
        >>> require_canonical(bytes(64))
        Traceback (most recent call last):
        ...
        ValueError: A signature has 65 bytes, this one has 64.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"A signature has {SIGNATURE_BYTES} bytes, this one has {len(signature)}.")
    if int.from_bytes(signature[32:64], "big") > SECP256K1_ORDER // 2:
        raise ValueError("The s of this signature is above half the order of the curve; sign again.")
    if signature[64] not in (27, 28):
        raise ValueError(f"The last byte of a signature is 27 or 28, that of this one is {signature[64]}.")
    return signature
