"""The command ``difsched``."""
