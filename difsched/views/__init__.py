"""What other libraries see of a family: Gymnasium environments, and Minari datasets."""
