"""Which questions get buttons for their answers."""

import pytest

from hubspot_agent.web.quick_replies import quick_replies


@pytest.mark.parametrize(
    ("answer", "shown", "language", "replies"),
    [
        ("Shall I create this contact? (yes/no)", 0, "en", ["yes", "no"]),
        ("Shall I update her phone?", 0, "en", ["Yes", "No"]),
        ("I found two.\nWhich one do you mean?", 3, "en", ["1", "2", "3"]),
        ("Which one do you mean?", 9, "en", []),
        ('What is the name? (You can also say "skip" or "cancel".)', 0, "en", ["skip", "cancel"]),
        ('Say "more" for the next ones.', 5, "en", ["more"]),
        ('Wat is de naam? (U kunt ook "overslaan" of "annuleer" zeggen.)', 0, "nl", ["overslaan", "annuleer"]),
        ("Zal ik dat doen?", 0, "nl", ["Ja", "Nee"]),
        ("Should it be Bob or Rob?", 0, "en", []),
        ("What should it become?", 0, "en", []),
        ("Done.", 2, "en", []),
    ],
)
def test_replies(answer: str, shown: int, language: str, replies: list[str]) -> None:
    assert quick_replies(answer, shown, language) == replies
