/**
 * Reports how far films are watched, and reads back where the viewer stopped.
 *
 *     const client = new ProgressClient("https://ugc.example", token);
 *     client.report(filmId, 754.5, 5400);
 *
 * `report` never waits for the network. A reported event is sent until the server has taken it, or
 * refused it for good; it keeps its id and its time in every repetition, so it counts once. The
 * queue is in memory: what was not sent yet is lost with the process. In a browser, what is queued
 * when the page is hidden or left goes out at once, in a request that outlives the page.
 *
 * One file, to be copied; it needs a browser or Node 18. A client is for one viewer.
 */

const PROGRESSES = "/api/v1/progresses";
const PROBLEM = "application/problem+json"; // how the API refuses, always with a `code`
const DATE_LAG = 1000; // ms, on average: `Date` has whole seconds, of some servers one behind
const CLOCK_TOLERANCE = 2000; // ms
const LONGEST_PAUSE = 60_000; // ms between two tries, unless the server asks for more
const KEEPALIVE_BYTES = 60 * 1024; // browsers let 64 KiB outlive a page, of all its requests
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A read that failed. `status` is 0 when there was no answer. */
export class ProgressError extends Error {
  constructor(status, code, detail = "") {
    super(`${status} ${code} ${detail}`);
    Object.assign(this, { name: "ProgressError", status, code });
  }
}

/**
 * The server's time on a device whose clock may be wrong: what an answer's `Date` said, carried on
 * by the monotonic clock. While the device's clock agrees it is taken, as it is finer.
 *
 * When it is set, or the device slept, the wall clock moves against the monotonic one: then the
 * time is not known until the next answer. All in milliseconds.
 */
class ServerClock {
  #wall;
  #monotonic;
  #zero; // Unix time when the monotonic clock was 0
  #learnt = NaN; // what the device took it for at the last answer

  constructor(wall, monotonic) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#zero = this.#deviceZero();
  }

  get known() {
    return Math.abs(this.#deviceZero() - this.#learnt) < CLOCK_TOLERANCE;
  }

  /** RFC 3339 of a moment of the monotonic clock. */
  at(moment) {
    return new Date(this.#zero + moment).toISOString();
  }

  /** From the `Date` of an answer, written between `askedAt` (monotonic) and now. */
  learn(date, askedAt) {
    if (!this.known) this.#zero = this.#deviceZero();
    this.#learnt = this.#deviceZero();
    const [server, now] = [Date.parse(date) + DATE_LAG, this.#monotonic()]; // NaN without a `Date`
    const [earliest, latest] = [askedAt - CLOCK_TOLERANCE, now + CLOCK_TOLERANCE];
    const told = server - this.#zero;
    if (told <= earliest || told >= latest) this.#zero = server - now;
  }

  #deviceZero() {
    return this.#wall() - this.#monotonic();
  }
}

/**
 * `token` may be a function, async or not: it is called again when its last is not taken.
 * Counts events: `sent` (repetitions too), `accepted`, `dropped`, `queued`.
 */
export class ProgressClient {
  sent = 0;
  accepted = 0;
  dropped = 0;
  #options;
  #clock;
  #batchSize; // of the next: less after a refusal, until they pass
  #queue = new Map(); // events by id, the oldest first
  #leaving = new Map(); // those in a request that outlives the page, and their bytes
  #pageEnds = false;
  #lastToken = "";
  #sending = false;
  #closed = false;
  #closing = new AbortController(); // ends requests, pauses, and listening to the page
  #whenEmpty = new Set();

  constructor(url, token, options = {}) {
    this.url = url.replace(/\/$/, "");
    this.token = token;
    this.#options = {
      onDropped: (event, code) => {}, // not sent again: the server's code, `queue_full`, `closed`
      onUnauthorized: () => {}, // no new token helps: the queue waits
      maxQueue: 1000, // events; beyond it the oldest is dropped
      maxBatch: 300, // events in a request: so many outlive a page
      gatherMs: 0, // time to wait for more of them
      timeoutMs: 10_000, // of a request
      wall: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: (ms) => new Promise((done) => this.#unlessClosed(done, ms)),
      ...options,
    };
    this.#batchSize = this.#options.maxBatch;
    this.#clock = new ServerClock(this.#options.wall, this.#options.monotonic);
    if (typeof document !== "undefined") this.#watchPage();
  }

  get queued() {
    return this.#queue.size;
  }

  /**
   * Queue an event, `progress` and `total` in seconds. Its `event_id`. Throws TypeError for a
   * film's id that is no UUID.
   */
  report(filmId, progress, total, { eventTime } = {}) {
    if (this.#closed) throw new Error("the client is closed");
    const now = this.#options.monotonic();
    const given = eventTime instanceof Date ? eventTime.toISOString() : eventTime;
    const event = {
      film_id: checked(filmId),
      progress: Number(progress),
      total: Number(total),
      event_id: uuid7(this.#options.wall()),
      event_time: given ?? (this.#clock.known ? this.#clock.at(now) : ""), // "": not known yet
      reported_at: now, // of the monotonic clock
    };
    if (this.#queue.size >= this.#options.maxQueue) {
      this.#drop(this.#queue.values().next().value, "queue_full");
    }
    this.#queue.set(event.event_id, event);
    if (this.#pageEnds) this.#leave();
    else this.#sendAll();
    return event.event_id;
  }

  /** Wait until nothing is queued; whether that came within `timeoutMs`. */
  flush(timeoutMs) {
    if (!this.#queue.size) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#whenEmpty.delete(done);
        resolve(!this.#queue.size);
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(done, timeoutMs);
      this.#whenEmpty.add(done);
    });
  }

  /** Flush, then drop what is left; whether there was nothing. */
  async close(timeoutMs = 5000) {
    this.#closed = true;
    const flushed = await this.flush(timeoutMs);
    for (const event of this.#queue.values()) this.#drop(event, "closed");
    this.#closing.abort();
    return flushed;
  }

  /** `{film_id, latest, furthest, as_of}`; null if the viewer did not report this film. */
  async position(filmId) {
    try {
      return await this.#read(`${PROGRESSES}/films/${checked(filmId)}`);
    } catch (error) {
      if (error.code === "not_watched") return null;
      throw error;
    }
  }

  /**
   * The viewer's films, newest first: `{film_id, progress, total, event_time, completed}`.
   * They are read in pages of `limit`, for as long as one goes on asking.
   */
  async *continueWatching(limit = 20) {
    let cursor = "";
    do {
      const page = await this.#read(`${PROGRESSES}?limit=${limit}${cursor}`);
      yield* page.items;
      cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "";
    } while (cursor);
  }

  async #sendAll() {
    if (this.#sending) return;
    this.#sending = true;
    const { gatherMs, sleep } = this.#options;
    let failures = 0;
    while (this.#waiting().length) {
      await (gatherMs && sleep(gatherMs));
      const pause = await this.#send(this.#waiting().slice(0, this.#batchSize));
      if (pause === null) {
        failures = 0;
        continue;
      }
      const longest = Math.min(1000 * 2 ** Math.min(failures, 6), LONGEST_PAUSE);
      const jitter = 500 + Math.random() * (longest - 500); // players must not come all at once
      await sleep(pause + jitter);
      failures += 1;
    }
    this.#sending = false;
  }

  /** One request; returns what `#settle` does. */
  async #send(batch, { keepalive = false } = {}) {
    try {
      if (!this.#clock.known && !keepalive) {
        await this.#request("OPTIONS", PROGRESSES); // for the `Date` of its answer
      }
      for (const event of batch) event.event_time ||= this.#clock.at(event.reported_at);
      const [path, type, body] =
        batch.length === 1
          ? [`${PROGRESSES}/films/${batch[0].film_id}`, "application/json", single(batch[0])]
          : [PROGRESSES, "application/x-ndjson", batch.map(line).join("\n")];
      const headers = { "Content-Type": type };
      this.sent += batch.length;
      return this.#settle(batch, await this.#request("POST", path, { headers, body, keepalive }));
    } catch (error) {
      // other than that: of `token`, say; the events wait, whatever it is
      if (error.code !== "no_answer") console.error("events could not be sent:", error);
      return 0;
    }
  }

  /**
   * Take from the queue what the answer decides. null, or for how long the server wants to be left
   * alone, in milliseconds, before the rest of the batch is sent again.
   */
  #settle(batch, { status, headers, body }) {
    const type = headers.get("Content-Type") ?? "";
    const problem = status >= 400 && type.startsWith(PROBLEM) && "code" in body;
    if (status >= 400 && !problem) body = {}; // of something in between, which decides nothing
    const refused = new Map((body.refused ?? []).map((one) => [one.index, one]));
    batch.forEach((event, index) => {
      const refusal = refused.get(index);
      if (status === 202 || (status === 207 && refused.size && !refusal)) {
        if (this.#take(event)) this.accepted += 1;
      } else if (refusal && !refusal.retryable) {
        this.#drop(event, refusal.code);
      }
    });
    if (status === 401) {
      this.#tell(this.#options.onUnauthorized);
    } else if (problem && status < 500 && ![408, 429].includes(status) && !refused.size) {
      if (batch.length === 1) this.#drop(batch[0], body.code);
      else this.#batchSize = batch.length >> 1; // refused as a whole: one alone will have its code
      if (status === 413) return null;
    }
    if (!batch.some((event) => this.#queue.has(event.event_id))) {
      this.#batchSize = Math.min(2 * this.#batchSize, this.#options.maxBatch);
      return null;
    }
    const wanted = headers.get("Retry-After") ?? "";
    return /^\d+$/.test(wanted) ? 1000 * wanted : 0;
  }

  #take(event) {
    const was = this.#queue.delete(event.event_id);
    if (!this.#queue.size) for (const done of this.#whenEmpty) done();
    return was;
  }

  #drop(event, code) {
    if (!this.#take(event)) return;
    this.dropped += 1;
    console.warn(`event ${event.event_id} is not sent again: ${code}`);
    this.#tell(this.#options.onDropped, event, code);
  }

  #tell(callback, ...about) {
    try {
      callback(...about);
    } catch (error) {
      console.error("a callback failed:", error); // that mistake must not stop the sending
    }
  }

  async #read(path) {
    const { status, body } = await this.#request("GET", path);
    if (status === 200 && "as_of" in body) return body;
    throw new ProgressError(status, body.code ?? `http_${status}`, body.detail);
  }

  /** The answer; if it is 401, the answer to the same request with a new token. */
  async #request(method, path, init = {}) {
    for (let renewed = false; ; renewed = true) {
      const headers = { ...init.headers, Authorization: `Bearer ${await this.#bearer()}` };
      const askedAt = this.#options.monotonic();
      const answer = await this.#fetch(this.url + path, { ...init, method, headers });
      this.#clock.learn(answer.headers.get("Date"), askedAt);
      if (answer.status !== 401) return answer;
      this.#lastToken = "";
      if (renewed || typeof this.token === "string") return answer;
    }
  }

  async #bearer() {
    if (typeof this.token === "string") return this.token;
    return (this.#lastToken ||= await this.token());
  }

  async #fetch(url, init) {
    const request = new AbortController();
    const release = this.#unlessClosed(() => request.abort(), this.#options.timeoutMs);
    try {
      const answer = await fetch(url, { ...init, signal: request.signal });
      const body = await answer.json().catch(() => null); // not everything in between speaks JSON
      return { status: answer.status, headers: answer.headers, body: Object(body) };
    } catch (error) {
      throw new ProgressError(0, "no_answer", error.message);
    } finally {
      release();
    }
  }

  /** Do it after `ms`, or sooner if the client is closed; what is returned calls it off. */
  #unlessClosed(act, ms) {
    const { signal } = this.#closing;
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", now);
    };
    const now = () => {
      release();
      act();
    };
    const timer = setTimeout(now, signal.aborted ? 0 : ms);
    signal.addEventListener("abort", now);
    return release;
  }

  #watchPage() {
    const { signal } = this.#closing;
    const leave = () => this.#leave();
    const ends = (yes) => () => (this.#pageEnds = yes);
    addEventListener("pagehide", ends(true), { signal });
    addEventListener("pagehide", leave, { signal });
    addEventListener("pageshow", ends(false), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && leave(), { signal });
  }

  /**
   * What is queued goes out at once, in a request that the browser finishes without the page. If
   * not all of it fits, the newest: they say where the viewer stopped. What another request has
   * under way goes too, as the page's end may cut that one.
   */
  async #leave() {
    const batch = [];
    let room = KEEPALIVE_BYTES;
    for (const bytes of this.#leaving.values()) room -= bytes;
    for (const event of this.#waiting().reverse()) {
      event.event_time ||= this.#clock.at(event.reported_at);
      const bytes = line(event).length + 1;
      room -= bytes;
      if (room < 0 || batch.length === this.#batchSize) break;
      this.#leaving.set(event, bytes);
      batch.unshift(event);
    }
    if (!batch.length) return;
    const pause = await this.#send(batch, { keepalive: true });
    for (const event of batch) this.#leaving.delete(event);
    if (pause) await this.#options.sleep(pause);
    this.#sendAll(); // the page is still there
  }

  #waiting() {
    return [...this.#queue.values()].filter((event) => !this.#leaving.has(event));
  }
}

/** A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random ones. */
export function uuid7(unixMs) {
  const tail = new Uint8Array(10);
  if (globalThis.crypto) crypto.getRandomValues(tail);
  else tail.forEach((_, i) => (tail[i] = Math.random() * 256)); // Node 18; an id is no secret
  tail[0] = (tail[0] & 0x0f) | 0x70;
  tail[2] = (tail[2] & 0x3f) | 0x80;
  const head = Math.floor(unixMs).toString(16).padStart(12, "0");
  const hex = head + Array.from(tail, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function checked(filmId) {
  if (!UUID.test(filmId)) throw new TypeError(`a film's id is a UUID, not ${filmId}`);
  return filmId;
}

function single({ progress, total, event_time, event_id }) {
  return JSON.stringify({ progress, total, event_time, event_id });
}

function line({ film_id, progress, total, event_time, event_id }) {
  return JSON.stringify({ film_id, progress, total, event_time, event_id });
}
