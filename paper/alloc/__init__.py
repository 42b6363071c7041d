"""What the paper shows of allocation beside its table."""
