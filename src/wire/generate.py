#!/usr/bin/env python3
"""Writes `src/wire/tables/` from the message definitions inside a kafka-clients jar.

    mvn -q dependency:get -Dartifact=org.apache.kafka:kafka-clients:4.4.0
    python3 src/wire/generate.py ~/.m2/repository/org/apache/kafka/kafka-clients/4.4.0/kafka-clients-4.4.0.jar

Needs Python 3 alone, and `rustfmt` on the path. The same jar gives the same bytes. To move to a newer
Kafka, change the version above, run it, and read the differences: a new field that names something
a policy speaks of, or that carries an address, wants a row in `RULES`.
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
VERSION_MAX = 32767

SCALARS = {  # type in a definition -> (Kind in schema.rs, width in bytes; 0 = length-prefixed)
    "bool": ("Bool", 1), "int8": ("Int8", 1), "int16": ("Int16", 2), "uint16": ("UInt16", 2),
    "int32": ("Int32", 4), "uint32": ("UInt32", 4), "int64": ("Int64", 8), "float64": ("Float64", 8),
    "uuid": ("Uuid", 16), "string": ("Str", 0), "bytes": ("Bytes", 0), "records": ("Records", 0),
}

ENTITIES = {  # `entityType` of a field -> Mark
    "topicName": "TopicName", "groupId": "GroupId", "transactionalId": "TransactionalId",
    "producerId": "ProducerId", "brokerId": "NodeId",
}

# Paths at which a client learns whom to connect to. Endpoints of Streams applications and of ACLs
# look alike and must stay as they are, so these are named one by one.
BROKER = (r"(MetadataResponse\.MetadataResponseBroker|DescribeClusterResponse\.DescribeClusterBroker"
          r"|FindCoordinatorResponse(\.Coordinator)?"
          r"|(Produce|Fetch|ShareFetch|ShareAcknowledge)Response\.NodeEndpoint)")
CONFIGS = r"(Describe|Alter|IncrementalAlter)Configs(Request|Response)\.\w+"
INDEX = r"PartitionIndex(es)?|Partitions?|PartitionId|Index"

# What is visited: (pattern over `Message.Struct.Field`, or `Message.Field` at the root; Mark). The first
# that matches the whole path wins; then `entityType` speaks, then `array_mark`.
RULES = [
    (r"RequestHeader\.RequestApiKey", "ApiKey"),
    (r"RequestHeader\.RequestApiVersion", "ApiVersion"),
    (r"(Request|Response)Header\.CorrelationId", "CorrelationId"),
    (r"RequestHeader\.ClientId", "ClientId"),
    (BROKER + r"\.Host", "Host"),
    (BROKER + r"\.Port", "Port"),
    (BROKER + r"\.Rack", "Rack"),
    (r"DescribeQuorumResponse\.Listener\.Name", "ListenerName"),
    (r"DescribeQuorumResponse\.Listener\.Host", "ListenerHost"),
    (r"DescribeQuorumResponse\.Listener\.Port", "ListenerPort"),
    (r"(MetadataResponse|DescribeClusterResponse)\.Brokers", "Brokers"),
    (r"\w+Response\.NodeEndpoints", "NodeEndpoints"),
    (r"FindCoordinatorResponse\.Coordinators", "Coordinators"),
    (r"DescribeQuorumResponse\.Nodes", "QuorumNodes"),
    (r"FindCoordinatorRe\w+\.(Key|CoordinatorKeys|Coordinator\.Key)", "CoordinatorKey"),
    (r"FindCoordinatorRequest\.KeyType", "KeyType"),
    (r"DescribeCluster(Request|Response)\.EndpointType", "EndpointType"),
    (r"(Fetch|ListOffsets|OffsetForLeaderEpoch)Request(\.ReplicaState)?\.ReplicaId", "ReplicaId"),
    (r"Fetch(Request|Response)\.SessionId", "SessionId"),
    (r"FetchRequest\.SessionEpoch", "SessionEpoch"),
    (r"Share(Fetch|Acknowledge)Request\.ShareSessionEpoch", "ShareSessionEpoch"),
    (r"\w+\.ForgottenTopicsData", "ForgottenTopics"),
    (r"(Consumer|Share)GroupHeartbeatRequest\.TopicPartitions", "OwnedTopics"),
    (r"\w+\.ClusterId", "ClusterId"),
    (r"(MetadataResponse|DescribeClusterResponse)\.ControllerId", "ControllerId"),
    (r"ApiVersionsRequest\.NodeId", "NodeId"),
    (r"(\w+\.)+TopicId", "TopicId"),
    (r"(\w+\.)+MemberId", "MemberId"),
    (r"(Consumer|Share|Streams)GroupHeartbeatRe\w+\.MemberEpoch", "MemberEpoch"),
    (r"ConsumerGroupHeartbeatRequest\.SubscribedTopicRegex", "SubscribedTopicRegex"),
    (r"StreamsGroupHeartbeatRequest\.Subtopology\.SourceTopicRegex", "SourceTopicRegex"),
    (CONFIGS + r"\.ResourceType", "ResourceType"),
    (CONFIGS + r"\.ResourceName", "ResourceName"),
    (r"ListConfigResourcesRe\w+\.(ResourceTypes|ConfigResource\.ResourceType)", "ResourceType"),
    (r"ListConfigResourcesResponse\.ConfigResource\.ResourceName", "ResourceName"),
    (r"(Describe|Alter|IncrementalAlter)ConfigsRequest\.Resources", "Resources"),
    (r"(Alter|IncrementalAlter)ConfigsResponse\.Responses", "Resources"),
    (r"DescribeConfigsResponse\.Results|ListConfigResourcesResponse\.ConfigResources", "Resources"),
    (CONFIGS + r"\.(Configs|Synonyms)", "Configs"),
    (CONFIGS + r"\.Name", "ConfigName"),
    (CONFIGS + r"\.Value", "ConfigValue"),
    (r"ProduceRequest\.Acks", "Acks"),
    (r"(Produce|Fetch|ShareFetch)Re\w+\.\w+\.Records", "Records"),
    (r"(\w+\.)+(ErrorCode|PartitionErrorCode)", "ErrorCode"),
    (r"(\w+\.)+AcknowledgeErrorCode", "AcknowledgeErrorCode"),
    (r"(\w+\.)+TopicConfigErrorCode", "TopicConfigErrorCode"),
    (r"\w+Response\.ThrottleTimeMs", "ThrottleTimeMs"),
    (r"MetadataRequest\.AllowAutoTopicCreation", "AllowAutoTopicCreation"),
    (r"\w+Request\.IncludeTopicAuthorizedOperations", "IncludeTopicAuthorizedOperations"),
    (r"\w+Request\.IncludeClusterAuthorizedOperations", "IncludeClusterAuthorizedOperations"),
    (r"(\w+\.)+TopicAuthorizedOperations", "TopicAuthorizedOperations"),
    (r"(\w+\.)+ClusterAuthorizedOperations", "ClusterAuthorizedOperations"),
    (r"\w+Response\.DescribedGroup\.AuthorizedOperations", "GroupAuthorizedOperations"),
    (r"InitProducerIdRequest\.Enable2Pc", "EnableTwoPhaseCommit"),
    (r"AddPartitionsToTxnRequest\.\w+\.VerifyOnly", "VerifyOnly"),
    # In the messages of Streams groups a partition is that of a task.
    (r"(?!StreamsGroup)(\w+\.)+(" + INDEX + r")", "PartitionIndex"),
]

# An array of structs without a rule is named for what its items hold directly, in this order.
ARRAYS = [("TransactionalId", "Transactions"), ("GroupId", "Groups"), ("TopicName", "Topics"),
          ("TopicId", "Topics"), ("MemberId", "Members"), ("PartitionIndex", "Partitions")]


def definitions(jar):
    """Every request, response and header of the jar that has a version, by name."""
    found = {}
    with zipfile.ZipFile(jar) as archive:
        for name in sorted(archive.namelist()):
            if not re.fullmatch(r"common/message/\w+\.json", name):
                continue
            text = archive.read(name).decode()
            message = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
            if message["type"] in ("request", "response", "header") and message["validVersions"] != "none":
                found[message["name"]] = message
    return found


def versions(text):
    """`"3-5"`, `"3+"`, `"3"`, `"none"` or absent -> (first, last), or None for never."""
    if text is None or text == "none":
        return None
    if text.endswith("+"):
        return int(text[:-1]), VERSION_MAX
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def within(version, pair):
    return pair is not None and pair[0] <= version <= pair[1]


def upper(name):
    """`IncrementalAlterConfigs` -> `INCREMENTAL_ALTER_CONFIGS`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


class Message:
    """One definition, its structs by name, in the order in which they must be written."""

    def __init__(self, definition):
        self.name = definition["name"]
        self.definition = definition
        self.versions = versions(definition["validVersions"])
        self.flexible = versions(definition["flexibleVersions"])
        self.structs = {s["name"]: s["fields"] for s in definition.get("commonStructs", [])}
        self.collect(definition.get("fields", []))
        self.prefix = "" if definition["type"] == "header" else definition["type"].upper() + "_"

    def collect(self, fields):
        for field in fields:
            if "fields" in field:
                assert field["type"].lstrip("[]") not in self.structs, f"{self.name}: {field['type']} twice"
                self.structs[field["type"].removeprefix("[]")] = field["fields"]
                self.collect(field["fields"])

    def static(self, struct):
        return self.prefix + upper(struct)

    def mark(self, path, field):
        """The Mark of `field`, or None."""
        full = f"{path}.{field['name']}"
        for pattern, mark in RULES:
            if re.fullmatch(pattern, full) and self.markable(field, mark):
                return mark
        if "entityType" in field:
            return ENTITIES[field["entityType"]]
        inner = field["type"].removeprefix("[]")
        if field["type"].startswith("[]") and inner in self.structs:
            held = {self.mark(f"{self.name}.{inner}", f) for f in self.structs[inner]}
            return next((array for member, array in ARRAYS if member in held), None)
        return None

    def markable(self, field, mark):
        """`Partition` may also name a struct or a count: an index is a number or an array of them."""
        return mark != "PartitionIndex" or field["type"].removeprefix("[]") == "int32"

    def visited(self, path, field):
        """Whether a walker must tell its visitor of `field`."""
        inner = field["type"].removeprefix("[]")
        return self.mark(path, field) is not None or (inner in self.structs and self.looked_into(inner))

    def looked_into(self, struct):
        return any(self.visited(f"{self.name}.{struct}", f) for f in self.structs[struct])

    def minimum(self, fields, version):
        """Fewest bytes that `fields` take in `version`."""
        flexible = within(version, self.flexible)
        total = 1 if flexible else 0
        for field in fields:
            if within(version, versions(field["versions"])) and not within(version, versions(field.get("taggedVersions"))):
                total += self.minimum_of(field, version, flexible)
        return total

    def minimum_of(self, field, version, flexible):
        kind = field["type"]
        flexible = flexible and "flexibleVersions" not in field
        if kind.startswith("[]"):
            return 1 if flexible else 4
        if kind in self.structs:
            nullable = within(version, versions(field.get("nullableVersions")))
            return 1 if nullable else self.minimum(self.structs[kind], version)
        width = SCALARS[kind][1]
        return width or (1 if flexible else (2 if kind == "string" else 4))

    def minimums(self, fields):
        """[(first version, fewest bytes)], ascending, only where it changes."""
        steps = []
        for version in range(self.versions[0], self.versions[1] + 1):
            size = max(1, self.minimum(fields, version))  # 0 only where no array of it exists
            if not steps or steps[-1][1] != size:
                steps.append((version, size))
        return steps


def rust_versions(pair):
    if pair is None:
        return "Versions::NEVER"
    if pair[1] == VERSION_MAX:
        return f"Versions::from({pair[0]})"
    return f"Versions::range({pair[0]}, {pair[1]})"


def rust_kind(message, kind):
    if kind.startswith("[]"):
        return f"Kind::Array(&{rust_kind(message, kind[2:])})"
    if kind in message.structs:
        return f"Kind::Struct(&{message.static(kind)})"
    return f"Kind::{SCALARS[kind][0]}"


def rust_default(field):
    default = field.get("default")
    if default is None or default in ("", "false", False):
        return None
    if default == "null":
        return "DefaultValue::Null"
    if default == "true":
        return "DefaultValue::True"
    number = int(str(default), 0)
    return f"DefaultValue::Int({number})" if number else None


def rust_field(message, path, field):
    out = f"Field::new(\"{field['name']}\", {rust_versions(versions(field['versions']))}, {rust_kind(message, field['type'])})"
    if "nullableVersions" in field:
        out += f".nullable({rust_versions(versions(field['nullableVersions']))})"
    if "tag" in field:
        out += f".tagged({field['tag']}, {rust_versions(versions(field['taggedVersions']))})"
    if "flexibleVersions" in field:
        assert field["flexibleVersions"] == "none", "an override other than `none` wants a thought"
        out += ".never_compact()"
    if field.get("ignorable"):
        out += ".ignorable()"
    if default := rust_default(field):
        out += f".default({default})"
    if mark := message.mark(path, field):
        out += f".mark(Mark::{mark})"
    return out


def rust_struct(message, path, fields):
    minimums = message.minimums(fields)
    visited = any(message.visited(path, f) for f in fields)
    body = ",\n".join(rust_field(message, path, f) for f in fields)
    return (f"Struct {{ fields: &[{body}], visited: {str(visited).lower()}, "
            f"minimum: &[{', '.join(f'({v}, {n})' for v, n in minimums)}] }}")


def rust_message(message):
    """The statics of one message: its structs, then itself."""
    out = []
    for struct, fields in message.structs.items():
        body = rust_struct(message, f"{message.name}.{struct}", fields)
        out.append(f"static {message.static(struct)}: Struct = {body};\n")
    root = rust_struct(message, message.name, message.definition.get("fields", []))
    visibility = "" if message.prefix else "pub(in crate::wire) "
    out.append(f"/// `{message.name}.json`.\n"
               f"{visibility}static {upper(message.name)}: Message = Message {{ name: \"{message.name}\", "
               f"versions: {rust_versions(message.versions)}, flexible: {rust_versions(message.flexible)}, "
               f"root: {root} }};\n")
    return out


def rust_api(name, request, response):
    last = request.versions[1] - (1 if request.definition.get("latestVersionUnstable") else 0)
    broker = str("broker" in request.definition["listeners"]).lower()
    return (f"/// {name}, key {request.definition['apiKey']}.\n"
            f"pub static {upper(name)}: Api = Api {{ key: {request.definition['apiKey']}, name: \"{name}\", "
            f"request: &{upper(name)}_REQUEST, response: &{upper(name)}_RESPONSE, "
            f"min_version: {request.versions[0]}, max_version: {last}, broker: {broker} }};\n")


def imports(body, api):
    used = [n for n in ("DefaultValue", "Field", "Kind", "Mark", "Message", "Struct", "Versions")
            if re.search(rf"\b{n}\b", body)]
    use = f"use crate::wire::schema::{{{', '.join(used)}}};\n"
    return ("use crate::wire::api::Api;\n" if api else "") + use


def write(path, about, body):
    text = f"//! {about}\n//! Written by `generate.py`; do not edit.\n\n{body}"
    path.write_text(text)
    return path


def main(jar):
    messages = {name: Message(d) for name, d in definitions(jar).items()}
    apis = sorted((m.definition["apiKey"], n.removesuffix("Request"))
                  for n, m in messages.items() if m.definition["type"] == "request")
    TABLES.mkdir(exist_ok=True)
    for old in TABLES.glob("*.rs"):
        old.unlink()
    files = []
    for _, name in apis:
        request, response = messages[name + "Request"], messages[name + "Response"]
        body = "\n".join([rust_api(name, request, response), *rust_message(request), *rust_message(response)])
        files.append(write(TABLES / f"{upper(name).lower()}.rs", f"{name}: its request and response.",
                           imports(body, True) + "\n" + body))
    headers = "\n".join(rust_message(messages["RequestHeader"]) + rust_message(messages["ResponseHeader"]))
    files.append(write(TABLES / "header.rs", "The headers of requests and responses.", imports(headers, False) + "\n" + headers))
    keys = "".join(f"pub const {upper(n)}: i16 = {k};\n" for k, n in apis)
    files.append(write(TABLES / "api_key.rs", "The keys of Kafka's APIs.", keys))
    modules = "".join(f"mod {upper(n).lower()};\n" for n in sorted(n for _, n in apis))
    rows = ", ".join("&" + upper(n) for _, n in apis)
    uses = "".join(f"pub use {upper(n).lower()}::{upper(n)};\n" for n in sorted(n for _, n in apis))
    files.append(write(TABLES / "mod.rs", "Every API of Kafka, as data for the walker, the reader and the writer.",
                       f"pub mod api_key;\npub(super) mod header;\n{modules}\nuse super::api::Api;\n{uses}\n"
                       f"/// Every API, by ascending key.\npub static APIS: &[&Api] = &[{rows}];\n"))
    subprocess.run(["rustfmt", "--edition", "2024", "--config", "max_width=100", *map(str, files)], check=True)
    print(f"{len(apis)} APIs, {len(files)} files")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
