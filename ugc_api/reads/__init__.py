"""What can be read back over HTTP. Start with viewers.py."""
