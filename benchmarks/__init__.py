"""Benchmarks: what ``./run_all.sh bench NAME`` runs."""
