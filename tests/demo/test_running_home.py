"""The demo empties its home, so it refuses one that is in use."""

import pytest

from sebrus.chain.embedded import EmbeddedChain
from sebrus.chain.errors import ChainError
from sebrus.demo.stage import raised

from ..actors.ports import ports_in_a_row

pytestmark = pytest.mark.chain


def test_a_running_home_is_left_alone(tmp_path):
    chain = EmbeddedChain(tmp_path, ports_in_a_row(1))
    chain.start()
    chain.save()
    try:
        with pytest.raises(ChainError, match="stop it first"), raised(tmp_path):
            pass
        assert chain.running and chain.state_path.exists()
    finally:
        chain.kill()
