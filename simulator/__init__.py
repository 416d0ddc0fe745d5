"""Viewers at home: what they watch, what their devices report, and what the network makes of it.

`python -m simulator` plays some days of them to a running system in a minute, keeps a ledger of
every answer, compares it with ClickHouse event by event, and shows what the product then knows.
The same seed at the same moment gives the same plan; only the ids that clients make are new.
"""
