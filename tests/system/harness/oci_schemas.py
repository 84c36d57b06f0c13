"""The JSON schemas of the OCI image specification, asked of what Strates wrote.

    oci_schemas.py SCHEMAS layout FOLDER...   each an OCI layout: oci-layout, index.json, every manifest and configuration below it
    oci_schemas.py SCHEMAS config FILE...     image configurations
    oci_schemas.py SCHEMAS tables FOLDER      the specification's own good and bad documents (conformance/oci-image-spec)

Ends with "checked N documents"; says what is wrong, and ends with 1, otherwise.
"""

import hashlib
import json
import os
import re
import sys

import jsonschema

SCHEMAS = sys.argv[1]
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
# Rows of the tables that these schemas (1.1.0-rc2) take and should not, with the reason.
BESIDE_SCHEMAS = {
    "config-9": "that a variable holds = is looked at by the specification's program",
    "descriptor-15": "that sha256 has small letters is looked at by the specification's program",
    "descriptor-17": "what an address may be is looked at by the specification's program",
    "descriptor-19": "artifactType is later",
    "descriptor-29": "data is later",
    "descriptor-30": "that no size is negative is later",
    "manifest-8": "subject is later",
    "imageIndex-11": "subject is later",
}
mistakes, checked = [], 0


def schema(name):
    with open(os.path.join(SCHEMAS, name)) as file:
        return json.load(file)


# A schema is known by its file's name, whatever folder a reference is resolved in.
def validator(name):
    root = schema(name)
    resolver = jsonschema.RefResolver(root.get("id", ""), root, handlers={"https": lambda url: schema(os.path.basename(url))})
    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date-time")(lambda text: not isinstance(text, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text)))
    return jsonschema.Draft4Validator(root, resolver=resolver, format_checker=formats)


VALIDATORS = {
    "layout": validator("image-layout-schema.json"),
    "index": validator("image-index-schema.json"),
    "manifest": validator("image-manifest-schema.json"),
    "config": validator("config-schema.json"),
    "descriptor": validator("content-descriptor.json"),
}


def refusals(kind, text):
    try:
        document = json.loads(text)
    except ValueError as error:
        return [str(error)]
    return ["/".join(map(str, error.absolute_path)) + ": " + error.message for error in VALIDATORS[kind].iter_errors(document)]


# An image without any variable, from docker import: Docker 20.10 writes null and not [] or nothing. The bytes are the image's id, and Docker's.
def is_dockers(kind, why):
    return kind == "config" and why == "config/Env: None is not of type 'array'"


def check(kind, text, where):
    global checked
    checked += 1
    for why in refusals(kind, text):
        if is_dockers(kind, why):
            print(f"{where}: config/Env is null, as Docker writes it")
        else:
            mistakes.append(f"{where} is no {kind}: {why}")
    return json.loads(text)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def blob(folder, descriptor):
    algorithm, name = descriptor["digest"].split(":")
    path = os.path.join(folder, "blobs", algorithm, name)
    data = read(path)
    if algorithm != "sha256" or hashlib.sha256(data).hexdigest() != name or len(data) != descriptor["size"]:
        mistakes.append(f"{path} is not what its descriptor says: {descriptor}")
    return data


def walk(folder, index):
    for descriptor in index["manifests"]:
        data = blob(folder, descriptor)
        if descriptor["mediaType"] in INDEXES:
            walk(folder, check("index", data, descriptor["digest"]))
            continue
        manifest = check("manifest", data, descriptor["digest"])
        if manifest.get("mediaType", descriptor["mediaType"]) != descriptor["mediaType"]:
            mistakes.append(f"{descriptor['digest']} says that it is {manifest['mediaType']}, its descriptor {descriptor['mediaType']}")
        check("config", blob(folder, manifest["config"]), manifest["config"]["digest"])
        for layer in manifest["layers"]:
            blob(folder, layer)


def check_layout(folder):
    check("layout", read(os.path.join(folder, "oci-layout")), folder + "/oci-layout")
    walk(folder, check("index", read(os.path.join(folder, "index.json")), folder + "/index.json"))


# So that it is known that the schemas are read, and that they can refuse.
def check_tables(folder):
    global checked
    for table, kind in (("config", "config"), ("descriptor", "descriptor"), ("manifest", "manifest"), ("imageIndex", "index"), ("imageLayout", "layout")):
        for line in read(os.path.join(folder, table + ".jsonl")).splitlines():
            row = json.loads(line)
            if row["name"] in BESIDE_SCHEMAS:
                print(f"left out: {row['name']}: {BESIDE_SCHEMAS[row['name']]}")
                continue
            why = refusals(kind, row["input"])
            checked += 1
            if row["valid"] != (not why):
                mistakes.append(f"{row['name']} should be {'taken' if row['valid'] else 'refused'}: {why}")


what, names = sys.argv[2], sys.argv[3:]
for name in names:
    if what == "layout":
        check_layout(name)
    elif what == "config":
        check("config", read(name), name)
    else:
        check_tables(name)
for mistake in mistakes:
    print(mistake)
print(f"checked {checked} documents")
sys.exit(1 if mistakes or checked == 0 else 0)
