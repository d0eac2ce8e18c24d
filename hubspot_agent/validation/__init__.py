"""A value in; a clean value or a named problem out."""
