"""What happens outside of this process: answers of other processes, and files that other programs change."""
