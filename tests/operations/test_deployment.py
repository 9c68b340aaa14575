"""What docker-compose.scale.yml and deploy/kubernetes.yaml say: parsed, and held to what a Divan of several
processes needs. Neither Docker nor a cluster is asked."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.originals.bucket import parse_place

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("app1", "app2", "app3")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.scale.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OBJECTS: dict[str, Any] = {
    one["kind"]: one for one in yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text())
}
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
OF_CLIENTS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def seconds(said: str) -> int:
    return int(said.removesuffix("s"))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_container_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert not service.get("privileged")
    assert "healthcheck" in service


def test_no_password_is_one_that_everybody_knows() -> None:
    """Whoever sets none is told, before anything starts."""
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|ENCRYPTION_KEYS", variable):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), (name, variable)
    assert "${POSTGRES_PASSWORD:?" in SERVICES["app1"]["environment"]["DATABASE_URL"]


def test_three_processes_are_one_divan_and_share_no_folder() -> None:
    environments = [SERVICES[name]["environment"] for name in APPS]
    assert environments[0] == environments[1] == environments[2]
    told = environments[0]
    assert told["STORE"] == "postgresql"
    place = parse_place(told["FILES_URL"])
    assert (place.bucket, place.endpoint) == ("divan", "http://s3:7070")
    volumes = [volume.split(":")[0] for name in APPS for volume in SERVICES[name]["volumes"]]
    assert len(volumes) == len(set(volumes)) == 6
    assert set(volumes) <= COMPOSE["volumes"].keys()
    for variable in told.keys() - OF_CLIENTS:
        assert f"`{variable}`" in SETTINGS, variable


@pytest.mark.parametrize("name", APPS)
def test_a_process_has_the_time_to_drain(name: str) -> None:
    service = SERVICES[name]
    assert seconds(service["stop_grace_period"]) > int(service["environment"]["DRAIN_SECONDS"])
    assert set(service["depends_on"]) == {"postgres", "redis", "s3"}
    assert service["init"] is True


def test_the_proxy_asks_all_and_keeps_nobody_at_one() -> None:
    said = COMPOSE["configs"]["nginx"]["content"]
    assert re.findall(r"server (app\d):8000;", said) == list(APPS)
    assert not re.search(r"ip_hash|sticky|hash ", said)
    assert "proxy_buffering off;" in said
    assert "Upgrade $$http_upgrade" in said
    assert said.count("{") == said.count("}")
    assert (
        COMPOSE["networks"]["default"]["ipam"]["config"][0]["subnet"]
        == (SERVICES["app1"]["environment"]["TRUSTED_PROXIES"])
    )
    published = [name for name, service in SERVICES.items() if "ports" in service]
    assert published == ["nginx"]


def test_what_kubernetes_is_given_is_whole() -> None:
    assert OBJECTS.keys() == {"ConfigMap", "Deployment", "Service", "PodDisruptionBudget", "Ingress"}
    for one in OBJECTS.values():
        assert {"apiVersion", "kind", "metadata"} <= one.keys()
        assert one["metadata"]["labels"] == {"app.kubernetes.io/name": "divan"}
    spec = OBJECTS["Deployment"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    assert OBJECTS["Service"]["spec"]["selector"] == labels
    assert OBJECTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    backend = OBJECTS["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "divan", "port": {"name": "http"}}
    for variable in OBJECTS["ConfigMap"]["data"]:
        assert f"`{variable}`" in SETTINGS, variable


def test_a_pod_may_do_nothing_that_it_need_not() -> None:
    pod = OBJECTS["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"limits", "requests"} <= container["resources"].keys()
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"] if "emptyDir" in volume}
    assert not any("env" in one for one in (container,)), "keys stand in the Secret alone"


def test_a_pod_is_asked_whether_it_lives_and_is_ready_and_has_the_time_to_drain() -> None:
    deployment = OBJECTS["Deployment"]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    probes = {kind: container[kind]["httpGet"]["path"] for kind in container if kind.endswith("Probe")}
    assert probes == {
        "startupProbe": "/-/health",
        "livenessProbe": "/-/health",
        "readinessProbe": "/-/ready",
    }
    assert pod["terminationGracePeriodSeconds"] > int(OBJECTS["ConfigMap"]["data"]["DRAIN_SECONDS"])
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert deployment["replicas"] == 3
