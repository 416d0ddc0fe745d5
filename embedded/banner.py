"""What a person sees once all is ready: where things are, a token, a line to try."""

import uuid

from embedded import token
from embedded.console import Console
from embedded.settings import HOST, Settings


def show(settings: Settings, console: Console) -> None:
    for line in _addresses(settings):
        console.say(line)
    film = uuid.uuid4()
    if token.has_issuer(settings.environ):
        bearer = "<a token of your issuer>"
    else:
        bearer = token.mint(settings)
        another = _here(settings, "UGC_DATA_DIR", "make token")
        console.say(f"a token for development, valid for 24 hours (another: {another})")
        console.to_paste(bearer)
    console.say("send an event:")
    console.to_paste(_post(settings, film, bearer))
    console.say("see its row:")
    console.to_paste(_select(settings, film))
    console.say("Ctrl-C stops everything; the data stays")


def _addresses(settings: Settings) -> list[str]:
    def metrics(port: int) -> str:
        return f"http://{HOST}:{port}/metrics"

    prompt = _here(settings, "UGC_CLICKHOUSE_PORT", "make sql")
    api = ", ".join(metrics(settings.api_metrics_port(n)) for n in range(settings.api_processes))
    lines = [
        "ready:",
        _front_door(settings),
        f"  API         {settings.api_url}",
        f"  docs        {settings.front_url}/api/docs",
        f"  ClickHouse  {settings.clickhouse_url}  (a prompt: {prompt})",
        f"  Kafka       {settings.kafka_bootstrap}",
        f"  metrics     API {api}",
        f"              ETL {metrics(settings.etl_metrics_port(0))}",
    ]
    if not settings.external_clickhouse:
        lines.append(f"              ClickHouse {metrics(settings.clickhouse_metrics_port)}")
    return [*lines, f"  data        {settings.data_dir}"]


def _front_door(settings: Settings) -> str:
    if settings.nginx is not None:
        return f"  front door  {settings.front_url}"
    if settings.nginx_port == 0:
        return "  front door  none (UGC_NGINX_PORT is 0)"
    return "  front door  none: nginx is not installed (embedded/setup nginx installs it)"


def _here(settings: Settings, variable: str, command: str) -> str:
    """The command as it reaches this stack, when another one stands at the default."""
    value = settings.environ.get(variable)
    return f"{variable}={value} {command}" if value else command


def _post(settings: Settings, film: uuid.UUID, bearer: str) -> str:
    return (
        f"curl -i {settings.front_url}/api/v1/progresses/films/{film} "
        f"-H 'Authorization: Bearer {bearer}' -H 'Content-Type: application/json' "
        """-d '{"progress": 754.5, "total": 5400}'"""
    )


def _select(settings: Settings, film: uuid.UUID) -> str:
    query = f"SELECT * FROM movies.views FINAL WHERE film_id = '{film}' FORMAT Vertical"  # noqa: S608 - shown, not run
    return f'curl {settings.clickhouse_url.partition(",")[0]}/ --data-binary "{query}"'
