"""The command `hubspot-agent`: one module a command, with its help, arguments and `run`; `main.py` dispatches."""
