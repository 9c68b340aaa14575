"""The offline model `echo`."""
