"""The embedded default: a server on TGI's routes with a rule-based mathematics teacher behind it."""
