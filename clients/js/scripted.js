/** A real HTTP server that answers as its script says, and a device whose clocks a test turns. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as tick } from "node:timers/promises";

import { ProgressClient } from "./ugc-client.js";

export const FILM = "5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10";
export const MANY = "/api/v1/progresses";
export const ONE = `${MANY}/films/${FILM}`;
export const NOON = 1_800_000_000_000; // a Unix time, ms
export const NO_ANSWER = { status: 0 }; // the connection is reset

/** What the server says: `meanwhile` happens while the client waits for it. */
export function answer(status, body, { headers = {}, meanwhile = () => {} } = {}) {
  return { status, body, headers, meanwhile };
}

/**
 * `client` on `device` and on `server`, which answers with `script` in its order and with 202 at
 * its end; OPTIONS, by which clients ask for the time, has a script of its own, `clockScript`.
 * `told` is what the application was told.
 */
export async function scene(test, options = {}) {
  const device = newDevice();
  const server = await newServer(test, device);
  const told = { dropped: [], unauthorized: 0 };
  test.mock.method(console, "warn", () => {});
  const client = new ProgressClient(server.url, "the-token", {
    onDropped: (event, code) => told.dropped.push([event.event_id, code]),
    onUnauthorized: () => (told.unauthorized += 1),
    ...device.clocks,
    ...options,
  });
  test.after(() => client.close(0));
  return { device, server, told, client };
}

/** Its clocks stand still unless turned; pauses pass at once, and are noted. All in ms. */
function newDevice() {
  const device = { wall: NOON, monotonic: 5_000_000, pauses: [] };
  device.passes = (ms) => {
    device.wall += ms;
    device.monotonic += ms;
  };
  device.clocks = {
    wall: () => device.wall,
    monotonic: () => device.monotonic,
    sleep: async (ms) => {
      device.pauses.push(ms);
      device.passes(ms);
    },
  };
  return device;
}

async function newServer(test, device) {
  const server = { requests: [], clockQuestions: 0, script: [], clockScript: [], mostAtOnce: 0 };
  server.now = () => device.wall; // null: answers have no `Date`
  server.hasGot = async (requests) => {
    for (let n = 0; n < 2000 && server.requests.length < requests; n++) await tick();
    assert.equal(server.requests.length, requests);
  };
  server.posted = () => server.requests.filter((one) => one.method === "POST").map(eventsOf);
  let atOnce = 0;
  const listener = createServer(async (request, response) => {
    server.mostAtOnce = Math.max(server.mostAtOnce, ++atOnce);
    let body = "";
    for await (const chunk of request) body += chunk;
    const { status, body: said = {}, headers, meanwhile } = next(request, body);
    await tick(1); // for a second request, if there were one
    await meanwhile?.();
    atOnce -= 1;
    if (!status) return request.socket.destroy();
    response.sendDate = false;
    if (server.now() !== null) response.setHeader("Date", new Date(server.now()).toUTCString());
    response.writeHead(status, { "Content-Type": kind(status, said), ...headers });
    response.end(typeof said === "string" ? said : JSON.stringify(said));
  });
  const next = (request, body) => {
    if (request.method === "OPTIONS") {
      server.clockQuestions += 1;
      return server.clockScript.shift() ?? answer(204, "");
    }
    const { method, url: path, headers } = request;
    server.requests.push({ method, path, headers, body });
    return server.script.shift() ?? answer(202);
  };
  await new Promise((done) => listener.listen(0, "127.0.0.1", done));
  server.url = `http://127.0.0.1:${listener.address().port}`;
  test.after(() => {
    listener.close();
    listener.closeAllConnections();
  });
  return server;
}

/** As the API has it; text is of something in between. */
function kind(status, said) {
  if (typeof said === "string") return "text/html";
  return status < 400 ? "application/json" : "application/problem+json";
}

const eventsOf = ({ body }) => body.split("\n").map((line) => JSON.parse(line));
export const ids = (events) => events.map((event) => event.event_id);
export const refusal = (index, code, retryable) => ({ index, code, detail: "", retryable });
