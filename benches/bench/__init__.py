"""The measurements: one module each, with a function `measure` that returns rows of the table."""
