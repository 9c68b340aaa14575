"""The offline model `echo`, which needs no service."""
