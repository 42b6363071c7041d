"""Studies: a YAML file of variants each."""
