// A player in Node, as tests run it: reports every `everyMs` until its stdin ends, flushes, reads
// back if it shall, and prints what happened as one line of JSON. Its clock is wrong by `wrongByMs`.
import { randomUUID } from "node:crypto";

import { ProgressClient } from "../../../clients/js/ugc-client.js";

const { url, token, film, everyMs, wrongByMs, readsBack } = JSON.parse(process.argv[2]);
const dropped = [];
const client = new ProgressClient(url, token, {
  wall: () => Date.now() + wrongByMs,
  onDropped: (event, code) => dropped.push(code),
});

client.report(randomUUID(), 1, 2); // another film
const reported = {};
const report = () => {
  const progress = Object.keys(reported).length;
  reported[client.report(film, progress, 5400)] = progress;
};
report();
const timer = setInterval(report, everyMs);
for await (const _ of process.stdin);
clearInterval(timer);
const flushed = await client.flush(30_000);

// Both reads, until they have the last event: they are of tables that are written one after another.
const last = Object.keys(reported).at(-1);
let [position, watched] = [null, []];
const readBack = () => position?.latest.event_id === last && watched[0]?.progress === reported[last];
for (let n = 0; readsBack && n < 250 && !readBack(); n++) {
  await new Promise((done) => setTimeout(done, 20));
  position = await client.position(film);
  watched = [];
  for await (const item of client.continueWatching(1)) watched.push(item);
}
await client.close();
const { sent, accepted } = client;
console.log(JSON.stringify({ reported, flushed, sent, accepted, dropped, position, watched }));
