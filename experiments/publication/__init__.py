"""The paper, its report and the committed reference, made from results."""
