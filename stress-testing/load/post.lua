-- An event without an id of its own: each time it is a new one.
wrk.method = "POST"
wrk.body = '{"progress": 754.5, "total": 5400}'
wrk.headers["Content-Type"] = "application/json"
