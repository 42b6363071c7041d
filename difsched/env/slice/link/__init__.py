"""The link: success of a packet by RBs, calibrated, or from a user's table."""
