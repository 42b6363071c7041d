"""The paper's claims, checked against the results."""
