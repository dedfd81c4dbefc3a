"""The rules about accounts and sessions. The APIs, the admin and the commands all call them."""
