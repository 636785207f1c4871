"""Works off dining's boards one by one: what is not acknowledged comes again, also after a restart of either side."""
import asyncio, json, os
import nats

async def main():
    bus = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), user="macau-dining",
                             password=os.environ.get("NATS_PASSWORD", ""), inbox_prefix="_INBOX_macau-dining")
    boards = await bus.jetstream().pull_subscribe_bind("BOARD-macau-FOR-dining", "CARDEX_PROMPTS")
    while True:
        try:
            messages = await boards.fetch(10, timeout=30)
        except nats.errors.TimeoutError:
            continue  # no news
        for message in messages:
            board = json.loads(message.data)["data"]
            items = (item["text"] for item in board["items"])
            print(board["revision"], board.get("room"), board["guest"], *items, flush=True)
            await message.ack()

asyncio.run(main())
