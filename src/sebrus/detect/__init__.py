"""The detector: arrays in, scores and evidence out."""
