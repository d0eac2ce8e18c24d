"""What several test files share: servers, models that follow a script, and the page as people use it."""
