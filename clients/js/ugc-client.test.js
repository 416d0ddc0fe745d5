/** The client against a real server: node --test ugc-client.test.js */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setTimeout as tick } from "node:timers/promises";

import { FILM, MANY, NOON, NO_ANSWER, ONE, answer, ids, refusal, scene } from "./scripted.js";
import { ProgressClient, ProgressError, uuid7 } from "./ugc-client.js";

const EXPIRED = answer(401, { code: "unauthorized" });
const times = (server) => server.posted().map(([event]) => Date.parse(event.event_time));
const nearly = (time, expected) => assert.ok(Math.abs(time - expected) <= 1000, String(time));

test("one event goes alone", async (t) => {
  const { client, server } = await scene(t);
  const event_id = client.report(FILM, 754.5, 5400);
  assert.equal(client.queued, 1);
  assert.ok(await client.flush());
  const [request] = server.requests;
  assert.equal(server.requests.length, 1);
  assert.deepEqual([request.method, request.path], ["POST", ONE]);
  assert.equal(request.headers.authorization, "Bearer the-token");
  assert.equal(request.headers["content-type"], "application/json");
  const event_time = "2027-01-15T08:00:00.000Z";
  assert.deepEqual(server.posted(), [[{ progress: 754.5, total: 5400, event_time, event_id }]]);
  const { sent, accepted, dropped, queued } = client;
  assert.deepEqual([sent, accepted, dropped, queued], [1, 1, 0, 0]);
});

test("an event id is a UUIDv7 of the moment", () => {
  const made = Array.from({ length: 100 }, () => uuid7(NOON));
  assert.equal(new Set(made).size, 100);
  const head = NOON.toString(16).padStart(12, "0").replace(/^(.{8})/, "$1-");
  const shape = new RegExp(`^${head}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);
  for (const id of made) assert.match(id, shape);
});

test("several events go together, in order", async (t) => {
  const { client, server } = await scene(t, { maxBatch: 3 });
  const reported = [0, 1, 2, 3, 4, 5, 6].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(server.requests.map((one) => one.path), [MANY, MANY, ONE]);
  assert.equal(server.requests[0].headers["content-type"], "application/x-ndjson");
  const parts = [reported.slice(0, 3), reported.slice(3, 6), reported.slice(6)];
  assert.deepEqual(server.posted().map(ids), parts);
  assert.ok(server.posted()[0].every((event) => event.film_id === FILM));
  assert.equal(server.mostAtOnce, 1);
  assert.equal(client.accepted, 7);
});

test("a pause gathers", async (t) => {
  const { client, server, device } = await scene(t, { gatherMs: 250 });
  client.report(FILM, 1, 9);
  client.report(FILM, 2, 9);
  assert.ok(await client.flush());
  assert.deepEqual(server.posted().map((events) => events.length), [2]);
  assert.deepEqual(device.pauses, [250]);
});

const undecided = [304, 408, 429, 500, 502, 503, 504].map((status) => answer(status));
const JSON_TYPE = { headers: { "Content-Type": "application/json" } };
const notOfTheApi = [
  ...[200, 400, 403, 404, 413].map((status) => answer(status, "<html>")),
  answer(404, { code: "no_route" }, JSON_TYPE),
  answer(404, { title: "Not Found" }),
  answer(422, { refused: [refusal(0, "x", false)] }, JSON_TYPE),
];
for (const failure of [NO_ANSWER, ...undecided, ...notOfTheApi]) {
  const said = [failure.status || "no answer", JSON.stringify(failure.body)].join(" ");
  test(`after ${said} the same is sent again`, async (t) => {
    for (const count of [1, 3]) {
      const errors = t.mock.method(console, "error", () => {});
      const { client, server, device } = await scene(t);
      server.script = [failure, failure];
      for (let n = 0; n < count; n++) client.report(FILM, n, 9);
      assert.ok(await client.flush());
      const [first, ...again] = server.requests.map(({ path, body }) => ({ path, body }));
      assert.deepEqual(again, [first, first]);
      assert.equal(device.pauses.length, 2);
      assert.equal(errors.mock.callCount(), 0);
      assert.deepEqual([client.sent, client.accepted, client.dropped], [3 * count, count, 0]);
    }
  });
}

test("pauses grow to a minute, and differ", async (t) => {
  const { client, server, device } = await scene(t);
  server.script = [...Array(40).fill(answer(503)), answer(202), answer(503)];
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  device.pauses.forEach((pause, n) => {
    assert.ok(pause >= 500 && pause <= Math.min(1000 * 2 ** n, 60_000), pause);
  });
  assert.ok(Math.max(...device.pauses) > 40_000);
  assert.equal(new Set(device.pauses).size, 40);
  client.report(FILM, 2, 9);
  assert.ok(await client.flush());
  assert.ok(device.pauses[40] <= 1000); // that was another outage
});

test("the server is left alone as long as it asks", async (t) => {
  const { client, server, device } = await scene(t);
  server.script = [answer(503, {}, { headers: { "Retry-After": "7" } }), answer(429)];
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  const [first, second] = device.pauses;
  assert.ok(first >= 7500 && first <= 8000, first);
  assert.ok(second <= 2000, second);
});

test("what a 207 does not name is in", async (t) => {
  const { client, server, told, device } = await scene(t);
  const [waits, ends] = [refusal(1, "not_acknowledged", true), refusal(3, "film_reserved", false)];
  server.script = [answer(207, { accepted: 2, refused: [waits, ends] })];
  const reported = [0, 1, 2, 3].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(ids(server.posted()[1]), [reported[1]]);
  assert.deepEqual(told.dropped, [[reported[3], "film_reserved"]]);
  assert.deepEqual([client.sent, client.accepted, client.dropped], [5, 3, 1]);
  assert.equal(device.pauses.length, 1);
});

test("a 207 that names nobody decides nothing", async (t) => {
  const { client, server } = await scene(t);
  server.script = [answer(207, "cut of"), answer(207, { accepted: 1 })];
  const reported = [0, 1].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(server.posted().map(ids), [reported, reported, reported]);
});

test("a 422 that names all drops each by its code", async (t) => {
  const { client, server, told } = await scene(t);
  const refused = [refusal(0, "a", false), refusal(1, "b", false)];
  server.script = [answer(422, { code: "nothing_valid", accepted: 0, refused })];
  const reported = [0, 1].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(told.dropped, [[reported[0], "a"], [reported[1], "b"]]);
  const after = [3, 4].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(server.posted().slice(1).map(ids), [after]); // no reason to send fewer at once
});

test("a 503 that names all drops the invalid ones", async (t) => {
  const { client, server, told, device } = await scene(t);
  const refused = [refusal(0, "film_reserved", false), refusal(1, "not_acknowledged", true)];
  const unknown = { code: "not_acknowledged", accepted: 0, refused };
  server.script = [answer(503, unknown, { headers: { "Retry-After": "3" } })];
  const [invalid, named, unnamed] = [0, 1, 2].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(told.dropped, [[invalid, "film_reserved"]]);
  assert.deepEqual(ids(server.posted()[1]), [named, unnamed]);
  assert.ok(device.pauses[0] >= 3000);
});

for (const [said, code] of [
  [answer(422, { code: "event_time_out_of_window" }), "event_time_out_of_window"],
  [answer(403, { code: "user_mismatch" }), "user_mismatch"],
  [answer(413, { code: "body_too_large" }), "body_too_large"],
  [answer(404, { code: "not_found" }), "not_found"],
]) {
  test(`an event refused with ${said.status} is dropped as ${code}`, async (t) => {
    const { client, server, told } = await scene(t);
    server.script = [said];
    const refused = client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    assert.deepEqual(told.dropped, [[refused, code]]);
    assert.equal(server.requests.length, 1);
    assert.deepEqual([client.accepted, client.dropped, client.queued], [0, 1, 0]);
  });
}

test("what a gateway answers for a while costs no event", async (t) => {
  const { client, server, told, device } = await scene(t, { maxQueue: 2000 });
  server.script = Array(6).fill(answer(404, "<html>default backend</html>"));
  const reported = Array.from({ length: 1500 }, (_, n) => client.report(FILM, n, 9000));
  assert.ok(await client.flush());
  const posted = server.posted().map(ids);
  assert.deepEqual(posted.map((events) => events.length), Array(11).fill(300));
  assert.deepEqual(posted.slice(6).flat(), reported);
  assert.equal(device.pauses.length, 6);
  assert.ok(device.pauses.every((pause) => pause >= 500));
  assert.deepEqual([client.accepted, told.dropped], [1500, []]);
});

test("a batch too large is halved at once", async (t) => {
  const { client, server, told, device } = await scene(t);
  const tooLarge = answer(413, { code: "body_too_large" });
  server.script = [tooLarge, answer(202), tooLarge];
  const reported = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  const posted = server.posted().map(ids);
  assert.deepEqual(posted.map((events) => events.length), [8, 4, 4, 2, 2]);
  assert.deepEqual([...posted[1], ...posted[3], ...posted[4]], reported);
  assert.deepEqual([told.dropped, device.pauses], [[], []]);
});

test("after a halving batches grow again", async (t) => {
  const { client, server } = await scene(t, { maxBatch: 8 });
  server.script = Array(2).fill(answer(413, { code: "body_too_large" }));
  for (let n = 0; n < 30; n++) client.report(FILM, n, 99);
  assert.ok(await client.flush());
  const sizes = server.posted().map((events) => events.length);
  assert.deepEqual(sizes, [8, 4, 2, 4, 8, 8, 8]);
});

test("a batch refused for another reason is halved with pauses", async (t) => {
  const { client, server, told, device } = await scene(t);
  const code = "unsupported_media_type";
  server.script = Array(6).fill(answer(415, { code }));
  const reported = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  const posted = server.posted().map(ids);
  assert.deepEqual(posted.map((events) => events.length), [9, 4, 2, 1, 2, 1, 2, 4, 1]);
  assert.deepEqual(told.dropped, reported.slice(0, 2).map((id) => [id, code]));
  assert.deepEqual(posted.slice(6).flat(), reported.slice(2));
  assert.equal(device.pauses.length, 4); // after each batch, none after one alone
});

test("when the queue is full the oldest is dropped", async (t) => {
  const { client, server, told } = await scene(t, { maxQueue: 3 });
  const reported = [0, 1, 2, 3, 4].map((n) => client.report(FILM, n, 9));
  assert.equal(client.queued, 3);
  assert.deepEqual(told.dropped, reported.slice(0, 2).map((id) => [id, "queue_full"]));
  assert.ok(await client.flush());
  assert.deepEqual(server.posted().map(ids), [reported.slice(2)]);
  assert.deepEqual([client.accepted, client.dropped], [3, 2]);
});

test("a mistake in a callback does not stop the sending", async (t) => {
  const fail = () => {
    throw new Error("the application's");
  };
  const errors = t.mock.method(console, "error", () => {});
  const { client, server } = await scene(t, { onDropped: fail, onUnauthorized: fail, maxQueue: 1 });
  server.script = [answer(422, { code: "invalid_field" }), EXPIRED];
  for (const progress of [1, 2]) {
    client.report(FILM, progress, 9);
    assert.ok(await client.flush());
  }
  assert.deepEqual([client.dropped, client.accepted], [1, 1]);
  client.report(FILM, 3, 9);
  client.report(FILM, 4, 9); // for which the other is dropped
  assert.ok(await client.flush());
  assert.deepEqual([client.dropped, client.accepted], [2, 2]);
  assert.equal(errors.mock.callCount(), 3);
});

test("flush says when its time is over, close drops and tells what is left", async () => {
  const told = [];
  const onDropped = (event, code) => told.push([event.event_id, code]);
  const nobody = new ProgressClient("http://127.0.0.1:9", "the-token", { onDropped });
  const event_id = nobody.report(FILM, 1, 9);
  assert.equal(await nobody.flush(50), false);
  assert.equal(nobody.queued, 1);
  const started = performance.now();
  assert.equal(await nobody.close(50), false);
  assert.ok(performance.now() - started < 500);
  assert.deepEqual(told, [[event_id, "closed"]]);
  assert.throws(() => nobody.report(FILM, 2, 9), /closed/);
});

test("close waits for what is queued", async (t) => {
  const { client, server, told } = await scene(t);
  server.script = [answer(503)];
  client.report(FILM, 1, 9);
  assert.ok(await client.close());
  assert.deepEqual([client.accepted, told.dropped], [1, []]);
});

for (const wrongBy of [-600_000, 600_000, -40 * 365 * 86_400_000]) {
  test(`a clock that is wrong by ${wrongBy / 1000} s is corrected`, async (t) => {
    const { client, server, device } = await scene(t);
    device.wall += wrongBy;
    server.now = () => NOON;
    client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    assert.equal(server.clockQuestions, 1);
    nearly(times(server)[0], NOON);
  });
}

test("a clock that is right is believed to the millisecond", async (t) => {
  for (const behind of [-1000, -500, 0, 1200, 2000]) {
    const { client, server, device } = await scene(t);
    device.wall = NOON + 123;
    server.now = () => NOON - behind;
    client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    assert.deepEqual(times(server), [NOON + 123]);
  }
});

test("an event is as old as it is when the time becomes known", async (t) => {
  const { client, server, device } = await scene(t);
  device.wall -= 600_000;
  server.now = () => device.wall + 600_000;
  server.clockScript = Array(5).fill(NO_ANSWER);
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  assert.ok(device.wall > NOON - 600_000 + 2500); // five pauses
  nearly(times(server)[0], NOON);
});

test("a repetition does not change the time", async (t) => {
  const { client, server, device } = await scene(t);
  const clockIsSet = () => (device.wall += 3_600_000);
  server.script = [answer(503, {}, { meanwhile: clockIsSet }), answer(503)];
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  assert.deepEqual(times(server), [NOON, NOON, NOON]);
});

test("a time given is sent as given", async (t) => {
  const { client, server } = await scene(t);
  client.report(FILM, 1, 9, { eventTime: "2027-01-01T03:00:00+03:00" });
  client.report(FILM, 1, 9, { eventTime: new Date(NOON) });
  assert.ok(await client.flush());
  const given = server.posted()[0].map((event) => event.event_time);
  assert.deepEqual(given, ["2027-01-01T03:00:00+03:00", "2027-01-15T08:00:00.000Z"]);
});

test("the time is asked for once", async (t) => {
  const { client, server, device } = await scene(t);
  for (let minute = 0; minute < 3; minute++) {
    client.report(FILM, minute, 9);
    assert.ok(await client.flush());
    device.passes(60_000);
  }
  assert.equal(server.clockQuestions, 1);
  assert.deepEqual(times(server), [NOON, NOON + 60_000, NOON + 120_000]);
});

for (const jump of [8, -8]) {
  test(`when the device's clocks part by ${jump} h the time is asked for again`, async (t) => {
    const { client, server, device } = await scene(t);
    client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    device.wall += jump * 3_600_000;
    server.now = () => NOON + 8 * 3_600_000;
    client.report(FILM, 2, 9);
    assert.ok(await client.flush());
    assert.equal(server.clockQuestions, 2);
    nearly(times(server)[1], NOON + 8 * 3_600_000);
  });
}

test("what was reported before the device slept keeps its time", async (t) => {
  const { client, server, device } = await scene(t);
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  const reportsAndSleeps = () => {
    client.report(FILM, 3, 9);
    device.wall += 3_600_000;
  };
  server.script = [answer(202, {}, { meanwhile: reportsAndSleeps })];
  client.report(FILM, 2, 9);
  assert.ok(await client.flush());
  assert.deepEqual(times(server), [NOON, NOON, NOON]);
});

test("a later answer corrects too", async (t) => {
  const { client, server } = await scene(t);
  const clockOfTheServerIsSet = () => (server.now = () => NOON + 5000);
  server.script = [answer(202, {}, { meanwhile: clockOfTheServerIsSet })];
  for (const progress of [1, 2]) {
    client.report(FILM, progress, 9);
    assert.ok(await client.flush());
  }
  const [first, second] = times(server);
  assert.equal(first, NOON);
  nearly(second, NOON + 5000);
});

for (const writtenAfter of [0, 9000]) {
  test(`a slow answer of ${writtenAfter / 1000} s after does not set the clock`, async (t) => {
    const { client, server, device } = await scene(t);
    server.now = () => NOON + writtenAfter;
    server.clockScript = [answer(204, "", { meanwhile: () => device.passes(9000) })];
    client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    assert.deepEqual(times(server), [NOON]);
  });
}

test("without a Date the device is believed", async (t) => {
  const { client, server } = await scene(t);
  server.now = () => null;
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  assert.deepEqual(times(server), [NOON]);
});

const issuer = () => {
  let issued = 0;
  return () => `token-${++issued}`;
};
const bearers = (server) => server.requests.map((one) => one.headers.authorization);

test("a refused token is renewed once, and at once", async (t) => {
  const issue = issuer();
  for (const token of [issue, async () => issue()]) {
    const { client, server, device, told } = await scene(t);
    client.token = token;
    client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    server.script = [EXPIRED];
    client.report(FILM, 2, 9);
    assert.ok(await client.flush());
    const [first, second, third] = bearers(server);
    assert.equal(first, second);
    assert.notEqual(second, third);
    assert.deepEqual(server.posted()[1], server.posted()[2]);
    assert.deepEqual([device.pauses, told.unauthorized, client.accepted], [[], 0, 2]);
  }
});

test("when a new token is refused too the queue waits", async (t) => {
  const { client, server, device, told } = await scene(t);
  client.token = issuer();
  server.script = [EXPIRED, EXPIRED];
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  assert.deepEqual(bearers(server), [1, 2, 3].map((n) => `Bearer token-${n}`));
  assert.deepEqual([device.pauses.length, told.unauthorized, told.dropped], [1, 1, []]);
  assert.equal(client.accepted, 1);
});

test("a refused string waits for another", async (t) => {
  const renew = () => (client.token = "another");
  const { client, server, device } = await scene(t, { onUnauthorized: renew });
  server.script = [EXPIRED];
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  assert.deepEqual(bearers(server), ["Bearer the-token", "Bearer another"]);
  assert.deepEqual([device.pauses.length, client.accepted], [1, 1]);
});

test("when no token can be had the queue waits", async (t) => {
  const errors = t.mock.method(console, "error", () => {});
  const { client, device } = await scene(t);
  client.token = () => {
    client.token = "the-token";
    throw new Error("the issuer is away");
  };
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  assert.deepEqual([device.pauses.length, client.accepted], [1, 1]);
  assert.match(String(errors.mock.calls[0].arguments[1]), /the issuer is away/);
});

test("a position is read", async (t) => {
  const { client, server } = await scene(t);
  const found = { film_id: FILM, latest: {}, furthest: {}, as_of: "2027-01-15T08:00:00Z" };
  server.script = [answer(200, found), answer(404, { code: "not_watched" })];
  assert.deepEqual(await client.position(FILM), found);
  assert.equal(await client.position(FILM), null);
  const asked = server.requests.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(asked, [`GET ${ONE}`, `GET ${ONE}`]);
});

test("pages are read as far as asked", async (t) => {
  const { client, server } = await scene(t);
  const page = (items, next_cursor) => answer(200, { items, next_cursor, as_of: "x" });
  server.script = [page([1, 2], "a+b"), page([3], null), page([1, 2], "a")];
  const items = [];
  for await (const item of client.continueWatching(2)) items.push(item);
  assert.deepEqual(items, [1, 2, 3]);
  const paths = [`${MANY}?limit=2`, `${MANY}?limit=2&cursor=a%2Bb`];
  assert.deepEqual(server.requests.map((one) => one.path), paths);
  for await (const _ of client.continueWatching(2)) break;
  assert.equal(server.requests.length, 3);
});

for (const [script, status, code] of [
  [[answer(503, { code: "reads_unavailable", detail: "x" })], 503, "reads_unavailable"],
  [[EXPIRED, EXPIRED], 401, "unauthorized"],
  [[answer(502, "<html>")], 502, "http_502"],
  [[answer(200, "<html>")], 200, "http_200"],
  [[NO_ANSWER], 0, "no_answer"],
]) {
  test(`a read that fails with ${status} says ${code}`, async (t) => {
    const { client, server } = await scene(t);
    client.token = issuer();
    for (const read of [() => client.position(FILM), () => client.continueWatching().next()]) {
      server.script = [...script];
      const error = await read().catch((error) => error);
      assert.ok(error instanceof ProgressError, String(error));
      assert.deepEqual([error.status, error.code], [status, code]);
    }
  });
}

test("a film's id is a UUID", async (t) => {
  const { client } = await scene(t);
  for (const film of ["", "film", "../healthz", undefined]) {
    assert.throws(() => client.report(film, 1, 9), TypeError);
    await assert.rejects(client.position(film), TypeError);
  }
});

/** What the client sees of a browser: a page that is hidden, shown and left. */
function page(t) {
  const window = new EventTarget();
  globalThis.addEventListener = window.addEventListener.bind(window);
  globalThis.document = Object.assign(new EventTarget(), { hidden: false });
  t.after(() => {
    delete globalThis.document;
    delete globalThis.addEventListener;
  });
  return {
    window,
    ends: () => window.dispatchEvent(new Event("pagehide")),
    isBack: () => window.dispatchEvent(new Event("pageshow")),
    isHidden: () => {
      document.hidden = true;
      document.dispatchEvent(new Event("visibilitychange"));
    },
  };
}

for (const way of ["isHidden", "ends"]) {
  test(`when the page ${way} what is queued goes out at once, if under way or not`, async (t) => {
    const { [way]: happens } = page(t);
    const { client, server } = await scene(t, { maxBatch: 2 });
    client.report(FILM, 1, 9);
    assert.ok(await client.flush());
    const meanwhile = async () => {
      happens();
      await server.hasGot(3); // and the answer to the second is still to come
    };
    server.script = [answer(503, {}, { meanwhile })];
    const reported = [2, 3].map((n) => client.report(FILM, n, 9));
    assert.ok(await client.flush());
    assert.deepEqual(server.posted().slice(1, 3).map(ids), [reported, reported]);
    assert.equal(client.accepted, 3);
  });
}

test("of what a page leaves the newest goes out, so much as outlives it", async (t) => {
  const { ends } = page(t);
  const { client, server } = await scene(t, { maxBatch: 1000 });
  const reported = Array.from({ length: 1000 }, (_, n) => client.report(FILM, n, 5400));
  ends();
  assert.ok(await client.flush());
  const [left] = server.posted();
  const { length } = server.requests[0].body;
  assert.ok(length > 59 * 1024 && length <= 60 * 1024, length);
  assert.deepEqual(ids(left), reported.slice(-left.length));
  assert.equal(client.accepted, 1000);
});

test("what is reported while the page ends waits for nothing", async (t) => {
  const { ends, isBack } = page(t);
  const { client, server } = await scene(t);
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  let last;
  const theApplicationReports = async () => {
    ends();
    last = client.report(FILM, 3, 9);
    await server.hasGot(4); // and the answer to the second is still to come
  };
  server.script = [answer(503, {}, { meanwhile: theApplicationReports })];
  const before = client.report(FILM, 2, 9);
  assert.ok(await client.flush());
  const afterwards = server.posted().slice(2).flatMap(ids);
  assert.deepEqual(afterwards.sort(), [before, last].sort());
  isBack();
  const together = [4, 5].map((n) => client.report(FILM, n, 9));
  assert.ok(await client.flush());
  assert.deepEqual(ids(server.posted().at(-1)), together);
  assert.equal(client.accepted, 5);
});

test("a page that stays repeats what its last request did not bring in", async (t) => {
  const { ends } = page(t);
  const { client, server, device } = await scene(t);
  client.report(FILM, 1, 9);
  assert.ok(await client.flush());
  ends();
  server.script = [answer(503, {}, { headers: { "Retry-After": "7" } })];
  client.report(FILM, 2, 9);
  assert.ok(await client.flush());
  assert.deepEqual(device.pauses, [7000]);
  assert.equal(client.accepted, 2);
});

test("a closed client leaves nothing behind", async (t) => {
  const { window } = page(t);
  const { server } = await scene(t);
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
  const listeners = () => getEventListeners(window, "pagehide").length;
  const before = [timers(), listeners()];
  const client = new ProgressClient(server.url, "the-token");
  server.script = [answer(202, {}, { meanwhile: () => new Promise(() => {}) })];
  client.report(FILM, 1, 9);
  await server.hasGot(1);
  assert.ok(timers() > before[0] && listeners() > before[1]);
  assert.equal(await client.close(0), false);
  for (let n = 0; n < 100 && timers() > before[0]; n++) await tick(1);
  assert.deepEqual([timers(), listeners()], before);
});
