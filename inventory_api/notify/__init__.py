"""Alerts: watches made and ended, and whoever waits told once when a product is back.

Contains: ``desk`` (where watches are made), ``notifier`` (who looks and tells), ``sightings`` (what the lookup
says to a watch), ``subscribers`` (shoppers without their names). Knows no channel: texts go out through a port.
"""
