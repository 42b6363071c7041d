"""The stages of the workflow: each reads files and writes files."""
