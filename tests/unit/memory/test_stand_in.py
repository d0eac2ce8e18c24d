"""A message that is too long is answered, and only its beginning is kept."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from hubspot_agent.memory.stand_in import STAND_IN_CHARACTERS, is_stand_in, with_stand_ins

LONG = "word " * 5000


@pytest.mark.parametrize(
    "given",
    [HumanMessage(LONG, id="1"), ("user", LONG), {"role": "user", "content": LONG}, LONG],
    ids=["message", "pair", "mapping", "text"],
)
def test_the_users_long_message_is_stood_in_for(given):
    earlier = AIMessage("Hello!")
    turn = with_stand_ins({"messages": [earlier, given], "action": None}, 4000)
    assert turn["messages"][0] is earlier
    assert turn["action"] is None
    short = turn["messages"][1]
    assert is_stand_in(short)
    assert short.id == getattr(given, "id", None)
    assert short.text.startswith("word word")
    assert len(short.text) <= STAND_IN_CHARACTERS + 2


@pytest.mark.parametrize(
    "turn",
    [
        None,
        {},
        {"action": "undo"},
        {"messages": None},
        {"messages": "hello"},
        {"messages": [("user", "hello")]},
        {"messages": [AIMessage(LONG), SystemMessage(LONG)]},
        {"messages": [object(), {"role": LONG}]},
        ["x" * 100_000],
    ],
    ids=map(str, range(9)),
)
def test_everything_else_stays_as_it_is(turn):
    assert with_stand_ins(turn, 4000) is turn
