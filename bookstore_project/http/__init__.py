"""What every request and every answer passes: middleware and headers."""
