"""What every process says about itself: log lines, metrics, readiness, and on a terminal a bar.

Imports nothing of ours.
"""
