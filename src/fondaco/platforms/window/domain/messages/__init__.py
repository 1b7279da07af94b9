"""The messages of authorities: what goes to them and what they answer, one package for each message set."""
