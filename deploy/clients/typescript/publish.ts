// Publishes what a guest told dining: node built/publish.js 1012 dining.cuisine sichuan
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { connect, headers } from "@nats-io/transport-node";

const [room, attribute, value] = process.argv.slice(2);
const subject = "cardex.macau.observation.dining.staff"; // property, department and app: who speaks
// By the hotel's clock: the date in it is the day.
const now = new Date(Date.now() + 8 * 3_600_000).toISOString().replace("Z", "+08:00");
const event = {
  specversion: "1.0", type: "cardex.observation.recorded.v1", source: "/dining/staff",
  id: randomUUID(), time: now, datacontenttype: "application/json",
  data: { about: { room }, observed_at: now, how: "stated", statements: [{ attribute, value }] },
};
const bus = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  user: "macau-dining", pass: process.env.NATS_PASSWORD ?? "", inboxPrefix: "_INBOX_macau-dining",
});
const head = headers();
head.set("Nats-Msg-Id", `${subject}:${event.id}`); // the very same is sent again until it is stored, and counts once
for (let stored = false; !stored; ) {
  const sent = bus.request(subject, JSON.stringify(event), { timeout: 5_000, headers: head });
  const ack = await sent.catch((error) => console.error(`not stored yet: ${error.message}`));
  stored = ack ? ack.json<{ seq?: number }>().seq !== undefined : false;
  if (stored) console.log(ack!.string());
  else await setTimeout(1_000);
}
await bus.drain();
