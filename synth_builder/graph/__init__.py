"""The concept graph: build it, walk it, ground its combinations in documents, publish it."""
