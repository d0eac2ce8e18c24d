"""The audit trail: a record of every attempted write, and the file it is kept in."""
