"""What the two database engines do differently: columns, locks, transactions, errors."""
