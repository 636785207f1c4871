"""Runs the example clients of deploy/clients against a real Cardex, as a department would.

check.py CARDEX CLIENTS PYTHON [NODE BUILT]: the program, deploy/clients, a Python that has the requirements, and
where there is a Node, it and the directory of the compiled TypeScript.
"""

import asyncio
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

# How long anything awaited may take, in seconds.
PATIENCE = 60


class Program:
    """A running program whose lines of output can be waited for; ended with the stack that it is on."""

    def __init__(self, name, command, environment):
        self.name, self.lines = name, queue.Queue()
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip())
        self.lines.put(None)

    def line_with(self, *words):
        """The next line that holds all of these."""
        deadline, seen = time.monotonic() + PATIENCE, []
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                fail(f"{self.name} did not print {words}; it printed", *seen)
            if all(word in line for word in words):
                return line
            seen.append(line)

    def succeeded(self):
        """Waits for the program's end, which must be a good one; its last line."""
        last = None
        while (line := self.lines.get(timeout=PATIENCE)) is not None:
            last = line
        if self.process.wait(PATIENCE) != 0:
            fail(f"{self.name} failed: {last}")
        return last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fail(*lines):
    raise SystemExit("\n    ".join(map(str, lines)))


def ok(what):
    print(f"✓ {what}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """A hotel's bus with Cardex on it, and the programs of its staff."""

    def __init__(self, stack, cardex, clients, python, node, built):
        self.stack, self.cardex = stack, cardex
        self.languages = {"Python": lambda name: [python, clients / "python" / f"{name}.py"]}
        if node:
            self.languages["TypeScript"] = lambda name: [node, Path(built) / f"{name}.js"]
        if shutil.which("nats"):
            self.languages["the nats tool"] = lambda name: [clients / "nats-cli" / f"{name}.sh"]
        else:
            print("- skipped: the nats tool, which is not installed", flush=True)
        self.data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardex-clients-")))
        self.environment = {}

    def start(self, name, command):
        return self.stack.enter_context(Program(name, command, self.environment))

    def up(self):
        """Starts Cardex with a server of its own."""
        port = free_port()
        up = self.start("cardex up", [self.cardex, "up", "--json", "--data", self.data / "up",
                                      "--set", f"server.port={port}"])
        url = json.loads(up.line_with('"urls"'))["urls"][0]
        self.environment = {"NATS_URL": url}
        self.settings = ["--nats", url]

    def ask(self, *arguments):
        """What a command of `cardex` says."""
        command = [self.cardex, *arguments, *self.settings]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            fail(f"cardex {' '.join(arguments)} failed", done.stderr)
        return done.stdout

    def check_in(self, room, reservation):
        arrived = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat(timespec="seconds")
        self.ask("stay", "check-in", "--property", "macau", "--reservation", reservation, "--room", room,
                 "--title", "Mr", "--family", "Zhuang", "--at", arrived)


    def claims(self, at_least):
        """What dining may know of the guest once so much is read: value → in how many observations it was said."""
        told = json.loads(self.ask("profile", "explain", "--property", "macau", "--as", "dining",
                                   "--reservation", "R1", "--at-least", str(at_least), "--json"))
        return {claim["value"]: len(claim["evidence"]) for claim in told["claims"]}


# What each language's publisher says, and a word of what dining is then told to do.
TOLD = {
    "Python": ("dining.cuisine", "sichuan", "Sichuan"),
    "TypeScript": ("dining.condiment", "numbing_spicy_sauce", "numbing-spicy"),
    "the nats tool": ("drink.tea", "jasmine", "jasmine"),
}


def publish_and_read(house):
    """Every language's publisher is heard by every language's reader, also by one that starts when all is said."""
    house.check_in("1012", "R1")
    early = {language: house.start(f"boards in {language}", command("boards"))
             for language, command in house.languages.items()}
    for language, command in house.languages.items():
        attribute, value, word = TOLD[language]
        publisher = house.start(f"publish in {language}", [*command("publish"), "1012", attribute, value])
        ack = json.loads(publisher.succeeded())
        if ack.get("stream") != "CARDEX_EVENTS":
            fail(f"{language}: the publisher printed no acknowledgement")
        ok(f"{language}: the observation is acknowledged")
        for reader, boards in early.items():
            boards.line_with("1012", "Mr Zhuang", word)
            ok(f"{language}: it reached the board that {reader} reads")
    words = [TOLD[language][2] for language in house.languages]
    for language, command in house.languages.items():
        house.start(f"late boards in {language}", command("boards")).line_with("1012", "Mr Zhuang", *words)
        ok(f"{language}: who comes late reads the board as it stands")
    said = {TOLD[language][1]: 1 for language in house.languages}
    if (claims := house.claims(ack["seq"])) != said:
        fail(f"the profile says {claims}; published was {said}")
    ok("the profile holds every observation, once")


def publish_twice(house, clients):
    """The very same event, published again by the example's own function, is told to be a duplicate and counts once."""
    sys.path.insert(0, str(clients / "python"))
    sys.dont_write_bytecode = True
    import nats  # of the environment that the runner made
    import publish

    async def twice():
        bus = await nats.connect(house.environment["NATS_URL"])
        now = datetime.now(timezone.utc).isoformat()
        event = {"specversion": "1.0", "type": "cardex.observation.recorded.v1", "source": "/dining/pos",
                 "id": "01JD8ZK3S8X4V0YJ6T5N2B7QCM", "time": now, "datacontenttype": "application/json",
                 "data": {"about": {"room": "1012"}, "observed_at": now, "how": "observed",
                          "statements": [{"attribute": "dining.taste", "value": "sour"}]}}
        acks = [await publish.publish(bus, event) for _ in range(2)]
        await bus.close()
        return acks

    first, second = asyncio.run(twice())
    if second != {**first, "duplicate": True}:
        fail(f"published twice, it was acknowledged with {first} and {second}")
    if (claims := house.claims(first["seq"])).get("sour") != 1:
        fail(f"published twice, it does not count once: {claims}")
    ok("the same event again is a duplicate and counts once")


def main(cardex, clients, python, node=None, built=None):
    clients = Path(clients).resolve()
    with ExitStack() as stack:
        house = House(stack, cardex, clients, python, node, built)
        house.up()
        publish_and_read(house)
        publish_twice(house, clients)


if __name__ == "__main__":
    main(*sys.argv[1:])
