"""What a turn costs beside a bare `create_agent` with the same three tools: `make bench`.

Both answer the same questions on the same sandbox with the same scripted model, turn about, so that a busy machine
slows them alike. Read the ratios: the milliseconds are those of one machine.
"""
