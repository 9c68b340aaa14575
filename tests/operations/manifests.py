"""What is wrong with files for Docker Compose and for Kubernetes that can be seen without either: names that
nothing defines, reads or serves. Each mistake is said in a sentence."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from chatbot_project.health import HEALTH, READY
from tests.test_docs import SETTINGS

OF_CLIENTS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
"""Read by the client of the S3 service, and by no setting."""
READ = {*SETTINGS, *OF_CLIENTS}
SUBSTITUTED = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")
ADDRESS = re.compile(r"(\w+)://(?:[^@/\s]*@)?([\w.-]+)")
LOCAL_URL = re.compile(r"http://127\.0\.0\.1:(\d+)(/\S*)")

Found = Iterator[str]


def unpinned(image: str) -> Found:
    """An image is held fast by a digest, or at least by the tag of a version."""
    _, _, tag = image.rpartition("/")[2].partition(":")
    if not tag or tag == "latest":
        yield f"the image {image} is any version"


def unknown(what: str, names: Iterable[str], known: Iterable[str]) -> Found:
    for name in sorted({*names} - {*known}):
        yield f"{what} {name} is unknown"


# Kubernetes


class Manifest:
    """Objects of one application, and the text that they stand in: its comments say what is created beside
    them."""

    def __init__(self, text: str, objects: Iterable[dict[str, Any]]) -> None:
        self.objects = list(objects)
        self.told = set(re.findall(r"create secret (?:generic|tls) ([\w-]+)", text))
        self.secret_keys = set(re.findall(r"--from-literal=(\w+)=", text))

    def one(self, kind: str) -> dict[str, Any]:
        (found,) = [one for one in self.objects if one["kind"] == kind]
        return found

    def named(self, *kinds: str) -> set[str]:
        return {one["metadata"]["name"] for one in self.objects if one["kind"] in kinds}

    @property
    def config(self) -> dict[str, str]:
        return dict(self.one("ConfigMap")["data"])

    @property
    def pod(self) -> dict[str, Any]:
        return dict(self.one("Deployment")["spec"]["template"]["spec"])

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.pod.get("initContainers", ()), *self.pod["containers"]]

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.one("Deployment")["spec"]["template"]["metadata"]["labels"])


def mistakes_in_kubernetes(manifest: Manifest) -> list[str]:
    checks = (settings, references, mounts, ports, probes, selectors, addresses, ending)
    found = [mistake for check in checks for mistake in check(manifest)]
    for container in manifest.containers:
        found += unpinned(container["image"])
    return found


def settings(manifest: Manifest) -> Found:
    names = {one["name"] for container in manifest.containers for one in container.get("env", ())}
    yield from unknown("the setting", {*names, *manifest.config, *manifest.secret_keys}, READ)


def references(manifest: Manifest) -> Found:
    """ConfigMaps, Secrets and claims that the pod, or the ingress, names."""
    kinds = {
        "configMap": ("ConfigMap", "name", manifest.named("ConfigMap")),
        "secret": ("Secret", "secretName", manifest.named("Secret") | manifest.told),
        "persistentVolumeClaim": ("claim", "claimName", manifest.named("PersistentVolumeClaim")),
    }
    for volume in manifest.pod.get("volumes", ()):
        for kind, (word, key, known) in kinds.items():
            if kind in volume:
                yield from unknown(f"the {word}", [volume[kind][key]], known)
    for container in manifest.containers:
        sources = [
            *container.get("envFrom", ()),
            *(one.get("valueFrom", {}) for one in container.get("env", ())),
        ]
        for source in sources:
            for place, said in source.items():
                word, _, known = kinds["configMap" if place.startswith("configMap") else "secret"]
                yield from unknown(f"the {word}", [said["name"]], known)
    for tls in manifest.one("Ingress")["spec"].get("tls", ()):
        yield from unknown("the Secret", [tls["secretName"]], kinds["secret"][2])


def mounts(manifest: Manifest) -> Found:
    declared = {volume["name"] for volume in manifest.pod.get("volumes", ())}
    mounted: set[str] = set()
    for container in manifest.containers:
        places = {mount["mountPath"]: mount["name"] for mount in container.get("volumeMounts", ())}
        mounted |= {*places.values()}
        yield from unknown("the volume", places.values(), declared)
        if manifest.config["DATA_DIR"] not in places:
            yield "DATA_DIR is in no volume"
    for name in sorted(declared - mounted):
        yield f"the volume {name} is not mounted"


def ports(manifest: Manifest) -> Found:
    """From the ingress through the service to where the application listens."""
    known = {port["name"]: port["containerPort"] for one in manifest.containers for port in one["ports"]}
    if int(manifest.config["PORT"]) not in known.values():
        yield "nothing leads to PORT"
    if manifest.config["HOST"] in ("127.0.0.1", "localhost", "::1"):
        yield "HOST is not reached from outside"
    service = manifest.one("Service")
    offered = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
    yield from unknown("the port", offered.values(), {*known, *known.values()})
    for rule in manifest.one("Ingress")["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            yield from unknown("the service", [backend["name"]], manifest.named("Service"))
            yield from unknown("the port", [backend["port"]["name"]], offered)


def probes(manifest: Manifest) -> Found:
    for container in manifest.containers:
        known = {port["name"]: port["containerPort"] for port in container["ports"]}
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container.get(kind, {}).get("httpGet")
            if asked is None:
                yield f"there is no {kind}"
                continue
            served = READY if kind == "readinessProbe" else HEALTH
            if asked["path"] != served:
                yield f"the {kind} asks for {asked['path']} and not for {served}"
            if known.get(asked["port"], asked["port"]) != int(manifest.config["PORT"]):
                yield f"the {kind} asks at the port {asked['port']}, where nothing listens"


def selectors(manifest: Manifest) -> Found:
    asked = {"Service": manifest.one("Service")["spec"]["selector"]}
    for kind in ("Deployment", "PodDisruptionBudget"):
        asked[kind] = manifest.one(kind)["spec"]["selector"]["matchLabels"]
    for spread in manifest.pod.get("topologySpreadConstraints", ()):
        asked["spread"] = spread["labelSelector"]["matchLabels"]
    for kind, labels in asked.items():
        if not labels.items() <= manifest.labels.items():
            yield f"the selector of the {kind} matches no pod"


def addresses(manifest: Manifest) -> Found:
    """A name that the ingress takes and Divan does not is answered with 400."""
    spec = manifest.one("Ingress")["spec"]
    hosts = {rule["host"] for rule in spec["rules"]}
    yield from unknown("the host", hosts, manifest.config["ALLOWED_HOSTS"].split(","))
    yield from unknown("the host", {host for tls in spec["tls"] for host in tls["hosts"]}, hosts)


def ending(manifest: Manifest) -> Found:
    """A pod that ends at once is still sent requests, until all have heard of it; then it drains."""
    for container in manifest.containers:
        waits = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [""])
        if waits[0] != "sleep":
            yield "a pod that ends does not wait until no more requests come"
            continue
        needed = float(waits[1]) + float(manifest.config["DRAIN_SECONDS"])
        if manifest.pod["terminationGracePeriodSeconds"] <= needed:
            yield "a pod is killed before it has drained"


# Docker Compose


def mistakes_in_compose(compose: Mapping[str, Any]) -> list[str]:
    services: dict[str, Any] = compose["services"]
    found = [*declarations(compose)]
    built = {one["image"] for one in services.values() if "build" in one and "image" in one}
    for name, service in services.items():
        mistakes = chain(
            service_alone(service, built),
            neighbours(service, services),
            upstreams(service, compose),
            local_addresses(service, compose),
        )
        found += [f"{name}: {mistake}" for mistake in mistakes]
    return found


def is_divan(service: Mapping[str, Any]) -> bool:
    return "DATA_DIR" in service.get("environment", {})


def service_alone(service: Mapping[str, Any], built: set[str]) -> Found:
    image = service.get("image")
    if image is not None and image not in built:
        yield from unpinned(default_of(image))
    for base in service.get("build", {}).get("args", {}).values():
        yield from unpinned(default_of(base))
    environment = service.get("environment", {})
    if is_divan(service):
        yield from unknown("the setting", environment, READ)
        if environment["DATA_DIR"] not in {volume.split(":")[1] for volume in service["volumes"]}:
            yield "DATA_DIR is in no volume"
    for value in environment.values():
        for name, otherwise, _ in SUBSTITUTED.findall(value):
            if not otherwise:
                yield f"{name} is empty where nobody sets it"


def default_of(said: str) -> str:
    """What stands there where nobody sets the variable."""
    return SUBSTITUTED.sub(lambda found: found[3] if found[2] in ("-", ":-") else "", said)


def declarations(compose: Mapping[str, Any]) -> Found:
    """Volumes, configs and secrets: each is declared, and used."""
    services = compose["services"].values()
    used = {
        "volumes": {
            volume.split(":")[0]
            for service in services
            for volume in service.get("volumes", ())
            if volume[0] not in "./~"
        },
        "configs": {one["source"] for service in services for one in service.get("configs", ())},
        "secrets": {one for service in services for one in service.get("secrets", ())},
    }
    for kind, names in used.items():
        declared = {*compose.get(kind, {})}
        yield from unknown(f"of the {kind}", names, declared)
        for name in sorted(declared - names):
            yield f"of the {kind} {name} is not used"


def neighbours(service: Mapping[str, Any], services: Mapping[str, Any]) -> Found:
    waited_for = service.get("depends_on", {})
    yield from unknown("the service", waited_for, services)
    for name, said in waited_for.items():
        if said["condition"] == "service_healthy" and "healthcheck" not in services.get(name, {}):
            yield f"{name} is waited for and never says that it is healthy"
    for value in service["environment"].values() if is_divan(service) else ():
        named = [host for scheme, host in ADDRESS.findall(default_of(value)) if scheme != "s3"]
        yield from unknown("the service", named, services)


def upstreams(service: Mapping[str, Any], compose: Mapping[str, Any]) -> Found:
    """Where a proxy passes requests on to. It asks for their addresses again and again, in memory that its
    workers share: who is made anew has another one."""
    for text in contents(service, compose):
        for name, port, how in re.findall(r"server ([\w-]+):(\d+)([^;]*);", text):
            if how.split() != ["resolve"] or not re.search(r"^\s*resolver [\d.]+ valid=\d+s", text, re.M):
                yield f"the address of {name} is asked for once"
            elif not re.search(r"^\s*zone \w+ \d+k;", text, re.M):
                yield f"the addresses of {name} are in no zone"
            yield from unknown("the service", [name], service.get("depends_on", {}))
            environment = compose["services"].get(name, {}).get("environment", {})
            if environment.get("PORT") != port:
                yield f"nothing answers at {name}:{port}"


def contents(service: Mapping[str, Any], compose: Mapping[str, Any]) -> list[str]:
    declared = compose.get("configs", {})
    return [
        declared[one["source"]]["content"] for one in service.get("configs", ()) if one["source"] in declared
    ]


def local_addresses(service: Mapping[str, Any], compose: Mapping[str, Any]) -> Found:
    """What a service asks of itself, and where it is published, is what it serves."""
    served = paths_by_port(service, compose)
    for port, path in LOCAL_URL.findall(" ".join(service.get("healthcheck", {}).get("test", ()))):
        if path not in served.get(port, ()):
            yield f"nothing serves {path} at {port}"
    for published in service.get("ports", ()):
        yield from unknown("the port", [default_of(published).rpartition(":")[2]], served)


def paths_by_port(service: Mapping[str, Any], compose: Mapping[str, Any]) -> dict[str, set[str]]:
    if is_divan(service):
        return {service["environment"]["PORT"]: {HEALTH, READY}}
    words = service.get("command", [])
    if "--health" in words:
        port = words[words.index("--port") + 1].removeprefix(":")
        return {port: {words[words.index("--health") + 1]}}
    told = contents(service, compose)
    return {port: {HEALTH, READY} for text in told for port in re.findall(r"listen (\d+);", text)}
