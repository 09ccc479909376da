"""How far a case is, for whoever knows its number and its applicant's name."""

import threading

import grpc

from services.chassis import clock, context
from services.intake import rules
from services.intake.documents import Case
from services.intake.rules import lookup
from yimen.intake.v1 import listing_pb2


class Progress:
    """The part of the service that answers without a token."""

    def __init__(self) -> None:
        self._misses = lookup.Misses()
        self._guard = threading.Lock()

    def LookUpCase(self, request: listing_pb2.LookUpCaseRequest, _: grpc.ServicerContext) -> listing_pb2.CaseProgress:
        at, number = clock.now(), lookup.plain_number(request.number)
        asked = (number, request.holder, context.current().address)
        with self._guard:
            self._misses.require_few(*asked, at)
        case = Case.numbered(number)
        if case is None or not lookup.is_holder(case.applicant_display_name, request.holder):
            with self._guard:
                self._misses.count(*asked, at)
            raise lookup.NoSuchCase
        return case.progress(rules.clock(case, at=at))
