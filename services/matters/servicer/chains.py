"""Chains of matters, before and now."""

import grpc

from services.chassis import clock
from services.matters.servicer.acting import instant
from services.matters.streamlining import chains
from services.matters.streamlining.chains import Chain
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import streamlining_pb2

_AT_FIRST, _THEN, _NOW = (
    text_pb2.Text(zh="首次发布时", en="as first published"),
    text_pb2.Text(zh="当时", en="as it was then"),
    text_pb2.Text(zh="现行", en="as it is now"),
)


class Chains:
    """The part of the service that reckons how long an undertaking takes."""

    def GetChain(self, request: streamlining_pb2.GetChainRequest, _: grpc.ServicerContext) -> streamlining_pb2.Chain:
        chain = Chain.load(request.name)
        matters = chain.stored()
        at_a_time = request.HasField("before_time")
        before = chains.in_force(instant(request.before_time, "before_time")) if at_a_time else chains.first
        return streamlining_pb2.Chain(
            name=chain.name,
            display_name=chain.display_name,
            before=chains.path(chain, matters, before, _THEN if at_a_time else _AT_FIRST),
            after=chains.path(chain, matters, chains.in_force(clock.now()), _NOW),
        )
