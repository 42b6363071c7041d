"""Several kinds of resources shared among tasks with priorities and costs, window by window."""
