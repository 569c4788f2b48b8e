"""Events from points of sale.

signature over the raw bytes -> the platform's words -> ``StockEvent`` -> our store and article -> ``ChangeDesk``
"""
