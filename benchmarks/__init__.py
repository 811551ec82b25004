"""Benchmarks: each writes JSON and a table into build/bench."""
