"""A policy is what its type can hold, and its panels are those it names."""

import pytest

from sebrus import protocol as p


def test_a_policy_that_does_not_fit_is_refused() -> None:
    values = dict.fromkeys(p.POLICY_BITS, 1)
    assert p.Policy.from_abi(p.Policy(**values).as_abi()).as_dict() == values
    with pytest.raises(ValueError, match="quorum is 256"):
        p.Policy(**values | {"quorum": 256})
    with pytest.raises(ValueError, match="missing or unknown fields: quorum"):
        p.Policy.from_dict({k: v for k, v in values.items() if k != "quorum"})


@pytest.mark.parametrize(
    ("sizes", "panels"),
    [((5, 11, 23), (5, 11, 23)), ((5, 11, 0), (5, 11)), ((5, 0, 0), (5,)), ((5, 0, 23), (5,))],
)
def test_the_panels_end_at_the_first_that_is_missing(sizes: tuple[int, int, int], panels: tuple[int, ...]) -> None:
    values = dict.fromkeys(p.POLICY_BITS, 1)
    names = ("panel_size", "escalated_size", "final_size")
    assert p.Policy.from_dict(values | dict(zip(names, sizes, strict=True))).panel_sizes == panels


def test_windows_have_24_bits_and_the_delay_8() -> None:
    values = dict.fromkeys(p.POLICY_BITS, 1)
    assert p.Policy.from_dict(values | {"hold_window": 2**24 - 1}).hold_window == 2**24 - 1
    for name, value in (("hold_window", 2**24), ("draw_delay", 256), ("max_gold", 2**16)):
        with pytest.raises(ValueError, match=f"{name} is {value}"):
            p.Policy.from_dict(values | {name: value})


def test_datasets_and_batches_survive_the_abi() -> None:
    policy = p.Policy.from_dict(dict.fromkeys(p.POLICY_BITS, 1))
    owner = p.checksum_address(p.keccak(b"owner")[12:])
    params = p.DatasetParams(owner, p.ZERO_ADDRESS, 10, bytes(32), bytes(32), policy)
    assert p.DatasetParams.from_abi(params.as_abi()) == params
    key = p.BatchKey(params.dataset_id, owner, p.keccak(b"root"), 64)
    assert p.BatchKey.from_abi(key.as_abi()) == key
    assert key.batch_id != p.BatchKey(params.dataset_id, owner, p.keccak(b"root"), 65).batch_id
