"""Radio resources of a 5G/6G slice, granted to its users window by window."""
