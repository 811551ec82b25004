"""The chain: contract artifacts, deployment, typed calls, events and the embedded development chain."""
