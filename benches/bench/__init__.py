"""The measurements, one module each, with a function `measure` that answers rows of the table."""
