"""May this company call its ledger now? One answer for all workers, kept in Redis."""

from app.governor.door import Governor, GovernorUnavailable
from app.governor.values import Admitted, GovernorState, InFlight, Wait

__all__ = ["Admitted", "Governor", "GovernorState", "GovernorUnavailable", "InFlight", "Wait"]
