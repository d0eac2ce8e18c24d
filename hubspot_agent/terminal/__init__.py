"""The terminal chat: `hubspot-agent chat`. Needs the extra `chat`: `pip install "hubspot-agent[chat]"`."""
