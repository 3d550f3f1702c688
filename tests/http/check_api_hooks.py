"""What scripts/check-api tells schemathesis about Colloquy: NDJSON, and ids that exist, so that bodies reach the tables."""

import json
import os

import schemathesis

KNOWN = {"store_id": os.environ["CHECK_API_STORE"], "conversation_id": os.environ["CHECK_API_CONVERSATION"]}


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")


@schemathesis.hook
def map_body(_context, body):
    return with_known_ids(body)


def with_known_ids(value):
    """A well-formed id becomes one that exists; whatever is wrong with a body stays wrong."""
    if isinstance(value, list):
        return [with_known_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: KNOWN[name] if is_id(name, item) else with_known_ids(item) for name, item in value.items()}


def is_id(name, value):
    return name in KNOWN and isinstance(value, str) and len(value) == 36 and value.count("-") == 4
