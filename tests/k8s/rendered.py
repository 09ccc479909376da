"""The manifests as kustomize renders them, and how to ask for things in them."""

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
KUBECTL = Path(sys.executable).with_name("kubectl")
OVERLAYS = sorted(folder.name for folder in (K8S / "overlays").iterdir())

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Overlay:
    """What one overlay renders to."""

    name: str
    manifests: tuple[Manifest, ...]

    def of(self, kind: str) -> dict[str, Manifest]:
        """The manifests of a kind by name."""
        return {m["metadata"]["name"]: m for m in self.manifests if m["kind"] == kind}

    def settings(self) -> dict[str, str]:
        """What the ConfigMap of the settings tells the processes."""
        (found,) = (m["data"] for name, m in self.of("ConfigMap").items() if name.startswith("yimen-"))
        return found  # type: ignore[no-any-return]


@cache
def overlay(name: str) -> Overlay:
    """An overlay, rendered."""
    done = subprocess.run([KUBECTL, "kustomize", K8S / "overlays" / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return Overlay(name, tuple(yaml.safe_load_all(done.stdout)))


def pod(deployment: Manifest) -> Manifest:
    """The pod's spec."""
    return deployment["spec"]["template"]["spec"]  # type: ignore[no-any-return]


def containers(deployment: Manifest) -> list[Manifest]:
    """Its containers, those that run before it included."""
    return [*pod(deployment).get("initContainers", []), *pod(deployment)["containers"]]


def labels(deployment: Manifest) -> dict[str, str]:
    """The labels of its pods."""
    return deployment["spec"]["template"]["metadata"]["labels"]  # type: ignore[no-any-return]


def selects(selector: Manifest, having: dict[str, str]) -> bool:
    """Whether a label selector selects what has these labels; an empty one selects everything."""
    equal = selector.get("matchLabels", {}).items() <= having.items()
    return equal and all(having.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", []))
