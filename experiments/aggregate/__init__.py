"""CSV tables from raw logs, and how they are read."""
