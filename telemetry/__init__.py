"""What every process says about itself: log lines, metrics, readiness. Imports nothing of ours."""
