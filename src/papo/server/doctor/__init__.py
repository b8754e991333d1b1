"""`papo doctor`: one table of checks of a data folder and its settings, whether the server runs or not."""
