"""Each overlay renders, is valid to the letter, and keeps the promises of the design's §9."""

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

import tenants
from gateway.clusters import DNS_SECONDS
from gateway.envoy import Surroundings
from services.chassis.settings import Settings
from tests.k8s.rendered import K8S, OVERLAYS, ROOT, Manifest, containers, labels, overlay, pod, selects

SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/servicer*"))
WORKERS = sorted(path.parent.name for path in (ROOT / "services").glob("*/worker.py"))

each_overlay = pytest.mark.parametrize("name", OVERLAYS)


def workloads() -> list[Any]:
    return [
        pytest.param(name, workload, id=f"{name}:{workload['metadata']['name']}")
        for name in OVERLAYS
        for kind in ("Deployment", "StatefulSet")
        for workload in overlay(name).of(kind).values()
    ]


each_workload = pytest.mark.parametrize(("name", "workload"), workloads())


@each_overlay
def test_every_manifest_is_valid_to_the_letter(name: str) -> None:
    for manifest in overlay(name).manifests:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_a_misspelt_field_is_not_valid() -> None:
    manifest = overlay("dev").of("Deployment")["halls-server"]
    misspelt = {**manifest, "spec": {**manifest["spec"], "replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, kubernetes_validate.latest_version(), strict=True)


@each_overlay
def test_every_service_and_every_worker_is_deployed(name: str) -> None:
    deployed = set(overlay(name).of("Deployment"))
    assert deployed == {*(f"{s}-server" for s in SERVICES), *(f"{w}-worker" for w in WORKERS), "portal-web", "gateway-web"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_folder(service: str) -> None:
    assert (K8S / "base" / service / "kustomization.yaml").is_file()


@each_workload
def test_every_container_runs_unprivileged_on_a_read_only_file_system(name: str, workload: Manifest) -> None:
    security = pod(workload)["securityContext"]
    assert security["runAsNonRoot"]
    assert security["runAsUser"] >= 999
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(workload)["automountServiceAccountToken"] is False
    for container in containers(workload):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@each_workload
def test_every_container_has_requests_and_limits(name: str, workload: Manifest) -> None:
    for container in containers(workload):
        for bound in ("requests", "limits"):
            assert container["resources"][bound].keys() == {"cpu", "memory"}


@each_workload
def test_every_container_is_probed_for_life_and_readiness(name: str, workload: Manifest) -> None:
    ports = {port["name"]: port["containerPort"] for c in pod(workload)["containers"] for port in c["ports"]}
    for container in pod(workload)["containers"]:
        for kind in ("livenessProbe", "readinessProbe"):
            (way,) = container[kind].keys() & {"grpc", "httpGet", "tcpSocket"}
            port = container[kind][way]["port"]
            assert port in ports or port in ports.values()


def test_the_servers_are_probed_over_grpc_and_a_store_outage_restarts_none() -> None:
    for deployment in overlay("longgang").of("Deployment").values():
        if labels(deployment)["app.kubernetes.io/component"] == "server":
            (container,) = containers(deployment)
            assert container["livenessProbe"]["grpc"]["service"] == "live"
            assert "service" not in container["readinessProbe"]["grpc"]


@each_workload
def test_a_pod_has_time_to_drain_before_it_is_killed(name: str, workload: Manifest) -> None:
    if workload["kind"] == "Deployment":
        sleeps = pod(workload)["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain, in_flight = int(overlay(name).settings()["YIMEN_DRAIN_SECONDS"]), 10
        assert sleeps > DNS_SECONDS, "the gateway would still send it calls"
        assert sleeps + drain + in_flight < pod(workload)["terminationGracePeriodSeconds"]


@each_overlay
def test_every_deployment_scales_and_keeps_a_pod_when_nodes_are_drained(name: str) -> None:
    rendered = overlay(name)
    scaled = [scaler["spec"]["scaleTargetRef"]["name"] for scaler in rendered.of("HorizontalPodAutoscaler").values()]
    assert sorted(scaled) == sorted(rendered.of("Deployment"))
    for deployment in rendered.of("Deployment").values():
        assert "replicas" not in deployment["spec"], "the autoscaler has them"
        budgets = rendered.of("PodDisruptionBudget").values()
        covering = [budget for budget in budgets if selects(budget["spec"]["selector"], labels(deployment))]
        assert len(covering) == 1


def test_longgang_runs_two_pods_or_more_of_everything() -> None:
    scalers = overlay("longgang").of("HorizontalPodAutoscaler").values()
    assert all(2 <= scaler["spec"]["minReplicas"] < scaler["spec"]["maxReplicas"] for scaler in scalers)


@each_overlay
def test_a_selector_selects_the_pods_of_one_workload(name: str) -> None:
    everything = [*overlay(name).of("Deployment").values(), *overlay(name).of("StatefulSet").values()]
    for workload in everything:
        selected = [other for other in everything if selects(workload["spec"]["selector"], labels(other))]
        assert selected == [workload]
    for service in overlay(name).of("Service").values():
        assert sum(selects({"matchLabels": service["spec"]["selector"]}, labels(other)) for other in everything) == 1


@each_overlay
def test_what_a_pod_refers_to_is_there_or_named_in_the_manual(name: str) -> None:
    rendered, manual = overlay(name), (ROOT / "docs" / "kubernetes.md").read_text()
    there = {*rendered.of("ConfigMap"), *rendered.of("Secret"), *rendered.of("ServiceAccount")}
    for deployment in rendered.of("Deployment").values():
        for referred in _referred(deployment):
            assert referred in there or f"`{referred}`" in manual, referred


def _referred(deployment: Manifest) -> set[str]:
    found = {pod(deployment)["serviceAccountName"]}
    for container in containers(deployment):
        found |= {ref["name"] for source in container["envFrom"] for ref in source.values()}
    for volume in pod(deployment)["volumes"]:
        sources = [volume, *volume.get("projected", {}).get("sources", [])]
        found |= {source["configMap"]["name"] for source in sources if "configMap" in source}
        found |= {source["secret"]["name"] for source in sources if "secret" in source}
    return found


@each_overlay
def test_each_setting_is_one_that_the_platform_reads(name: str) -> None:
    models = (Settings, Surroundings)
    read = {field.alias or f"YIMEN_{of.upper()}" for model in models for of, field in model.model_fields.items()}
    assert overlay(name).settings().keys() <= read


@each_overlay
def test_the_addresses_are_services_that_exist_at_their_ports(name: str) -> None:
    services = overlay(name).of("Service")
    addresses = json.loads(overlay(name).settings()["YIMEN_ADDRESSES"])
    assert sorted(addresses) == SERVICES
    for address in (*addresses.values(), overlay(name).settings()["YIMEN_PORTAL"]):
        host, port = re.fullmatch(r"(?:dns:///)?([a-z-]+):(\d+)", address).groups()  # type: ignore[union-attr]
        assert services[host]["spec"]["clusterIP"] == "None", "calls are spread, and visitors kept, by who sees the pods"
        assert int(port) in [each["port"] for each in services[host]["spec"]["ports"]]


@each_overlay
def test_nothing_speaks_unless_a_policy_says_so(name: str) -> None:
    policies = overlay(name).of("NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in policies.values():
        assert name != "longgang" or _selects_something(policy, name), f"{policy['metadata']['name']} selects no pod"


def _selects_something(policy: Manifest, name: str) -> bool:
    return any(selects(policy["spec"]["podSelector"], labels(each)) for each in overlay(name).of("Deployment").values())


@each_overlay
def test_only_the_gateway_hears_the_world(name: str) -> None:
    open_doors = [
        policy["metadata"]["name"]
        for policy in overlay(name).of("NetworkPolicy").values()
        for rule in policy["spec"].get("ingress", [])
        if "from" not in rule
    ]
    assert open_doors == ["the-gateway-is-the-one-door"]
    kinds = {service: each["spec"].get("type", "ClusterIP") for service, each in overlay(name).of("Service").items()}
    assert {kind for service, kind in kinds.items() if service != "gateway-web"} == {"ClusterIP"}


@each_overlay
def test_only_identity_holds_the_keys_of_identity(name: str) -> None:
    holders = [
        each for each, deployment in overlay(name).of("Deployment").items() if "yimen-identity-keys" in _referred(deployment)
    ]
    assert holders == ["identity-server"]


def test_the_edge_holds_no_secret_but_the_portal_its_cookies_key() -> None:
    for edge, held in (("gateway-web", []), ("portal-web", ["yimen-portal-key"])):
        deployment = overlay("longgang").of("Deployment")[edge]
        assert [referred for referred in _referred(deployment) if "key" in referred or "connections" in referred] == held


@each_overlay
def test_the_mounted_halls_are_the_halls_of_the_repository(name: str, tmp_path: Path) -> None:
    deployment = overlay(name).of("Deployment")["halls-server"]
    volumes = {volume["name"]: volume["configMap"]["name"] for volume in pod(deployment)["volumes"] if "configMap" in volume}
    root = Path(overlay(name).settings()["YIMEN_TENANTS"])
    for mount in containers(deployment)[0]["volumeMounts"]:
        if mount["name"] in volumes:
            folder = tmp_path / Path(mount["mountPath"]).relative_to(root)
            folder.mkdir(exist_ok=True)
            for key, text in overlay(name).of("ConfigMap")[volumes[mount["name"]]]["data"].items():
                (folder / key).write_text(text)
    assert tenants.load(tmp_path).revision == tenants.load().revision


@each_overlay
def test_an_edit_of_the_halls_restarts_no_pod(name: str) -> None:
    assert {"tenants", "tenants-standards", "tenants-streets"} <= overlay(name).of("ConfigMap").keys()


def test_no_manifest_is_kept_twice() -> None:
    seen: dict[str, Path] = {}
    for path in sorted(K8S.rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] in ("Kustomization", "Component"):
                continue
            # Two manifests that differ in their names only are one manifest.
            text = json.dumps({**document, "metadata": {}}, sort_keys=True)
            assert text not in seen, f"{path} says what {seen[text]} says"
            seen[text] = path


def test_every_file_is_used() -> None:
    used = set()
    for path in K8S.rglob("kustomization.yaml"):
        document = yaml.safe_load(path.read_text())
        named = [*document.get("resources", []), *document.get("components", [])]
        named += [patch["path"] for patch in document.get("patches", []) if "path" in patch]
        named += [env for generator in document.get("configMapGenerator", []) for env in generator.get("envs", [])]
        used |= {(path.parent / name).resolve() for name in named}
    unused = [path for path in K8S.rglob("*") if path.is_file() and path.name != "kustomization.yaml" and path not in used]
    assert not unused


def test_the_image_is_built_for_the_user_that_the_pods_run_as() -> None:
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user is not None
    context = pod(overlay("longgang").of("Deployment")["halls-server"])["securityContext"]
    assert user.groups() == (str(context["runAsUser"]), str(context["runAsGroup"]))


def test_skaffold_builds_the_image_that_the_development_overlay_runs() -> None:
    skaffold = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    (artifact,) = skaffold["build"]["artifacts"]
    (path,) = skaffold["manifests"]["kustomize"]["paths"]
    images = {container["image"] for d in overlay(Path(path).name).of("Deployment").values() for container in containers(d)}
    assert images == {artifact["image"]}
    (forward,) = skaffold["portForward"]
    assert forward["resourceName"] in overlay("dev").of("Service")
