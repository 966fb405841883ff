"""The documents that the API serves: valid, and about the routes that there are."""

from __future__ import annotations

import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from api.app import ROUTES
from api.openapi import openapi_document
from api.operations import OPERATIONS
from api.problems import PROBLEMS
from tests.api import view
from tests.api.serving import client_on


def test_the_document_is_valid_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(openapi_document()).iter_errors()) == []


def test_every_route_is_in_the_document_and_no_other() -> None:
    routed = {
        (route.path, method.lower())
        for route in ROUTES
        for method in (route.methods or ())
        if method != "HEAD" and route.path != "/docs.js"
    }
    assert {(operation.path, operation.method) for operation in OPERATIONS} == routed


def test_every_reference_leads_somewhere() -> None:
    document = openapi_document()
    for section, name in re.findall(r"#/components/(\w+)/([\w.-]+)", str(document)):
        assert name in document["components"][section]


async def test_documents_are_served() -> None:
    async with client_on(view.in_memory()) as client:
        assert (await client.get("/openapi.json")).json() == openapi_document()
        assert (await client.get("/asyncapi.json")).json()["asyncapi"].startswith("3.")
        schema = await client.get("/schemas/BarClosed.v1.json")
        assert schema.headers["content-type"] == "application/schema+json"
        assert schema.json()["$id"].endswith("BarClosed.v1")
        for target in (await client.get("/")).json()["links"].values():
            assert target in {route.path for route in ROUTES}


async def test_the_page_lists_every_problem_and_loads_nothing_from_elsewhere() -> None:
    async with client_on(view.in_memory()) as client:
        page = await client.get("/docs")
        script = await client.get("/docs.js")
    for kind in PROBLEMS:
        assert f'id="{kind}"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    sources = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert script.headers["content-type"].startswith("text/javascript")


def test_parameters_in_the_document_are_those_that_routes_take() -> None:
    declared = set(openapi_document()["components"]["parameters"])
    assert {name for operation in OPERATIONS for name in operation.parameters} == declared
