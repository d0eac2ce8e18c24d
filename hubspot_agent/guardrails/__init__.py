"""Decisions about a write: who is meant, what was said, what may be written, who exists already."""
