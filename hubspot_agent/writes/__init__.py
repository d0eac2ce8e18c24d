"""What stands around the tools that write: checks, approval, receipts, undo, the audit trail."""
