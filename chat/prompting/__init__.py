"""What a model is sent: the path to a message as one lane sees it, files, memory, summaries; and titles."""
