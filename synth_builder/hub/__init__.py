"""Releases: what is published, byte for byte."""
