"""What every home of conversations must do, run over each."""
