"""Scan a folder or archive of images from the command line: read the source, write the tables and the report."""

from sebrus.scan.errors import SourceError
from sebrus.scan.run import Outcome, scan_path

__all__ = ["Outcome", "SourceError", "scan_path"]
