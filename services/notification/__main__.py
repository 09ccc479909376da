"""Wiring of notification: `python -m services.notification` serves, `… worker` hears events and sends mail."""

from typing import TYPE_CHECKING, Any

from services.chassis import run

if TYPE_CHECKING:
    from services.chassis.clients import Clients
    from services.chassis.server import Service
    from services.chassis.settings import Settings


def service(clients: "Clients", settings: "Settings") -> "Service":
    """The notification service; it asks no other service."""
    from services.chassis.parked import DeadLetters
    from services.chassis.server import Service
    from services.notification import letters
    from services.notification.documents import Channels, Notice
    from services.notification.servicer import Notification
    from yimen.notification.v1 import notification_pb2, notification_pb2_grpc

    descriptor = notification_pb2.DESCRIPTOR.services_by_name["NotificationService"]
    add = notification_pb2_grpc.add_NotificationServiceServicer_to_server
    servicer = Notification(DeadLetters(settings, letters.HANDLERS))
    return Service("notification", descriptor, add, servicer, documents=[Notice, Channels])


def worker() -> Any:
    """The worker, whose process must not meet gRPC: hence the imports inside of these functions."""
    from services.notification.worker import NotificationWorker

    return NotificationWorker


if __name__ == "__main__":
    run.main("notification")
