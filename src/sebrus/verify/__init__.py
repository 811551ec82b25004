"""The independent verifier of a release: imports the protocol, asks a node, trusts nothing else."""

from sebrus.verify.errors import BadInput
from sebrus.verify.release import RPC_VARIABLE, STEPS, RpcProvider, verify_release
from sebrus.verify.report import Report, Step

__all__ = ["RPC_VARIABLE", "STEPS", "BadInput", "Report", "RpcProvider", "Step", "verify_release"]
