"""What `create_agent` is given around the model and the tools, one class a file."""
