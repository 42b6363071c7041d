"""What the paper shows of each further problem family: a table, a figure, an animation."""
