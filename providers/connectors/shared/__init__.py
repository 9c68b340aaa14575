"""What several connectors need."""
