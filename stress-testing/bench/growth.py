"""How the worker's memory goes on over a backlog. Arithmetic, no I/O."""

from bench.figures import Curve

LONG = 5_000_000
"""Rows; a shorter backlog is over before it is known whether memory stays where it is."""


def is_long(curve: Curve) -> bool:
    return curve[-1][0] >= LONG


def rise(curve: Curve) -> float:
    """MiB per million rows in the second half, from where it begins to its most. A step is in it
    however late it comes, which a median of slopes does not see; falling again takes none away."""
    rows, _ = curve[-1]
    later = [one for one in curve if one[0] >= rows / 2]
    began, mib = later[0]
    return (max(most for _, most in later) - mib) / (rows - began) * 1e6


def told(curve: Curve, peak: float) -> str:
    most = f"at most {peak:.0f} MiB"
    if not is_long(curve):
        return f"{most}; over so few rows nothing is said of how it goes on"
    return f"{most}, {rise(curve):+.1f} MiB per million rows in the second half"
