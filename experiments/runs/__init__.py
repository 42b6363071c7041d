"""Runs and their files: tracked, found, rendered, published."""
