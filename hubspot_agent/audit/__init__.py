"""The audit trail on disk, and `hubspot-agent audit`, which shows and exports it."""
