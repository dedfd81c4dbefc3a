"""The rules about books, which the API, the admin and the commands all call."""
