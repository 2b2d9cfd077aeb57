"""A run: its folder, journal, books and execution."""
