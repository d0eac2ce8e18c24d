"""What the terminal and the page share: streaming, the backends (model and CRM), storage, presentation, decisions."""
