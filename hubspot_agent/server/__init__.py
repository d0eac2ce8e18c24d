"""The graph on a server: who may use it, one turn of a conversation at a time, health, metrics."""
