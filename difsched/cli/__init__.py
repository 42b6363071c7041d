"""The command ``difsched``."""

from difsched.utils.threads import prefer_one_thread

prefer_one_thread()
