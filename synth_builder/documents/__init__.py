"""Documents: read from any source, and split where they are too long."""
