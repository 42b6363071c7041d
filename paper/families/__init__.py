"""A table of each further problem family: its methods by configuration, and what they do."""
