"""How much is run: the profiles, resolved and checked."""
