"""The numbers of the paper's text, a macro each, and phrases that depend on a sign or a count."""
