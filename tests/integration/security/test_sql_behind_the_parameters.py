"""Were a hostile text to pass the API's own checks: it is bound, not written into a query, and who
asks may only read what is inside the database."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from embedded.credentials import Credentials
from tests.analyst import Analyst
from tests.integration.security.test_sql_in_parameters import HOSTILE
from tests.stack import RunningStack
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem
from ugc_api.reads import queries
from ugc_api.reads.warehouse import Warehouse

QUERIES = {
    name: sql
    for name, sql in vars(queries).items()
    if isinstance(sql, str) and name.isupper() and "SELECT" in sql
}
PARAMETER = re.compile(r"\{(\w+):([A-Z][\w(), ]*)\}")
ONE = "00000000-0000-0000-0000-000000000001"
GOOD = {
    "UUID": ONE,
    "Array(Tuple(UUID, UUID))": [(ONE, ONE)],
    "Int64": 1,
    "UInt128": 1,
    "UInt16": 1,
}


@pytest.fixture
async def warehouse(running_stack: RunningStack) -> AsyncIterator[Warehouse]:
    """As the API has it: the same user, the same way to bind."""
    settings = running_stack.settings
    password = Credentials.load(settings.data_dir).clickhouse_passwords["api_reader"]
    async with Warehouse([settings.clickhouse_url], "api_reader", password, Metrics()) as made:
        yield made


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE if "\\" not in text and "\0" not in text]
)
async def test_a_bound_text_is_that_text(warehouse: Warehouse, text: str) -> None:
    assert await warehouse.rows("x", "SELECT {x:String} AS x", x=text) == [{"x": text}]


@pytest.mark.parametrize("name", QUERIES)
async def test_no_question_of_the_api_takes_it(
    running_stack: RunningStack, warehouse: Warehouse, name: str
) -> None:
    types = dict(PARAMETER.findall(QUERIES[name]))
    assert types
    good = {parameter: GOOD[kind] for parameter, kind in types.items()}
    assert await warehouse.rows(name, QUERIES[name], **good) is not None
    for parameter in types:
        for text in ("' OR 1=1 --", "1) OR (1=1", "{user_id:UUID}", "url('http://127.0.0.1:9/')"):
            with pytest.raises(Problem) as refused:
                await warehouse.rows(name, QUERIES[name], **{**good, parameter: text})
            assert refused.value.code == "clickhouse_away", (parameter, text)
    assert await Analyst(running_stack.settings).value("EXISTS movies.views_local") == "1"


def test_no_question_is_written_around_a_value() -> None:
    """What varies is in braces; nothing else is put into the text of a query."""
    assert len(QUERIES) >= 5
    for sql in QUERIES.values():
        assert "%s" not in sql
        assert "{" not in PARAMETER.sub("", sql)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO movies.views_local (user_id) VALUES (generateUUIDv4())",
        "ALTER TABLE movies.views_local DELETE WHERE 1",
        "DELETE FROM movies.views_local WHERE 1",
        "TRUNCATE TABLE movies.views_local",
        "DROP TABLE movies.views_local",
        "CREATE TABLE movies.mine (a UInt8) ENGINE = Memory",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SYSTEM SHUTDOWN",
        "SELECT * FROM url('http://127.0.0.1:9/', CSV, 'a String')",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT * FROM remote('127.0.0.1:9', system.one)",
        "SELECT * FROM mysql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
    ],
)
async def test_the_apis_user_only_reads(
    running_stack: RunningStack, asking: httpx.AsyncClient, statement: str
) -> None:
    settings = running_stack.settings
    password = Credentials.load(settings.data_dir).clickhouse_passwords["api_reader"]
    answer = await asking.post(
        settings.clickhouse_url, content=statement, auth=("api_reader", password)
    )
    assert answer.status_code >= 400
    # READONLY; refused by this server; 62: no statement that it knows
    assert answer.headers["x-clickhouse-exception-code"] in ("164", "497", "62"), answer.text


@pytest.mark.parametrize("password", ["", "api_reader", "' OR 1=1 --"])
async def test_nor_without_its_password(
    running_stack: RunningStack, asking: httpx.AsyncClient, password: str
) -> None:
    url = running_stack.settings.clickhouse_url
    for user in ("api_reader", "etl_writer", "migrator", "analyst"):
        answer = await asking.post(url, content="SELECT 1", auth=(user, password))
        assert answer.headers["x-clickhouse-exception-code"] == "516"
