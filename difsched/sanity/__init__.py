"""What is to be looked at before any training: traffic, links, and what rules make of them."""
