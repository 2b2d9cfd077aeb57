"""Write questions out of problem families."""
