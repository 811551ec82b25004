"""Truth inference: votes in, the likely truth of every item and the quality of every reviewer out."""

from sebrus.truth.aggregate import Truths, dawid_skene, majority, one_coin
from sebrus.truth.choice import AGGREGATORS, Choice, choose
from sebrus.truth.collusion import Pairs, colluding
from sebrus.truth.errors import TruthError
from sebrus.truth.quality import Measured, Quality, reviewer_quality
from sebrus.truth.running import Running
from sebrus.truth.votes import Votes

__all__ = [
    "AGGREGATORS",
    "Choice",
    "Measured",
    "Pairs",
    "Quality",
    "Running",
    "TruthError",
    "Truths",
    "Votes",
    "choose",
    "colluding",
    "dawid_skene",
    "majority",
    "one_coin",
    "reviewer_quality",
]
