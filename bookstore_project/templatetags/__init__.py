"""Template tags of the pages for people."""
