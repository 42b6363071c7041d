"""Mobility load balancing: offsets between cells that spread moving users over them."""
