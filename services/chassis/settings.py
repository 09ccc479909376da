"""What a process is told by its environment. Nothing else reads the environment, and nothing is read at import."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Every setting of the platform's processes; the name of a variable is the alias where one is given, else YIMEN_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="YIMEN_", populate_by_name=True, extra="ignore")

    mongodb_uri: str = Field("mongodb://127.0.0.1:27017/", alias="MONGODB_URI")
    amqp_uri: str = Field("amqp://guest:guest@127.0.0.1:5672/", alias="AMQP_URI")
    amqp_queues: Literal["classic", "quorum"] = Field("classic", alias="AMQP_QUEUES", description="quorum on a cluster.")
    otlp_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="Empty: no traces, no metrics.")

    clock_shift: float = Field(0.0, description="Seconds that the domain's clock runs ahead of the machine's.")
    database_prefix: str = "yimen_"
    listen: str = "127.0.0.1:0"
    addresses: dict[str, str] = Field(default_factory=dict, description="Service name → host:port of its gRPC server.")
    threads: int = Field(4, description="Of a gRPC server: few are faster for short calls.")
    stream_threads: int = Field(16, description="Of the same for calls that send or are sent a stream, e.g. files.")
    drain_seconds: float = Field(5.0, description="Between NOT_SERVING and the end, so that load balancers turn away first.")

    tenants: Path = Field(ROOT / "tenants", description="The folder of the halls and their standards.")
    keys: Path = Field(ROOT / ".stack" / "keys", description="Secrets: jwt.pem, pii.key, page.key, portal.key.")
    trust: Path = Field(
        ROOT / ".stack" / "bank" / "trust", description="The banks' roots (*.crt) and revocation lists (*.crl)."
    )
    origins: str = Field("", description="Origins, comma separated, that a U-key may sign in for.")
    smtp: str = Field("127.0.0.1:25", description="host:port")
    mail_sender: str = "no-reply@yimen.invalid"
    public_url: str = "http://127.0.0.1:8080"
    ukey_agent: str = Field("http://127.0.0.1:9787", description="Where a page finds the U-key agent on the visitor's machine.")

    def database(self, service: str) -> str:
        """The name of a service's own database."""
        return self.database_prefix + service

    def page_key(self) -> bytes:
        """The secret that page tokens are signed with."""
        return (self.keys / "page.key").read_bytes()

    def portal_key(self) -> bytes:
        """The secret that the portal seals its visitors' cookies with."""
        return (self.keys / "portal.key").read_bytes()
