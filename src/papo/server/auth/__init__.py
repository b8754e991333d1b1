"""Authentication: passwords, SASL mechanisms, tokens, mail. Knows no session and no user."""
