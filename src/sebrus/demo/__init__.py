"""The main job end to end: honest and hostile wallets contribute, the gate decides, a verified release comes out."""
