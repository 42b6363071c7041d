"""From configurations to raw logs, aggregates, tables and figures: the stages and their command."""
