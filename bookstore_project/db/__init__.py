"""What the engines of databases do differently, and bounds on how long any store is waited for."""
