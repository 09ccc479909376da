"""What is generated for Envoy: Envoy itself finds it right, and it asks for a token where the contract does."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway import envoy
from gateway.contract import Contract
from stack.programs import ENVOY, SERVICES


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    """A configuration of every part."""
    return envoy.configuration(
        listen="127.0.0.1:10000",
        admin="127.0.0.1:10001",
        services={service: [f"127.0.0.1:{number}"] for number, service in enumerate(SERVICES, 10010)},
        portals=["127.0.0.1:10002"],
        telemetry="127.0.0.1:10003",
    )


def test_envoy_finds_it_right(configuration: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "envoy.json"
    file.write_text(json.dumps(configuration))
    ran = subprocess.run([ENVOY, "--mode", "validate", "-c", file], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr


def test_every_rpc_has_a_rule_and_may_lack_a_token_only_where_its_contract_says_so(configuration: dict[str, Any]) -> None:
    text = json.dumps(configuration)
    jwt = next(found for found in _dicts(configuration) if "rules" in found and "providers" in found)
    rules = {rule["match"]["path"]: "requires_any" in rule["requires"] for rule in jwt["rules"]}
    contract = Contract.read()
    assert rules == {rpc.path: rpc.anyone for rpc in contract.rpcs}
    assert all(rpc.path in text for rpc in contract.rpcs)


def test_files_of_a_form_reach_the_portal_as_a_stream(configuration: dict[str, Any]) -> None:
    routes = [found for found in _dicts(configuration) if found.get("name") in ("uploads", "pages") and "match" in found]
    # The first that fits is taken.
    assert [(route["name"], route["match"]["prefix"]) for route in routes] == [("uploads", "/uploads/"), ("pages", "/")]
    assert routes[0]["typed_per_filter_config"]["buffer"]["disabled"]


def _dicts(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _dicts(each)
