"""The information board: what is posted, which pairs fit, how they rank, and who gets whom in a batch."""
