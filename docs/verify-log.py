#!/usr/bin/env python3
"""Verifies an export of a Filament log. Written from docs/log-verification.md alone, with the standard library only.

Usage: verify-log.py EXPORT [PUBLIC_KEY]. Exit code 0: as sealed; 3: not as sealed, with the first finding.
"""
import base64
import hashlib
import json
import struct
import sys

EVENT = ["position", "stream", "revision", "event_id", "type", "version", "scope", "actor",
         "correlation_id", "causation_id", "recorded_at", "payload"]
SEAL = ["installation", "first", "last", "events", "root", "previous", "key", "nextKey", "at"]

# Ed25519 as in RFC 8032, section 5.1, in plain affine coordinates: slow, and easy to compare with the text.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def recover(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    return (P - x if x & 1 != sign else x, y)


def plus(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def times(n, point):
    total = (0, 1)
    while n:
        if n & 1:
            total = plus(total, point)
        point, n = plus(point, point), n >> 1
    return total


BASE = recover(((4 * pow(5, -1, P)) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    try:
        key, signature = (base64.urlsafe_b64decode(text + "==") for text in (key, signature))
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
        return s < L and times(s, BASE) == plus(recover(r), times(h, recover(key)))
    except ValueError:
        return False


def encode(kind, texts):
    parts = [b"\xff\xff\xff\xff" if text is None else struct.pack(">I", len(text.encode())) + text.encode()
             for text in texts]
    return bytes([kind]) + b"".join(parts)


def text(value):
    return value if value is None or isinstance(value, str) else str(value)


def tree(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree(leaves[:k]) + tree(leaves[k:])).digest()


def check(lines, key):
    header = json.loads(next(lines)[1])
    whole, trusted, doubt = header["from"] is None, {key} - {None}, None
    before, after, waiting, last, begin = None, None, [], None, None
    digest, events = hashlib.sha256(json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"), 0
    for number, line in lines:
        if not line.endswith(b"\n"):
            return f"line {number} is cut off"
        fields = json.loads(line)
        if list(fields) == ["events", "sha256", "key", "signature"]:
            if (fields["events"], fields["sha256"]) != (events, digest.hexdigest()):
                return "the sum in the trailer is another"
            if not is_signed(fields["key"], encode(2, ["filament export 1", fields["sha256"]]), fields["signature"]):
                return "the signature of the trailer is wrong"
            if trusted and fields["key"] not in trusted:
                return "nobody vouches for the key of the trailer"
            return doubt or (f"something stands after line {number}" if next(lines, None) else None)
        digest.update(line)
        events += 1
        position = fields["position"]
        leaf = hashlib.sha256(encode(0, [text(fields[name]) for name in EVENT])).digest()
        if leaf.hex() != fields["leaf"]:
            return f"altered at {position}"
        start = "0" * len(position) if whole else None
        previous = before or start
        if previous is not None and len(position) == 20 and int(position) != int(previous) + 1:
            return f"missing, inserted or moved at {position}"
        if previous is not None and position <= previous:
            return f"inserted or moved at {position}"
        if fields["after"] != after:
            return f"missing before {position}"
        before, after = position, leaf.hex()
        waiting.append((position, leaf))
        begin = begin or position
        if fields["type"] != "LogSealed" or fields["stream"] != "log":
            continue
        seal = json.loads(fields["payload"])
        signed = encode(2, ["filament seal 1"] + [text(seal[name]) for name in SEAL])
        if fields["version"] != 1 or not is_signed(seal["key"], signed, seal["signature"]):
            return f"the seal at {position} is altered"
        if seal["installation"] != header["installation"]:
            return f"the seal at {position} is of another installation"
        inside = [entry for entry in waiting if entry[0] <= seal["last"]]
        if (last is not None or whole) and seal["previous"] != last:
            return f"another seal stands before {position}"
        if whole or seal["first"] >= begin:
            if len(inside) != seal["events"] or inside[0][0] != seal["first"] or inside[-1][0] != seal["last"]:
                return f"missing or inserted between {seal['first']} and {seal['last']}"
            if tree([entry[1] for entry in inside]).hex() != seal["root"]:
                return f"altered between {seal['first']} and {seal['last']}"
        waiting, last = waiting[len(inside):], leaf.hex()
        trusted = trusted or {seal["key"]}
        if seal["key"] in trusted:
            doubt = None
            trusted |= {seal["nextKey"]} - {None}
        else:
            doubt = doubt or f"nobody vouches for the key of the seal at {position}"
    return "there is no trailer"


def main():
    with open(sys.argv[1], "rb") as file:
        try:
            finding = check(enumerate(file, 1), sys.argv[2] if len(sys.argv) > 2 else None)
        except (ValueError, KeyError, TypeError, StopIteration) as error:
            finding = f"a line is damaged: {error!r}"
    print("as sealed" if finding is None else f"NOT AS SEALED: {finding}")
    sys.exit(0 if finding is None else 3)


if __name__ == "__main__":
    main()
