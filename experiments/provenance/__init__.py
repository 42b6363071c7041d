"""The code behind a result, and whether it is still the code of the checkout."""
