"""What the views of both HTTP surfaces are built of."""
