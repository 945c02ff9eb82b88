"""Cases with several faults and several records at once, and a model of the RFCs.

The model knows who signed what and which faults were made; it parses nothing
and verifies nothing.

    record --> usable? --> counts? (RFC 7671 9) --> vouches? --> outcome
"""

import random

import cases
import chains
from cases import AUTHENTICATED, FAILED, UNUSABLE

SEED = 7672
COUNT = 120
_STRENGTH = {1: 1, 2: 2}  # of digests; Full(0) is none
# What may be wrong, by the certificate that it spoils.
_FORGED = {"signer": chains.shared_key("ecdsa", "forger")}
_FAULTS = {
    "leaf": ({"days": chains.EXPIRED}, {"names": ["other.example"]},
             {"purposes": ["client"]}, _FORGED),
    "intermediate": ({"days": chains.EXPIRED}, {"authority": False},
                     {"excluded": [cases.ZONE]}, _FORGED),
    "root": ({"days": chains.EXPIRED}, {"path_length": 0},
             {"permitted": ["other.example"]}),
}


def random_cases():
    dice = random.Random(SEED)
    for number in range(COUNT):
        yield _random_case(f"random{number}", dice)


def _random_case(name, dice):
    faults = {part: dice.choice(choices) for part, choices in _FAULTS.items()
              if dice.random() < 0.2}
    stranger = chains.issue("Stranger", authority=True)
    chain = cases.Chain(f"{name}.{cases.ZONE}", **faults)
    parts = {"leaf": chain.leaf, "intermediate": chain.intermediate,
             "root": chain.root, "stranger": stranger}
    sent = _sent(chain, stranger, dice)
    records = [_record(parts, dice) for _ in range(dice.randint(1, 4))]
    return cases.Case(
        name, sent, [text for _, text in records],
        _outcome([numbers for numbers, _ in records],
                 {part: next(iter(fault)) for part, fault in faults.items()},
                 chain.root in sent), "the model of random_cases.py")


def _sent(chain, stranger, dice):
    """In any order after the first, with or without the root and a stranger."""
    rest = [chain.intermediate]
    rest += [each for each in (chain.root, stranger) if dice.random() < 0.7]
    dice.shuffle(rest)
    return [chain.leaf, *rest]


def _record(parts, dice):
    """(usage, selector, matching, part, well-formed), presentation form."""
    usage = dice.choice((0, 1, 2, 2, 2, 3, 3))
    numbers = usage, dice.randrange(2), dice.randrange(3)
    fitting = "leaf" if usage in (1, 3) else dice.choice(("intermediate", "root"))
    part = fitting if dice.random() < 0.5 else dice.choice(list(parts))
    text = chains.tlsa(parts[part], *numbers)
    if dice.random() < 0.1:
        return (*numbers, part, False), text[:-2]
    return (*numbers, part, True), text


def _outcome(records, faults, root_sent):
    usable = [record for record in records if record[0] in (2, 3) and record[4]]
    if not usable:
        return UNUSABLE
    for record in usable:
        if _counts(record, usable) and _vouches(record, faults, root_sent):
            return AUTHENTICATED
    return FAILED


def _counts(record, usable):
    """RFC 7671 9: no stronger digest of the same usage and selector."""
    return not any(other[:2] == record[:2]
                   and _STRENGTH.get(other[2], 0) > _STRENGTH[record[2]]
                   for other in usable) if record[2] else True


def _vouches(record, faults, root_sent):
    usage, selector, matching, part, _ = record
    if usage == 3:
        return part == "leaf"
    if part == "intermediate":
        # As an anchor it is trusted, whoever signed it and until when.
        return ("leaf" not in faults and
                faults.get("intermediate", "days") in ("days", "signer"))
    if part != "root" or faults.keys() & {"leaf", "intermediate"}:
        return False
    if not root_sent and matching == 0 and selector == 1:
        return True  # the key alone, which restricts nothing
    return "root" not in faults and (root_sent or matching == 0)
