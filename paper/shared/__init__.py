"""What render scripts share: tables of methods, legends, seeds, numbers of the text."""
