"""From configurations to raw logs, aggregates, tables and figures: the stages and their command."""

from difsched.utils.threads import prefer_one_thread

prefer_one_thread()
