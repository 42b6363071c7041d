"""Mobile edge computing: who offloads, with how much spectrum, in which order."""
