"""Holds every GraphQL document, and every set of variables that a test run sent, to the forge's published schema.

A document that no test sent is a problem, too: nobody has seen its variables.

Usage: graphql-contract.py SCHEMA DOCUMENTS [CALLS]: the schema, the folder of documents, and a file with one JSON object
{"query", "variables"} per line. Ends with 1 and one line per problem.
"""
import json
import pathlib
import sys

from graphql import OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values


def operations(document):
    return [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]


def main():
    # The published schema defines two fields twice, so it is not judged itself.
    schema = build_schema(pathlib.Path(sys.argv[1]).read_text(), assume_valid=True, assume_valid_sdl=True)
    folder = pathlib.Path(sys.argv[2])
    fragment = (folder / "pull.graphql").read_text()
    problems, documents, sent = [], set(), set()
    for path in sorted(folder.glob("*.graphql")):
        if path.name == "pull.graphql":
            continue
        text = path.read_text()
        document = parse(text + (fragment if "...pull" in text else ""))
        documents.update(part.name.value for part in operations(document))
        problems += [f"{path.name}: {error.message}" for error in validate(schema, document)]
    calls = pathlib.Path(sys.argv[3]).read_text().splitlines() if len(sys.argv) > 3 else []
    for line in calls:
        call = json.loads(line)
        document = parse(call["query"])
        for part in operations(document):
            name = part.name.value
            sent.add(name)
            problems += [f"{name}: {error.message}" for error in validate(schema, document)]
            values = get_variable_values(schema, part.variable_definitions or [], call.get("variables") or {})
            if isinstance(values, list):
                problems += [f"{name}: {error.message}" for error in values]
            extra = set(call.get("variables") or {}) - {v.variable.name.value for v in part.variable_definitions or []}
            problems += [f"{name}: variable {word} is not declared" for word in sorted(extra)]
    for problem in sorted(set(problems)):
        print(problem)
    print(f"{len(documents)} documents, {len(calls)} calls of {len(sent)} documents")
    unsent = sorted(documents - sent) if calls else []
    if unsent:
        print("never sent by a test: " + ", ".join(unsent))
    return 1 if problems or unsent else 0


sys.exit(main())
