"""Actors: what proposes actions, one module each, and what they stand on."""
