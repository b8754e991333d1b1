"""How a program says it: IRC, and the five classroom dialects."""
