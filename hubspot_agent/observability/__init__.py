"""What can be seen of a running assistant: counts and timings, and what LangSmith is sent."""
