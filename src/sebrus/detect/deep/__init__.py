"""The audit: networks trained on the whole pool, and what they show of contributors. Needs PyTorch, the extra `deep`.

Importing this does not import PyTorch; calling `audit` does.
"""

from sebrus.detect.deep.audit import Audit, audit
from sebrus.detect.deep.plants import FamilyPower, Power

__all__ = ["Audit", "FamilyPower", "Power", "audit"]
