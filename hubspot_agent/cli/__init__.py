"""The command `hubspot-agent`: one file a command; `main.py` parses."""
