"""What tables and figures are written with, drawn by name and read back."""
