"""Named random streams and atomic files."""
