"""Diffusion Q-learning."""
