"""The interface of a model, and a stand-in for one: the same conversation gets the same reply."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NotRequired, TypedDict


class Call(TypedDict):
    """A tool that the model calls. The result has the same id, and so has each replay."""

    id: str
    tool: str
    arguments: dict[str, Any]


class Reply(TypedDict):
    """The model's reply: text, and the tools to use; without tools, the text is the answer."""

    text: str
    calls: list[Call]


class Message(TypedDict):
    """A part of the conversation; its role is `user`, `assistant` or `tool`."""

    role: str
    text: str
    calls: NotRequired[list[Call]]
    call_id: NotRequired[str]


Model = Callable[[Sequence[Message]], Reply]
"""Takes the conversation so far. Raises ModelError if the model cannot be reached, or is overloaded."""


class ModelError(Exception):
    """The model did not reply; a retry may succeed."""


def stand_in(conversation: Sequence[Message]) -> Reply:
    """Reply as a patient buyer: look up the price, wait a day while it is too high, ask the user, buy.

    Understands a goal such as "buy a lamp below 40".
    """
    goal = re.fullmatch(r"buy an? (?P<item>\w+) below (?P<limit>\d+)", conversation[0]["text"])
    if goal is None:
        return {"text": "I only know how to: buy a <thing> below <price>", "calls": []}
    item, limit = goal["item"], int(goal["limit"])
    results = [message["text"] for message in conversation if message["role"] == "tool"]
    used = [call["tool"] for message in conversation for call in message.get("calls", [])]

    def calling(text: str, tool: str, **arguments: Any) -> Reply:
        call: Call = {"id": f"call-{len(used) + 1}", "tool": tool, "arguments": arguments}
        return {"text": text, "calls": [call]}

    match (used[-1], results[-1]) if used else ("", ""):
        case (_, error) if error.startswith("error:"):
            reply: Reply = {"text": f"I have to give up: {error}", "calls": []}
        case ("" | "wait", _):
            reply = calling("What does it cost?", "look_up_price", item=item, day=used.count("wait"))
        case ("look_up_price", price) if int(price) >= limit:
            reply = calling(f"{price} is too much; I look again tomorrow.", "wait", days=1)
        case ("look_up_price", price):
            reply = calling("That is good.", "ask_user", question=f"Buy a {item} for {price}?")
        case ("ask_user", "yes"):
            reply = calling("The user agrees.", "buy", item=item, price=int(results[-2]))
        case ("ask_user", _):
            reply = {"text": f"You did not want the {item}.", "calls": []}
        case (_, receipt):
            reply = {"text": f"Bought: {receipt}", "calls": []}
    return reply
