"""SeBRUS, the gate of crowdsourced image datasets: anchored, reviewed blind, screened by provenance."""

from importlib.metadata import version

__version__ = version("sebrus")
__all__ = ["__version__"]
