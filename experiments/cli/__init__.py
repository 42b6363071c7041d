"""The command line of ``./run_all.sh``, and what it prints."""
