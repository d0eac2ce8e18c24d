"""LangChain's own suite for chat models, on the demo model."""

from langchain_tests.unit_tests import ChatModelUnitTests

from hubspot_agent.demo_model import DemoModel


class TestDemoModel(ChatModelUnitTests):
    @property
    def chat_model_class(self):
        return DemoModel
