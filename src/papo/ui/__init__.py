"""What the terminal and the window share: rows, sentences, dates, refusals, network set-up. Knows no toolkit."""
