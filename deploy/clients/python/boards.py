"""Shows dining's boards: those that are open now, then each change as it comes."""
import asyncio, json, os
import nats

async def main():
    bus = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), user="macau-dining",
                             password=os.environ.get("NATS_PASSWORD", ""), inbox_prefix="_INBOX_macau-dining")
    shown = {}

    def show(board):  # a board is complete: it takes the place of the one before
        if board["revision"] > shown.get(board["stay"], 0):
            shown[board["stay"]] = board["revision"]
            items = (item["text"] for item in board["items"])
            print(board["revision"], board.get("room"), board["guest"], *items, flush=True)

    changes = await bus.subscribe("cardex.macau.prompt.dining.*")  # before asking, so that nothing falls in between
    answer = await bus.request("cardex.profile.macau.dining.boards", b"{}", timeout=5)
    for board in json.loads(answer.data)["boards"]:
        show(board)
    async for change in changes.messages:
        show(json.loads(change.data)["data"])

asyncio.run(main())
