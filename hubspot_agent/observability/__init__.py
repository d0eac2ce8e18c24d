"""What can be seen of a running assistant: counts and timings, its health, and traces without personal data."""
