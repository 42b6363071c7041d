"""A scheduler from outside the repository: loaded, and held to its rules."""
