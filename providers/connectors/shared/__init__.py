"""What several connectors need to speak to their services."""
