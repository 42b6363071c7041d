"""A scheduler of a user's own, beside the reference."""
