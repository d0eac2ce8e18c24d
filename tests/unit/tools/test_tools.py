"""LangChain's own standard tests, for each of the three tools."""

import pytest
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from hubspot_agent import HubSpotContacts
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.tools import contact_tools

PARAMETERS = [{"query": "Ana"}, {"firstname": "Bob", "city": "Porto"}, {"contact_id": "101", "city": "Porto"}]


@pytest.fixture(autouse=True)
def _sandbox():
    with Sandbox(contacts=[{"firstname": "Ana"}]) as crm:
        TheTool.port = HubSpotContacts(crm.token, host=crm.url)
        yield
        TheTool.port.close()


class TheTool:
    port: HubSpotContacts
    number: int

    @property
    def tool_constructor(self):
        return contact_tools(TheTool.port)[self.number]

    @property
    def tool_invoke_params_example(self):
        return PARAMETERS[self.number]


class TestSearchContacts(TheTool, ToolsUnitTests):
    number = 0


class TestSearchContactsOnTheSandbox(TheTool, ToolsIntegrationTests):
    number = 0


class TestCreateContact(TheTool, ToolsUnitTests):
    number = 1


class TestCreateContactOnTheSandbox(TheTool, ToolsIntegrationTests):
    number = 1


class TestUpdateContact(TheTool, ToolsUnitTests):
    number = 2


class TestUpdateContactOnTheSandbox(TheTool, ToolsIntegrationTests):
    number = 2
