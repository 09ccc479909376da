"""Wiring of identity: `python -m services.identity` serves; `appoint` and `rotate-keys` are for the machine's administrator."""

import argparse
import sys

from services.chassis import run
from services.chassis.clients import Clients
from services.chassis.errors import Refusal
from services.chassis.server import Service
from services.chassis.settings import Settings
from yimen.identity.v1 import identity_pb2, identity_pb2_grpc


def service(clients: Clients, settings: Settings) -> Service:
    """The service over the settings' trust, keys and origins."""
    from services.identity import sealing
    from services.identity.banks import Banks
    from services.identity.documents import Organisation, Person, Post, Session, prepare
    from services.identity.keys import Signer
    from services.identity.servicer import Identity

    sealing.use(sealing.Vault(settings.keys / "pii.key"))
    origins = [origin.strip() for origin in settings.origins.split(",") if origin.strip()]
    return Service(
        name="identity",
        descriptor=identity_pb2.DESCRIPTOR.services_by_name["IdentityService"],
        add=identity_pb2_grpc.add_IdentityServiceServicer_to_server,
        servicer=Identity(Banks(settings.trust), Signer(settings.keys), origins),
        documents=[Person, Organisation, Post, Session],
        prepare=prepare,
    )


def appoint(arguments: list[str]) -> None:
    """Appoints the first operator; the resident id is read from standard input, never from the arguments."""
    from services.identity.appointing import appoint

    parser = argparse.ArgumentParser(prog="python -m services.identity appoint", description=appoint.__doc__)
    parser.add_argument("--name", required=True, help="the operator's name")
    parser.add_argument("--hall", required=True, help="the code of the hall, e.g. 440307")
    options = parser.parse_args(arguments)
    try:
        print(appoint(Settings(), resident_id=sys.stdin.readline().strip(), display_name=options.name, hall=options.hall))
    except Refusal as refusal:
        sys.exit(f"{refusal.message('zh')}\n{refusal.message('en')}")


def rotate_keys() -> None:
    """Takes the next step of replacing the key that access tokens are signed with."""
    from services.identity.keys import rotate

    print(rotate(Settings().keys))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["appoint", *arguments]:
            appoint(arguments)
        case ["rotate-keys"]:
            rotate_keys()
        case _:
            run.main("identity")
