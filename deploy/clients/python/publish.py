"""Publishes what a guest told dining: publish.py 1012 dining.cuisine sichuan"""
import asyncio, json, os, sys, uuid
from datetime import datetime, timedelta, timezone
import nats

SUBJECT = "cardex.macau.observation.dining.staff"  # property, department and app: who speaks

async def publish(bus, event):
    """Returns once the event is stored for good; sends the very same again until then, and it counts once."""
    while True:
        try:
            headers = {"Nats-Msg-Id": f"{SUBJECT}:{event['id']}"}
            ack = json.loads((await bus.request(SUBJECT, json.dumps(event).encode(), timeout=5, headers=headers)).data)
            if "seq" in ack:
                return ack
        except (nats.errors.TimeoutError, nats.errors.NoRespondersError) as error:
            print("not stored yet:", error, file=sys.stderr)
        await asyncio.sleep(1)

async def main(room, attribute, value):
    now = datetime.now(timezone(timedelta(hours=8))).isoformat()  # by the hotel's clock: the date in it is the day
    bus = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), user="macau-dining",
                             password=os.environ.get("NATS_PASSWORD", ""), inbox_prefix="_INBOX_macau-dining")
    ack = await publish(bus, {
        "specversion": "1.0", "type": "cardex.observation.recorded.v1", "source": "/dining/staff",
        "id": str(uuid.uuid4()), "time": now, "datacontenttype": "application/json",
        "data": {"about": {"room": room}, "observed_at": now, "how": "stated",
                 "statements": [{"attribute": attribute, "value": value}]}})
    print(json.dumps(ack))
    await bus.drain()

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
