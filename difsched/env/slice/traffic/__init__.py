"""Traffic of a slice: generated, or read from packet logs and traces."""
