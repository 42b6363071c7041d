"""One render script a table or figure, from the aggregates to TeX, PDF and PNG."""
