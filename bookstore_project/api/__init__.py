"""Parts of the views of both HTTP surfaces: bodies, parameters, fields, errors."""
