"""The key ring: the keys that sign and verify tokens, and the file that stores them."""
