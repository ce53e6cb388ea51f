"""Show the books to a person: the bookkeeper's pages and the fault panel."""

from __future__ import annotations

from flask import Blueprint

from simulator.simulation import Simulation


def blueprint(simulation: Simulation) -> Blueprint:
    """Return the pages."""
    return Blueprint("pages", __name__)
