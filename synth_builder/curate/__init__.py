"""Curation: what leaves the corpus, and why."""
