#!/usr/bin/env python3
"""Computes context_vectors.json: the fold where trips are for a purpose, from the rules alone and not from the Rust.

Rules 1 to 7 of the fold stand as they are, with two additions. `purpose` of a vector is what the guest comes for;
evidence may have one, too. A piece is *foreign* when both have a purpose and the two differ.

3a. The weight of a foreign piece is floor(weight * other_purpose_permille / 1000), and at least 1 where it was not 0. This
    comes after the source's factor and before the discount of a newer statement.
3b. The newest statement that discounts older evidence is looked for among the pieces that are not foreign.

Run it to write the file anew: python3 tests/vectors/context_vectors.py
"""

import json
import math
import pathlib
from fractions import Fraction

ONE = 1 << 32
SOURCES = {"stated": 6000, "observed": 1500, "inferred": 500}
OTHER_PURPOSE = 500
NEWER_STATED = 250
PRIOR = 2 * ONE
MILLION = 10**6


def root_constants():
    """round(2^(32 - 2^-i)), i = 1..32, by integer square roots with 64 bits to spare."""
    constants, spare = [], 96
    value = 1 << (spare + 1)  # 2.0
    for _ in range(32):
        value = math.isqrt(value << spare)
        constants.append(round(Fraction(ONE * (1 << spare), value)))
    return constants


CONSTANTS = root_constants()


def halved(age, half_life):
    if half_life == 0 or age <= 0:
        return ONE
    whole, part = divmod((age << 32) // half_life, ONE)
    if whole >= 40:
        return 0
    result = ONE
    for place, constant in enumerate(CONSTANTS):
        if part >> (31 - place) & 1:
            result = (result * constant + (1 << 31)) >> 32
    return result >> whole


def foreign(vector, piece):
    asked, noted = vector.get("purpose"), piece.get("purpose")
    return asked is not None and noted is not None and asked != noted


def live(vector):
    gone = {e["retracts"] for e in vector["evidence"] if "retracts" in e}
    pieces = {e["id"]: e for e in vector["evidence"] if "retracts" not in e and e["id"] not in gone}
    return [p for _, p in sorted(pieces.items()) if p["day"] <= vector["as_of_day"]]


def weighed(vector, pieces):
    """(value, polarity, weight) of what counts."""
    newest = None
    if vector["kind"] == "single":
        stated = [p for p in pieces if p["source"] == "stated" and p["polarity"] == "for" and not foreign(vector, p)]
        newest = max(stated, key=lambda p: (p["day"], p["id"], p["value"]), default=None)
    alone, of_stay = [], {}
    for piece in pieces:
        weight = halved(vector["as_of_day"] - piece["day"], vector["half_life_days"]) * SOURCES[piece["source"]] // 1000
        if foreign(vector, piece) and weight > 0:
            weight = max(1, weight * OTHER_PURPOSE // 1000)
        if newest and piece["polarity"] == "for" and piece["value"] != newest["value"] and piece["day"] < newest["day"]:
            weight = weight * NEWER_STATED // 1000
        about = (piece["value"], piece["polarity"])
        if piece["stay"] is None:
            alone.append((*about, weight))
        else:
            key = (piece["stay"], *about, piece["source"])
            of_stay[key] = max(of_stay.get(key, 0), weight)
    return alone + [(value, polarity, w) for (_, value, polarity, _), w in of_stay.items()]


def sums(counted):
    own = {}
    for value, polarity, weight in counted:
        own.setdefault(value, {"for": 0, "against": 0})[polarity] += weight
    return own


def against(own, p, base):
    if own["against"] > 0 and p <= base // 2:
        return "avoids"
    if own["against"] > own["for"] and p < base:
        return "avoid_hint"
    return None


def multi(vector):
    base, result = vector["base_ppm"], {}
    for value, own in sorted(sums(weighed(vector, live(vector))).items()):
        n = own["for"] + own["against"] + PRIOR
        p = (own["for"] * MILLION + PRIOR * base) // n
        wanted = "prefers" if p >= 500_000 else "hint" if p >= 300_000 else None
        result[value] = {
            "for_q32": own["for"],
            "against_q32": own["against"],
            "p_ppm": p,
            "confidence_ppm": MILLION - PRIOR * MILLION // n,
            "verdict": against(own, p, base) or (wanted if own["for"] else None),
        }
    return result


def single(vector):
    pieces = live(vector)
    if isinstance(vector["base_ppm"], dict):
        base = dict(vector["base_ppm"])
        pieces = [p for p in pieces if p["value"] in base]
    else:
        seen = sorted({p["value"] for p in pieces})
        share = min(vector["base_ppm"], MILLION // (len(seen) + 1))
        base = {value: share for value in seen} | {"": MILLION - share * len(seen)}
    counted = weighed(vector, pieces)
    weight = {value: 0 for value in base}
    for value, polarity, w in counted:
        if polarity == "for":
            weight[value] += w
        else:
            for other in base:
                if other != value and base[value] < MILLION:
                    weight[other] += w * base[other] // (MILLION - base[value])
    n = sum(weight.values()) + PRIOR
    p = {value: (weight[value] * MILLION + PRIOR * base[value]) // n for value in base}

    def ahead(value):
        return p[value] - max((q for other, q in p.items() if other != value), default=0)

    named = [value for value in sorted(p) if value != ""]
    first = max(named, key=lambda value: p[value], default=None)
    own = sums(counted)
    verdicts = {value: said for value, o in own.items() if (said := against(o, p[value], base[value]))}
    wanted = sorted(value for value, o in own.items() if o["for"] > 0)
    if wanted:
        top = max(wanted, key=lambda value: p[value])
        if ahead(top) >= 200_000 and p[top] >= 500_000:
            verdicts[top] = "prefers"
        elif ahead(top) < 200_000 and p[top] >= 300_000 and sum(o["for"] for o in own.values()) * 2 >= 3 * ONE:
            for value in wanted:
                if p[top] - p[value] < 200_000:
                    verdicts.setdefault(value, "ask")
        elif p[top] >= 300_000:
            verdicts.setdefault(top, "hint")
    return {
        "weight_q32": weight,
        "p_ppm": p,
        "first": first,
        "margin_ppm": ahead(first) if first is not None else 0,
        "confidence_ppm": MILLION - PRIOR * MILLION // n,
        "verdicts": verdicts,
    }


def piece(name, day, value, source, purpose=None, stay=None, polarity="for"):
    told = {"id": name, "day": day, "value": value, "polarity": polarity, "source": source, "stay": stay}
    return told if purpose is None else told | {"purpose": purpose}


BEDS = {"any": 660_000, "king": 160_000, "queen": 40_000, "twin": 140_000}
WORK_AND_FAMILY = [
    piece("a", 1000, "king", "stated", "business", "s1"),
    piece("b", 1060, "twin", "stated", "family", "s2"),
]
PLAY = [
    piece("a", 900, "pool", "observed", "family", "s1"),
    piece("b", 950, "pool", "observed", "leisure", "s2"),
    piece("c", 990, "gym", "observed", "business", "s3"),
    piece("d", 995, "gym", "inferred", None, None),
    piece("e", 998, "pool", "stated", "business", "s4", "against"),
]


def inputs():
    trips = [None, "business", "leisure", "family"]
    for trip in trips:
        yield f"bed, {trip or 'no'} trip", "single", 1100, 1095, BEDS, trip, WORK_AND_FAMILY
        yield f"what to do, {trip or 'no'} trip", "multi", 1000, 365, 50_000, trip, PLAY
        yield f"floor, {trip or 'no'} trip", "single", 1100, 1460, 50_000, trip, [
            piece("a", 1000, "10", "stated", "business"),
            piece("b", 1010, "3", "observed", "family", "s2"),
            piece("c", 1020, "3", "observed", "family", "s2"),
            piece("d", 1030, "8", "stated", "leisure", "s3", "against"),
        ]
    # The day after 31 half-lives and a bit leaves one unit of weight: a half of it is still one.
    yield "the least weight stays the least", "multi", 31_300, 1000, 100_000, "business", [
        piece("a", 0, "a", "observed", "family"), piece("b", 0, "b", "observed"), piece("c", 0, "c", "inferred", "family"),
    ]
    yield "one stay, two purposes: the heavier counts", "multi", 1000, 365, 100_000, "business", [
        piece("a", 1000, "a", "observed", "family", "s1"), piece("b", 990, "a", "observed", "business", "s1"),
    ]
    yield "a newer statement of the same trip still discounts", "single", 1100, 1095, BEDS, "family", [
        piece("a", 1000, "king", "stated", "family"), piece("b", 1001, "twin", "stated", "family"),
    ]
    yield "a statement without a purpose discounts on every trip", "single", 1100, 1095, BEDS, "family", [
        piece("a", 1000, "king", "stated", "business"), piece("b", 1001, "twin", "stated"),
    ]
    yield "taken back on another trip", "single", 1100, 1095, BEDS, "business", [
        *WORK_AND_FAMILY, {"retracts": "b"}, piece("c", 1090, "king", "stated", "family", "s3", "against"),
    ]


def main():
    vectors = []
    for name, kind, day, half_life, base, purpose, evidence in inputs():
        vector = {"name": name, "kind": kind, "as_of_day": day, "half_life_days": half_life, "base_ppm": base}
        vector |= ({"purpose": purpose} if purpose else {}) | {"evidence": evidence}
        vectors.append(vector | {"expect": single(vector) if kind == "single" else multi(vector)})
    file = {"weight_permille": SOURCES, "other_purpose_permille": OTHER_PURPOSE, "vectors": vectors}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(file, indent=1, sort_keys=False) + "\n")
    print(f"{len(vectors)} vectors in {path.name}")


if __name__ == "__main__":
    main()
