"""What the tests of accessibility need: the pages, the checks, and the faults that are known."""
