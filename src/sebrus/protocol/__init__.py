"""The protocol, pure: leaves, trees, bitmaps, tallies, commitments and manifests, as the contract computes them."""
