"""Splitting an order over parcels, services and warehouses: candidates, one set-partition model, the reasons."""
