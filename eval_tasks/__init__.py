"""lighteval tasks for the benchmarks that judge a corpus; none yet."""
