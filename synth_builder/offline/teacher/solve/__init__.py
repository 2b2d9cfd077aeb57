"""Solve questions from their text alone; shares no code with the writer."""
