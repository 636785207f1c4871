// Works off dining's boards one by one: what is not acknowledged comes again, also after a restart of either side.
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

type Board = { revision: number; room?: string; guest: string; items: { text: string }[] };
const bus = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  user: "macau-dining", pass: process.env.NATS_PASSWORD ?? "", inboxPrefix: "_INBOX_macau-dining",
});
const boards = await jetstream(bus).consumers.get("CARDEX_PROMPTS", "BOARD-macau-FOR-dining");
for await (const message of await boards.consume()) {
  const board = message.json<{ data: Board }>().data;
  console.log(board.revision, board.room, board.guest, ...board.items.map((item) => item.text));
  message.ack();
}
