"""What models put around an action: end tokens, thinking tags, markdown fences."""

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
_TAG = re.compile(r"</?think(?:ing)?>")
_CLOSE = re.compile(r"</think(?:ing)?>")
_OPEN = re.compile(r"\s*<think(?:ing)?>")
_FENCE = re.compile(r"`{3,}")
# What may stand behind the opening of a fence: "python", "c++", "objective-c". Anything else is content.
_LANGUAGE = re.compile(r"[\w+#.-]{0,30}\Z")


def cut_end(text: str, notes: list[str]) -> str:
    """The text without the end tokens that follow it."""
    text = text.rstrip()
    end = len(text)
    while text.endswith(END_TOKENS, 0, end):
        end -= next(len(token) for token in END_TOKENS if text.endswith(token, 0, end))
        while end and text[end - 1].isspace():
            end -= 1
    if end < len(text):
        notes.append("removed an end token")
    return text[:end]


def cut_turn(text: str, notes: list[str]) -> str:
    """The text up to the first end token in it: what follows was said for the other side."""
    if "<" not in text:
        return text
    at = min((found for found in map(text.find, END_TOKENS) if found >= 0), default=-1)
    if at < 0:
        return text
    notes.append("left out what follows an end token")
    return text[:at]


def split_think(text: str) -> tuple[str, str]:
    """What was thought between tags, and the rest. A closing tag needs no opening one: some templates open it.

    Tags that are never closed leave no rest: the model ran out of room.
    """
    thoughts: list[str] = []
    while True:
        opened = _OPEN.match(text)
        if not opened:
            break
        closed = _CLOSE.search(text, opened.end())
        if not closed:
            return "\n".join([*thoughts, text[opened.end() :].strip()]), ""
        thoughts.append(text[opened.end() : closed.start()].strip())
        text = text[closed.end() :]
    orphans = [] if thoughts else list(_CLOSE.finditer(text))
    if orphans:
        thoughts.append(text[: orphans[-1].start()].strip())
        text = text[orphans[-1].end() :]
    return "\n".join(thought for thought in thoughts if thought), text


def drop_tags(text: str) -> str:
    """The text without thinking tags and end tokens, for a thought that is written again."""
    if "<" not in text:
        return text
    while True:
        # Until nothing changes: removing a tag can join two halves into another one.
        out = _TAG.sub("", text)
        for token in END_TOKENS:
            out = out.replace(token, "")
        if out == text:
            return out
        text = out


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
    ticks = opening[0]
    line_end = text.find("\n", opening.end())
    line_end = len(text) if line_end < 0 else line_end
    head = text[opening.end() : line_end].strip()
    # Opening and closing in one line.
    if head.endswith(ticks):
        return Fence(head[: -len(ticks)].strip(), line_end, True)
    body_start = min(line_end + 1, len(text))
    if not _LANGUAGE.match(head):
        body_start = opening.end()
    at = line_end
    while at >= 0:
        close_end = text.find("\n", at + 1)
        close_end = len(text) if close_end < 0 else close_end
        line = text[at + 1 : close_end].strip()
        if len(line) >= len(ticks) and not line.strip("`"):
            body = text[body_start:at] if at >= body_start else ""
            return Fence(body if body.strip() else head, close_end, True)
        at = text.find("\n" + ticks, at + 1) if close_end < len(text) else -1
    body = text[body_start:]
    return Fence(body if body.strip() else head, len(text), False)


def fenced(text: str, language: str = "") -> str:
    """The text in a fence that is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"
