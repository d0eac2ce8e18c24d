"""One plain HTTP call, without any client library in between."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CONTACTS = "/crm/v3/objects/contacts"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


def call(crm, method, path, body=None, *, headers=None, token=None) -> Answer:
    """Send `body` (bytes as they are, anything else as JSON) and return the answer."""
    raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection(urlsplit(crm.url).netloc, timeout=20)
    try:
        sent = {"Authorization": f"Bearer {crm.token if token is None else token}"} | (headers or {})
        connection.request(method, path, raw, sent)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def create(crm, **properties) -> Answer:
    return call(crm, "POST", CONTACTS, {"properties": properties})


def read(crm, contact_id, *properties) -> dict[str, Any]:
    query = f"?properties={','.join(properties)}" if properties else ""
    answer = call(crm, "GET", f"{CONTACTS}/{contact_id}{query}")
    assert answer.status == 200, answer.raw
    return answer.body["properties"]


def update(crm, contact_id, **properties) -> Answer:
    return call(crm, "PATCH", f"{CONTACTS}/{contact_id}", {"properties": properties})


def search(crm, **request) -> Answer:
    return call(crm, "POST", f"{CONTACTS}/search", request)


def found(crm, *filters, **request) -> list[str]:
    """Return the ids that a search finds; `filters` as (property, operator, value)."""
    if filters:
        request["filterGroups"] = [{"filters": [condition(*one) for one in filters]}]
    answer = search(crm, **request)
    assert answer.status == 200, answer.raw
    return [result["id"] for result in answer.body["results"]]


def condition(name, operator, value=None, high_value=None) -> dict[str, Any]:
    one = {"propertyName": name, "operator": operator}
    if isinstance(value, list):
        one["values"] = value
    elif value is not None:
        one["value"] = value
    if high_value is not None:
        one["highValue"] = high_value
    return one
