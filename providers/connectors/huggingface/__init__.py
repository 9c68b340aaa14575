"""Hugging Face's router and Inference Endpoints, through huggingface_hub."""
