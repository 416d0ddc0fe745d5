"""The proof of the promise: what the topic holds, held against the rows and the dead letters.

It reads with its own eyes: `ugc_events.decode`, by which the worker judges, decides nothing here.
"""
