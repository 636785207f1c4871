// Shows dining's boards: those that are open now, then each change as it comes.
import { connect } from "@nats-io/transport-node";

type Board = { stay: string; revision: number; room?: string; guest: string; items: { text: string }[] };
const shown = new Map<string, number>();
function show(board: Board) { // a board is complete: it takes the place of the one before
  if (board.revision <= (shown.get(board.stay) ?? 0)) return;
  shown.set(board.stay, board.revision);
  console.log(board.revision, board.room, board.guest, ...board.items.map((item) => item.text));
}

const bus = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  user: "macau-dining", pass: process.env.NATS_PASSWORD ?? "", inboxPrefix: "_INBOX_macau-dining",
});
const changes = bus.subscribe("cardex.macau.prompt.dining.*"); // before asking, so that nothing falls in between
const answer = await bus.request("cardex.profile.macau.dining.boards", "{}", { timeout: 5_000 });
answer.json<{ boards: Board[] }>().boards.forEach(show);
for await (const change of changes) show(change.json<{ data: Board }>().data);
