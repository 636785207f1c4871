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
import urllib.request
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

    def __init__(self, stack, cardex, languages):
        self.stack, self.cardex, self.languages = stack, cardex, languages
        self.data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardex-clients-")))
        # What the clients are told, and what commands of `cardex` are, as the operator and as a service.
        self.environment, self.operator, self.service = {}, [], []

    def start(self, name, command):
        return self.stack.enter_context(Program(name, command, self.environment))

    def up(self):
        """Starts Cardex with a server of its own, which has no users, and a gateway for dining."""
        made = json.loads(self.ask("gateway", "token", "--name", "dining-screen", "--property", "macau",
                                   "--department", "dining", "--json"))
        self.hook, self.secret, vendors = free_port(), self.data / "dining.secret", self.data / "vendors.toml"
        secret_file = self.ask("gateway", "secret", "--out", str(self.secret))
        vendors.write_text(f"""{made["entry"]}
[[webhook]]
name = "dining-screen"
property = "macau"
department = "dining"
url = "http://127.0.0.1:{self.hook}/boards"
{secret_file}""")
        up = self.start("cardex up", [self.cardex, "up", "--json", "--data", self.data / "up",
                                      "--set", f"server.port={free_port()}", "--set", "gateway.listen=127.0.0.1:0",
                                      "--set", f"gateway.vendors_file={vendors}"])
        told = json.loads(up.line_with('"urls"'))
        url, gateway = told["urls"][0], f"http://{told['gateway']}"
        self.environment = {"NATS_URL": url, "BOARDS_TOKEN": made["token"], "BOARDS_URL": gateway}
        self.operator = self.service = ["--nats", url]
        self.prepare()

    def serve(self):
        """Starts a server that has the users of a generated configuration, and nothing of Cardex yet."""
        address, self.monitoring, bus = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", self.data / "bus"
        self.ask("bus", "config", "--property", "macau", "--department", "dining", "--listen", address,
                 "--monitoring", self.monitoring, "--store-dir", str(self.data / "nats"), "--out", str(bus))
        server = self.start("nats-server", [os.environ["CARDEX_NATS_SERVER"], "--config", bus / "nats-server.conf"])
        server.line_with("Server is ready")
        url = f"nats://{address}"

        def settings(user):
            password = bus / f"{user}.password"
            return ["--nats", url, "--set", f"nats.user={user}", "--set", f"nats.password_file={password}"]

        self.operator, self.service = settings("operator"), settings("checkin")
        self.aggregator = settings("aggregator")
        password = (bus / "macau-dining.password").read_text().strip()
        self.environment = {"NATS_URL": url, "NATS_USER": "macau-dining", "NATS_PASSWORD": password}

    def hears(self, messages):
        """Waits until the server has been sent so many messages."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"http://{self.monitoring}/varz", timeout=PATIENCE) as answer:
                if json.load(answer)["in_msgs"] >= messages:
                    return
        fail(f"the server was not sent {messages} messages")

    def open(self):
        """Starts the services, each as its own user."""
        for service, settings in [("aggregator", self.aggregator), ("checkin", self.service)]:
            command = [self.cardex, service, "--json", "--data", self.data / "services", *settings]
            self.start(f"cardex {service}", command).line_with('"urls"')
        self.prepare()

    def prepare(self):
        self.ask("bus", "prepare", "--property", "macau", "--department", "dining", settings=self.service)

    def ask(self, *arguments, settings=()):
        """What a command of `cardex` says."""
        command = [self.cardex, *arguments, *settings]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            fail(f"cardex {' '.join(arguments)} failed", done.stderr)
        return done.stdout

    def check_in(self):
        """A guest who has been in room 1012 for an hour."""
        arrived = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat(timespec="seconds")
        self.ask("stay", "check-in", "--property", "macau", "--reservation", "R1", "--room", "1012",
                 "--title", "Mr", "--family", "Zhuang", "--at", arrived, settings=self.operator)

    def claims(self, at_least):
        """What is known of the guest once so much is read: value → in how many observations it was said."""
        told = json.loads(self.ask("profile", "explain", "--property", "macau", "--reservation", "R1",
                                   "--at-least", str(at_least), "--json", settings=self.operator))
        return {claim["value"]: len(claim["evidence"]) for claim in told["claims"]}

    def publish(self, language):
        """Starts a language's publisher."""
        attribute, value, _ = TOLD[language]
        return self.start(f"publish in {language}", [*self.languages[language]("publish"), "1012", attribute, value])

    def read(self, language, program="boards"):
        """Starts a language's reader."""
        return self.start(f"{program} in {language}", self.languages[language](program))

    def counted_once(self, at_least):
        """Fails unless the profile holds what every publisher said, once each."""
        said = {TOLD[language][1]: 1 for language in self.languages}
        if (claims := self.claims(at_least)) != said:
            fail(f"the profile says {claims}; published was {said}")
        ok("the profile holds every observation, once")


# The languages whose publisher sends again until it is stored, and that read durably.
THOROUGH = ["Python", "TypeScript"]
# What each language's publisher says, and a word of what dining is then told to do.
TOLD = {
    "Python": ("dining.cuisine", "sichuan", "Sichuan"),
    "TypeScript": ("dining.condiment", "numbing_spicy_sauce", "numbing-spicy"),
    "the nats tool": ("drink.tea", "jasmine", "jasmine"),
}


def words(house):
    return [TOLD[language][2] for language in house.languages]


def acknowledged(publisher):
    """The sequence of what a publisher says was stored."""
    ack = json.loads(publisher.succeeded())
    if ack.get("stream") != "CARDEX_EVENTS":
        fail(f"{publisher.name} printed no acknowledgement")
    return ack["seq"]


def publish_and_read(house):
    """Every language's publisher is heard by every language's reader, also by one that starts when all is said."""
    house.check_in()
    early = {language: house.read(language) for language in house.languages}
    for language in house.languages:
        sequence = acknowledged(house.publish(language))
        ok(f"{language}: the observation is acknowledged")
        for reader, boards in early.items():
            boards.line_with("1012", "Mr Zhuang", TOLD[language][2])
            ok(f"{language}: it reached the board that {reader} reads")
    for language in house.languages:
        house.read(language).line_with("1012", "Mr Zhuang", *words(house))
        ok(f"{language}: who comes late reads the board as it stands")
    house.counted_once(sequence)


def publish_twice(house, clients):
    """The very same event, published again by the example's own function, is told to be a duplicate and counts once."""
    sys.path.insert(0, str(clients / "python"))
    sys.dont_write_bytecode = True
    import nats  # of the environment that the runner made
    import publish

    async def twice():
        bus = await nats.connect(house.environment["NATS_URL"])
        now = datetime.now(timezone.utc).isoformat()
        event = {"specversion": "1.0", "type": "cardex.observation.recorded.v1", "source": "/dining/staff",
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


def over_http(house, clients, python):
    """Without NATS: the boards by asking, as events and by webhook, and what becomes of an item."""
    receiver = house.start("receiver.py", [python, clients / "http" / "receiver.py", str(house.hook), house.secret])
    receiver.line_with("1012", "Mr Zhuang", *words(house))
    ok("HTTP: the webhook's receiver is sent the board as it stands")
    if not shutil.which("curl"):
        print("- skipped: the examples with curl, which is not installed", flush=True)
        return
    events = house.start("boards.sh", [clients / "http" / "boards.sh"])
    board = json.loads(events.line_with("data: ", *words(house)).removeprefix("data: "))["data"]
    ok("HTTP: the stream of events begins with the board as it stands")
    item = board["items"][0]
    outcome = house.start("outcome.sh", [clients / "http" / "outcome.sh", board["stay"], item["id"], "done"])
    if not json.loads(outcome.succeeded())["sequence"]:
        fail("outcome.sh printed no acknowledgement")
    newer = json.loads(events.line_with("data: ", "Mr Zhuang").removeprefix("data: "))["data"]
    if item["id"] in (left["id"] for left in newer["items"]):
        fail("what was done is still on the board")
    receiver.line_with(str(newer["revision"]), "1012")
    ok("HTTP: what was done leaves the board, for the stream and for the webhook")
    events.process.terminate()


def publish_too_early(house):
    """With users: publishers that find no stream go on trying, and readers miss nothing of what they said."""
    house.serve()
    trying = [house.publish(language) for language in house.languages if language in THOROUGH]
    house.hears(len(trying))
    house.open()
    house.check_in()
    sequences = [acknowledged(publisher) for publisher in trying]
    ok("what was published before there was a stream is stored once there is one")
    sequences += [acknowledged(house.publish(language)) for language in house.languages if language not in THOROUGH]
    house.counted_once(max(sequences))
    for language in house.languages:
        house.read(language).line_with("1012", "Mr Zhuang", *words(house))
        ok(f"{language}: with users, too, the board is read as it stands")


def read_durably(house):
    """Each board goes to one reader, so each language's reader ends before the next begins, which gets what is new."""
    expected = words(house)
    for language in house.languages:
        if language in THOROUGH:
            with house.read(language, "boards_durable") as boards:
                boards.line_with("1012", "Mr Zhuang", *expected)
            ok(f"{language}: the durable reader gets what nobody has read yet")
            house.ask("observe", "--property", "macau", "--department", "dining", "--room", "1012", "--stated",
                      "dining.taste=sour", settings=house.operator)
            expected = ["sour"]


def main(cardex, clients, python, node=None, built=None):
    clients = Path(clients).resolve()
    languages = {"Python": lambda name: [python, clients / "python" / f"{name}.py"]}
    if node:
        languages["TypeScript"] = lambda name: [node, Path(built) / f"{name}.js"]
    if shutil.which("nats"):
        languages["the nats tool"] = lambda name: [clients / "nats-cli" / f"{name}.sh"]
    else:
        print("- skipped: the nats tool, which is not installed", flush=True)
    with ExitStack() as stack:
        house = House(stack, cardex, languages)
        house.up()
        publish_and_read(house)
        over_http(house, clients, python)
        publish_twice(house, clients)
    with ExitStack() as stack:
        house = House(stack, cardex, languages)
        publish_too_early(house)
        read_durably(house)


if __name__ == "__main__":
    main(*sys.argv[1:])
