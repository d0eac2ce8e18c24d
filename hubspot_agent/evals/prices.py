"""What a model's tokens cost."""

from typing import NamedTuple


class Price(NamedTuple):
    """US dollars for a million tokens read and a million written."""

    input: float
    output: float

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Return what so many tokens cost, in US dollars."""
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000


#: OpenAI's standard prices as of June 2026, without its rebate for cached input:
#: https://platform.openai.com/docs/pricing
PRICES = {
    "gpt-5.5": Price(5.00, 30.00),
    "gpt-5.4": Price(2.50, 15.00),
    "gpt-5.4-mini": Price(0.75, 4.50),
    "gpt-5.4-nano": Price(0.20, 1.25),
}


def price_of(model: str) -> Price | None:
    """Return the price of an OpenAI model by its name; `None` where it is not known."""
    return PRICES.get(model.removeprefix("openai:"))
