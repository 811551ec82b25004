"""How much of each attack the detector finds, beside its peers, and what it accuses wrongly."""
