"""What may be published, and how a matter's state moves. Pure: no store, no clock, no framework."""

from services.matters.rules.publication import RULES, violations
from services.matters.rules.rule import Candidate, Rule
from services.matters.rules.states import State, cancel, edit, publish

__all__ = ["RULES", "Candidate", "Rule", "State", "cancel", "edit", "publish", "violations"]
