"""The Hugging Face Hub over the network: retries, and sentences about what it refuses."""
