"""What models put around an action: thoughts in tags, tokens of their family, end tokens, markdown fences."""

from __future__ import annotations

import re

from attrs import frozen

# Tokens that end a turn in the templates of common model families; a server that does not strip them leaves them in.
END_TOKENS = (
    "</s>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end|>",
    "<end_of_turn>",
    "<|eom_id|>",
)
_END = re.compile("|".join(map(re.escape, END_TOKENS)))
_TAG = re.compile(r"</?think(?:ing)?>")
# How families of models mark what others write as a tag or an object: the pattern, and what it means.
_FAMILIES = (
    (re.compile(r"<\|channel\|>analysis<\|message\|>(.*?)<\|end\|>", re.DOTALL), r"<think>\1</think>"),
    (re.compile(r"\[THINK\]|◁think▷|<\|begin_of_thought\|>"), "<think>"),
    (re.compile(r"\[/THINK\]|◁/think▷|<\|end_of_thought\|>"), "</think>"),
    (re.compile(r"<escape>"), '"'),
)
# Tokens that frame a reply or a call and say nothing, and the role that some of them name.
_FRAME = re.compile(
    r"<\|(?:im_start|start|start_header_id)\|>(?:assistant)?|\[(?:TOOL_CALLS|ARGS)\]|<[|｜][^<>|｜\n]{1,60}[|｜]>"
    r"|<(?:start|end)_function_call>"
)
# A thought in tags, closed or cut. One that only closes is left to `split_thoughts`: some templates open it.
_ASIDE = re.compile(
    r"<(think(?:ing)?|thoughts?|reasoning|scratch_?pad|analysis|plan|reflection)>(.*?)(?:</(?:\1|think(?:ing)?)>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_FENCE = re.compile(r"`{3,}")
# What may stand behind the opening of a fence: "python", "c++", "objective-c". Anything else is content.
_LANGUAGE = re.compile(r"[\w+#.-]{0,30}\Z")


def split_thoughts(text: str, notes: list[str]) -> tuple[str, str]:
    """What was thought between tags, and the rest up to the first end token: what follows that was said for the other side.

    Tags that are never closed leave no rest: the model ran out of room.
    """
    if "<" in text or "[" in text or "◁" in text:
        for pattern, meaning in _FAMILIES:
            text = pattern.sub(meaning, text)
    if "<" not in text:
        return "", _FRAME.sub(" ", text)
    thoughts = [found[2] for found in _ASIDE.finditer(text)]
    *before, text = _TAG.split(_ASIDE.sub("", text))
    end = _END.search(text)
    if end is not None:
        following = _END.sub("", text[end.end() :]).strip()
        notes.append("left out what follows an end token" if following else "removed an end token")
        text = text[: end.start()]
    return joined(*before, *thoughts), _FRAME.sub(" ", text)


def joined(*parts: str) -> str:
    """Parts of a thought, one a line."""
    return "\n".join(part.strip() for part in parts if part.strip())


def drop_tags(text: str) -> str:
    """The text without thinking tags and end tokens, for a thought that is written again."""
    before = ""
    while "<" in text and text != before:
        # Until nothing changes: removing a tag can join two halves into another one.
        before, text = text, _END.sub("", _TAG.sub("", text))
    return text


@frozen
class Fence:
    """A fenced block: its text, and where the closing fence ends. `closed` is False where the text just ends."""

    text: str
    end: int
    closed: bool


def read_fence(text: str, start: int) -> Fence | None:
    """The fenced block whose opening stands at `start`, or None."""
    opening = _FENCE.match(text, start)
    if not opening:
        return None
    many = len(opening[0])
    line_end = text.find("\n", opening.end())
    line_end = len(text) if line_end < 0 else line_end
    head = text[opening.end() : line_end].strip()
    # Opening and closing in one line.
    if head.endswith(opening[0]):
        return Fence(head[:-many].strip(), line_end, True)
    closing = re.compile(rf"\n[^\S\n]*`{{{many},}}[^\S\n]*(?=\n|\Z)").search(text, line_end)
    begin = line_end + 1 if _LANGUAGE.match(head) else opening.end()
    body = text[begin : closing.start() if closing else len(text)]
    return Fence(body if body.strip() else head, closing.end() if closing else len(text), closing is not None)


def unfenced(text: str) -> str:
    """The text in a fence, where a text begins with one; else the text."""
    fence = read_fence(text.strip(), 0)
    return fence.text if fence is not None else text


def fenced(text: str, language: str = "") -> str:
    """The text in a fence that is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"
