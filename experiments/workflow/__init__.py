"""Snakemake's jobs: called, counted, shown, recorded and repaired."""
