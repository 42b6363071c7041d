"""What stands behind a cell of a table: its rows, runs and formula."""
