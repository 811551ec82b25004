"""The rules that the server advises are rules that the contract takes."""

from __future__ import annotations

import pytest

from sebrus.platform.policy import DEFAULT_POLICY
from sebrus.store.projected import Dataset

pytestmark = pytest.mark.chain


def test_the_advised_policy_makes_a_dataset(stage):
    dataset = stage.open_dataset(**DEFAULT_POLICY.as_dict())
    advised = stage.client.get("/v1/policy")["policy"]
    assert stage.row(Dataset, dataset.id).policy == advised
    assert (advised["panelSize"], advised["escalatedSize"], advised["finalSize"]) == (5, 11, 23)
    assert (advised["quorum"], advised["detectorVotes"], advised["holdWindow"]) == (3, 5, 86400)
