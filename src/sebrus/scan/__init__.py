"""Scan a folder or archive of images from the command line: read the source, write the tables and the report."""
