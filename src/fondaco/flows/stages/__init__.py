"""The stages of the order flow, one module each: a batch of orders in, an `Outcome` out."""
