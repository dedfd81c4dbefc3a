"""Tags of the templates about accounts."""
