"""Small programs in place of the ETL and the API, found before them through the working folder.

Files in that folder steer them: `<name>-fails` lets one end at once, `<name>-sticks` keeps it from
ever being ready, `<name>-rests` ends it with the code that asks not to be started again. Each
writes its process id into `<name>-pid`, its end into `ended`.
"""

import textwrap
from pathlib import Path

SERVER = """
import http.server, os, pathlib, signal, sys, threading
name = sys.argv[1] if len(sys.argv) > 1 else "api"
pathlib.Path(f"{name}-pid").write_text(str(os.getpid()))
if pathlib.Path(f"{name}-fails").exists():
    sys.exit(f"{name} has no hope")
if pathlib.Path(f"{name}-rests").exists():
    print(name, "needs a person", flush=True)
    os._exit(5)
if name in ("topics", "migrate"):
    sys.exit(0)
def end(*_):
    with open("ended", "a") as file:
        file.write(name + "\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = not pathlib.Path(f"{name}-sticks").exists()
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(b"its words")
    def log_message(self, *_):
        pass
def serve(variable):
    address = ("127.0.0.1", int(os.environ[variable]))
    threading.Thread(target=http.server.ThreadingHTTPServer(address, Answer).serve_forever).start()
serve("UGC_METRICS_PORT")
if name == "api":
    serve("UGC_HTTP_PORT")
print(name, "serves", flush=True)
"""


def write(folder: Path) -> None:
    for package in ("etl", "ugc_api"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").touch()
        (folder / package / "__main__.py").write_text(textwrap.dedent(SERVER))
