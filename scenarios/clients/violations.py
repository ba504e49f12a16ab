"""From a botocore model: for each constraint of an operation's input, the smallest input that
breaks it.

Which answer is right is left to the caller.
"""

import copy
from dataclasses import dataclass

from botocore.exceptions import ClientError

# Strings that fit each pattern which our smallest inputs have to fit, by a piece of the pattern.
FITTING = [
    ("host\\/", "arn:aws:codestar-connections:us-east-1:000000000000:host/one-1a2b3c4d"),
    ("vpc-", "vpc-1a2b3c4d"),
    ("subnet-", "subnet-1a2b3c4d"),
    ("sg-", "sg-1a2b3c4d"),
    ("arn:aws(-[\\w]+)*:.+:.+:[0-9]{12}:.+", "arn:aws:codestar-connections:us-east-1:000000000000:connection/one"),
    ("arn:aws(-[\\w]+)*:iam", "arn:aws:iam::000000000000:role/pipeline"),
    (":kms:", "arn:aws:kms:us-east-1:000000000000:key/one"),
    ("[0-9a-fA-F]{8}", "1a2b3c4d-0000-4000-8000-000000000000"),
    ("[0-9a-f]{8}-", "1a2b3c4d-0000-4000-8000-000000000000"),
    ("https", "https://forge.example"),
    ("arn:", "arn:aws:codepipeline:us-east-1:000000000000:one"),
    ("[0-9A-Za-z_-]+", "1"),
]
ANYTHING = [".*", "^.*$", "[\\s\\S]*"]
DEPTH_MAX = 8


@dataclass
class Violation:
    """An input and what is wrong with it."""

    member: str
    fault: str
    given: dict

    def __str__(self):
        return f"{self.member} {self.fault}"


@dataclass
class Answer:
    """What the server said to it."""

    code: str
    message: str


def of(client, operation):
    """Every violation of the operation's input shape."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    base = smallest(shape) if shape else {}
    yield from _inside(shape, base, lambda broken: broken, DEPTH_MAX) if shape else []


def answer(client, operation, given):
    """The refusal, or a plain `accepted`."""
    method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
    try:
        getattr(client, method)(**given)
    except ClientError as refusal:
        return Answer(refusal.response["Error"]["Code"], refusal.response["Error"]["Message"])
    return Answer("accepted", "")


def smallest(shape):
    """The smallest value that the shape allows."""
    if shape.type_name == "structure":
        return {name: smallest(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [smallest(shape.member) for _ in range(shape.metadata.get("min", 0))]
    if shape.type_name == "map":
        return {}
    if shape.type_name in ("integer", "long"):
        return shape.metadata.get("min", 1)
    if shape.type_name == "boolean":
        return False
    if shape.type_name == "timestamp":
        return 0
    return _text(shape)


def _text(shape):
    if getattr(shape, "enum", None):
        return shape.enum[0]
    pattern = shape.metadata.get("pattern", "")
    fitting = next((text for piece, text in FITTING if pattern and piece in pattern), "one")
    return fitting.ljust(shape.metadata.get("min", 0), "e")


def _inside(shape, value, place, depth):
    """Violations at and below `shape`; `place` puts a broken part into the whole input."""
    if depth == 0:
        return
    if shape.type_name == "structure":
        yield from _of_structure(shape, value or smallest(shape), place, depth)
    elif shape.type_name == "list":
        yield from _of_list(shape, place, depth)
    elif shape.type_name == "map":
        yield from _of_map(shape, place, depth)
    else:
        yield from _of_leaf(shape, place)


def _of_structure(shape, value, place, depth):
    for name in shape.required_members:
        without = {key: kept for key, kept in value.items() if key != name}
        yield Violation(name, "is missing", place(without))
    for name, member in shape.members.items():
        def within(broken, name=name):
            return place({**copy.deepcopy(value), name: broken})

        for violation in _inside(member, value.get(name), within, depth - 1):
            yield Violation(violation.member or name, violation.fault, violation.given)


def _of_list(shape, place, depth):
    yield from _of_sizes(shape, place, lambda number: [smallest(shape.member)] * number)
    least = max(1, shape.metadata.get("min", 1))

    def within(broken):
        return place([broken] + [smallest(shape.member)] * (least - 1))

    yield from _inside(shape.member, None, within, depth - 1)


def _of_map(shape, place, depth):
    part = smallest(shape.value)
    yield from _of_sizes(shape, place, lambda number: {f"k{i}": part for i in range(number)})
    yield from _inside(shape.key, None, lambda broken: place({broken: part}), depth - 1)
    yield from _inside(shape.value, None, lambda broken: place({"k": broken}), depth - 1)


def _of_leaf(shape, place):
    if shape.type_name in ("integer", "long"):
        yield from _of_range(shape, place)
    if shape.type_name != "string":
        return
    if getattr(shape, "enum", None):
        yield Violation("", "is none of its values", place("NoSuchValue"))
        return
    yield from _of_sizes(shape, place, lambda number: "a" * number)
    if shape.metadata.get("pattern") not in (None, *ANYTHING):
        yield Violation("", "has a character outside its pattern", place("\u00e9 " * max(1, shape.metadata.get("min", 1))))


def _of_sizes(shape, place, sized):
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if least > 0:
        yield Violation("", f"has fewer than {least}", place(sized(least - 1)))
    if most is not None and most < 1_000_000:
        yield Violation("", f"has more than {most}", place(sized(most + 1)))


def _of_range(shape, place):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None:
        yield Violation("", f"is below {least}", place(least - 1))
    if most is not None:
        yield Violation("", f"is above {most}", place(most + 1))
