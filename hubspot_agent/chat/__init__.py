"""What the terminal and the page share: streaming, which model and CRM, storage, presentation, decisions."""
