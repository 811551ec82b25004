"""Step accounts: balances, stakes, records and the bounty, replayed from all events, are those of the contract."""

from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence

_ACCOUNT = ("(uint64,uint64,uint64,uint32,uint32,bool,uint32,uint32,uint32,uint32)",)
_DETECTOR = ("(uint48,uint40,uint40,uint40,uint16)",)
_UNOPENED = 1 << 16
"""Where the contract's counter of unopened screenings turns over."""


def verify_accounts(evidence: Evidence) -> str:
    """Whoever ever staked, contributed to the release or appealed has what the events give; so has the dataset."""
    concerned = _concerned(evidence)
    for account in concerned:
        _check_account(evidence, account)
    _check_dataset(evidence)
    return f"{len(concerned)} accounts, the detector's record and the bounty are those of the contract"


def _concerned(evidence: Evidence) -> list[str]:
    staked = {event["reviewer"] for event in evidence.history.events if event.name == "Staked"}
    senders = {batch.key.contributor for batch in evidence.batches}
    appellants = {event["appellant"] for _, replay in evidence.decided() for _, event in replay.appealed}
    return sorted(staked | senders | appellants)


def _check_account(evidence: Evidence, account: str) -> None:
    contract, head, ledger = evidence.manifest.contract, evidence.history.head, evidence.ledger
    (told,) = evidence.rpc.read(contract, "accountOf(address)", [account], _ACCOUNT, head)
    free, stake, locked, index, _, _, *counters = told
    known, place = ledger.accounts[account], ledger.weights.place_of(account)
    money = (known.free, known.stake, known.locked)
    require((free, stake, locked) == money, f"{account} has other amounts than the events give")
    require(index == (0 if place is None else place + 1), f"{account} holds another place in the stake tree")
    record = known.record
    counted = [record.gold_seen, record.gold_right, record.items_seen, record.items_coherent]
    require(counters == counted, f"{account} has another record as a reviewer than the events give")


def _check_dataset(evidence: Evidence) -> None:
    contract, head, dataset_id = evidence.manifest.contract, evidence.history.head, evidence.manifest.dataset_id
    (bounty,) = evidence.rpc.read(contract, "bountyOf(bytes32)", [dataset_id], ("uint64",), head)
    require(bounty == evidence.bounties.after_all(dataset_id), "the dataset has another bounty than the events give")
    (told,) = evidence.rpc.read(contract, "detectorRecordOf(bytes32)", [dataset_id], _DETECTOR, head)
    known = evidence.ledger.detectors[dataset_id]
    expected = (known.items, known.flagged, known.upheld, known.missed, known.unopened % _UNOPENED)
    require(told == expected, "the detector has another record than the events give")
