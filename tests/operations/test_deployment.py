"""What docker-compose.scale.yml and deploy/kubernetes.yaml say: parsed, and held to what a Divan of several
processes needs. Neither Docker nor a cluster is asked."""

import copy
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.originals.bucket import parse_place
from tests.operations.manifests import READ, Manifest, mistakes_in_compose, mistakes_in_kubernetes

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("app1", "app2", "app3")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.scale.yml").read_text())
ALONE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
MANIFEST = (ROOT / "deploy" / "kubernetes.yaml").read_text()
OBJECTS: dict[str, Any] = {one["kind"]: one for one in yaml.safe_load_all(MANIFEST)}


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


@pytest.mark.parametrize("name", APPS)
def test_a_process_has_the_time_to_drain(name: str) -> None:
    service = SERVICES[name]
    assert seconds(service["stop_grace_period"]) > int(service["environment"]["DRAIN_SECONDS"])
    assert set(service["depends_on"]) == {"postgres", "redis", "s3"}
    assert service["init"] is True


def test_the_proxy_asks_all_and_keeps_nobody_at_one() -> None:
    said = COMPOSE["configs"]["nginx"]["content"]
    assert re.findall(r"server (app\d):8000 resolve;", said) == list(APPS)
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


Objects = dict[str, Any]


def container_of(objects: Objects) -> Any:
    return objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]


def pod_of(objects: Objects) -> Any:
    return objects["Deployment"]["spec"]["template"]["spec"]


def test_kubernetes_is_given_no_name_that_nothing_defines_reads_or_serves() -> None:
    manifest = Manifest(MANIFEST, OBJECTS.values())
    assert mistakes_in_kubernetes(manifest) == []
    # With both, a pod is told all that a process of docker-compose.scale.yml is.
    assert SERVICES["app1"]["environment"].keys() <= manifest.config.keys() | manifest.secret_keys
    assert not manifest.config.keys() & manifest.secret_keys
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert container_of(OBJECTS)["image"].endswith(f":{version}")


BROKEN_OBJECTS: list[tuple[str, Callable[[Objects], Any]]] = [
    ("the setting STORAGE is unknown", lambda o: o["ConfigMap"]["data"].update(STORAGE="postgresql")),
    ("the setting LOG is unknown", lambda o: container_of(o).update(env=[{"name": "LOG", "value": "1"}])),
    (
        "the ConfigMap other is unknown",
        lambda o: container_of(o)["envFrom"][0]["configMapRef"].update(name="other"),
    ),
    ("the Secret keys is unknown", lambda o: container_of(o)["envFrom"][1]["secretRef"].update(name="keys")),
    (
        "the Secret keys is unknown",
        lambda o: container_of(o).update(
            env=[{"name": "SECRET_KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}]
        ),
    ),
    ("the Secret cert is unknown", lambda o: o["Ingress"]["spec"]["tls"][0].update(secretName="cert")),
    (
        "the claim sets is unknown",
        lambda o: pod_of(o)["volumes"][0].update(persistentVolumeClaim={"claimName": "sets"}),
    ),
    ("the volume data is unknown", lambda o: pod_of(o)["volumes"].pop(0)),
    ("the volume tmp is not mounted", lambda o: container_of(o)["volumeMounts"].pop()),
    ("DATA_DIR is in no volume", lambda o: o["ConfigMap"]["data"].update(DATA_DIR="/app/data")),
    ("nothing leads to PORT", lambda o: o["ConfigMap"]["data"].update(PORT="8080")),
    ("HOST is not reached from outside", lambda o: o["ConfigMap"]["data"].update(HOST="127.0.0.1")),
    ("the port web is unknown", lambda o: o["Service"]["spec"]["ports"][0].update(targetPort="web")),
    ("the port http is unknown", lambda o: o["Service"]["spec"]["ports"][0].update(name="web")),
    ("the service divan is unknown", lambda o: o["Service"]["metadata"].update(name="chat")),
    ("there is no readinessProbe", lambda o: container_of(o).pop("readinessProbe")),
    (
        "the livenessProbe asks for /healthz and not for /-/health",
        lambda o: container_of(o)["livenessProbe"]["httpGet"].update(path="/healthz"),
    ),
    (
        "the livenessProbe asks for /-/ready and not for /-/health",
        lambda o: container_of(o)["livenessProbe"]["httpGet"].update(path="/-/ready"),
    ),
    (
        "the startupProbe asks at the port 80, where nothing listens",
        lambda o: container_of(o)["startupProbe"]["httpGet"].update(port=80),
    ),
    (
        "the selector of the Service matches no pod",
        lambda o: o["Service"]["spec"].update(selector={"app": "divan"}),
    ),
    (
        "the selector of the spread matches no pod",
        lambda o: pod_of(o)["topologySpreadConstraints"][0].update(
            labelSelector={"matchLabels": {"app": "x"}}
        ),
    ),
    (
        "the selector of the PodDisruptionBudget matches no pod",
        lambda o: o["PodDisruptionBudget"]["spec"].update(selector={"matchLabels": {"app": "divan"}}),
    ),
    (
        "the host chat.example.com is unknown",
        lambda o: o["Ingress"]["spec"]["rules"][0].update(host="chat.example.com"),
    ),
    (
        "the host a.example.org is unknown",
        lambda o: o["Ingress"]["spec"]["tls"][0].update(hosts=["a.example.org"]),
    ),
    ("a pod is killed before it has drained", lambda o: pod_of(o).update(terminationGracePeriodSeconds=35)),
    ("a pod that ends does not wait until no more requests come", lambda o: container_of(o).pop("lifecycle")),
    ("the image divan is any version", lambda o: container_of(o).update(image="divan")),
    (
        "the image registry:5000/divan is any version",
        lambda o: container_of(o).update(image="registry:5000/divan"),
    ),
    ("the image divan:latest is any version", lambda o: container_of(o).update(image="divan:latest")),
]


@pytest.mark.parametrize(("mistake", "spoil"), BROKEN_OBJECTS)
def test_a_mistake_for_kubernetes_is_found(mistake: str, spoil: Callable[[Objects], Any]) -> None:
    objects = copy.deepcopy(OBJECTS)
    spoil(objects)
    assert mistake in mistakes_in_kubernetes(Manifest(MANIFEST, objects.values()))


def test_what_a_comment_has_people_put_into_a_secret_is_read() -> None:
    spoiled = MANIFEST.replace("--from-literal=REDIS_URL=", "--from-literal=VALKEY_URL=")
    assert "the setting VALKEY_URL is unknown" in mistakes_in_kubernetes(Manifest(spoiled, OBJECTS.values()))
    assert "VALKEY_URL" not in READ


@pytest.mark.parametrize("compose", [COMPOSE, ALONE], ids=["scale", "alone"])
def test_compose_is_given_no_name_that_nothing_defines_reads_or_serves(compose: dict[str, Any]) -> None:
    assert mistakes_in_compose(compose) == []


def change_proxy(said: str, instead: str) -> Callable[[dict[str, Any]], None]:
    def spoil(compose: dict[str, Any]) -> None:
        proxy = compose["configs"]["nginx"]
        assert said in proxy["content"]
        proxy["content"] = proxy["content"].replace(said, instead)

    return spoil


BROKEN_SERVICES: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    (
        "app1: the setting STORAGE is unknown",
        lambda c: c["services"]["app1"]["environment"].update(STORAGE="x"),
    ),
    ("app1: DATA_DIR is in no volume", lambda c: c["services"]["app1"].update(volumes=["data1:/app/data"])),
    (
        "app1: the service valkey is unknown",
        lambda c: c["services"]["app1"]["environment"].update(REDIS_URL="redis://valkey:6379/0"),
    ),
    (
        "app1: the service minio is unknown",
        lambda c: c["services"]["app1"]["environment"].update(
            FILES_URL="s3://divan/?endpoint=http://minio:9000"
        ),
    ),
    (
        "app2: KEYS is empty where nobody sets it",
        lambda c: c["services"]["app2"]["environment"].update(ENCRYPTION_KEYS="${KEYS}"),
    ),
    ("of the volumes data1 is unknown", lambda c: c["volumes"].pop("data1")),
    ("of the volumes more is not used", lambda c: c["volumes"].update(more=None)),
    ("of the configs nginx is unknown", lambda c: c.pop("configs")),
    ("of the secrets key is unknown", lambda c: c["services"]["redis"].update(secrets=["key"])),
    (
        "nginx: the service app4 is unknown",
        lambda c: c["services"]["nginx"]["depends_on"].update(app4={"condition": "service_started"}),
    ),
    ("nginx: the service app2 is unknown", lambda c: c["services"]["nginx"]["depends_on"].pop("app2")),
    *(
        (f"nginx: {fault}", change_proxy(said, instead))
        for fault, said, instead in (
            ("the address of app2 is asked for once", "app2:8000 resolve;", "app2:8000;"),
            ("the address of app1 is asked for once", "resolver 127.0.0.11 valid=5s ipv6=off;", ""),
            ("the addresses of app1 are in no zone", "zone divan 64k;", ""),
        )
    ),
    (
        "nginx: nothing answers at app3:8000",
        lambda c: c["services"]["app3"]["environment"].update(PORT="8001"),
    ),
    (
        "nginx: nothing serves /-/ready at 80",
        lambda c: c["services"]["nginx"]["healthcheck"].update(
            test=["CMD", "wget", "http://127.0.0.1:80/-/ready"]
        ),
    ),
    (
        "nginx: nothing serves /ready at 8080",
        lambda c: c["services"]["nginx"]["healthcheck"].update(
            test=["CMD", "wget", "http://127.0.0.1:8080/ready"]
        ),
    ),
    ("nginx: the port 80 is unknown", lambda c: c["services"]["nginx"].update(ports=["8000:80"])),
    (
        "s3: nothing serves /healthz at 7070",
        lambda c: c["services"]["s3"]["healthcheck"].update(
            test=["CMD", "wget", "http://127.0.0.1:7070/healthz"]
        ),
    ),
    (
        "app1: redis is waited for and never says that it is healthy",
        lambda c: c["services"]["redis"].pop("healthcheck"),
    ),
    (
        "s3: the image versity/versitygw:latest is any version",
        lambda c: c["services"]["s3"].update(image="${S3_IMAGE:-versity/versitygw:latest}"),
    ),
    ("redis: the image valkey is any version", lambda c: c["services"]["redis"].update(image="valkey")),
    ("bucket: the image another is any version", lambda c: c["services"]["bucket"].update(image="another")),
    (
        "app3: the image python is any version",
        lambda c: c["services"]["app3"]["build"]["args"].update(PYTHON_IMAGE="python"),
    ),
]


@pytest.mark.parametrize(("mistake", "spoil"), BROKEN_SERVICES)
def test_a_mistake_for_compose_is_found(mistake: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    # By its text: what three services have in common is one object otherwise.
    compose = json.loads(json.dumps(COMPOSE))
    spoil(compose)
    assert mistake in mistakes_in_compose(compose)
