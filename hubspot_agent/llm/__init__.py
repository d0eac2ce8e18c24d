"""The chat model: built from the settings, and what LangChain and the OpenAI client do not do themselves."""
