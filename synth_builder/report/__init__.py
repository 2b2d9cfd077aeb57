"""Reports: a run and its rows as people read them."""
