"""One text, two forms."""

import re

import pytest

from etl.migrations import Migration, migrations


def sql(cluster: str | None) -> str:
    return "\n".join(s for one in migrations() for s in one.statements(cluster))


def test_a_single_node_gets_nothing_of_a_cluster() -> None:
    text = sql(None)
    assert not re.search(r"ON CLUSTER|Replicated|Distributed|\$[A-Z{]", text)
    assert "Merge('movies', '^views_local$')" in text


def test_on_a_cluster_every_object_is_on_all_nodes_and_every_stored_table_replicated() -> None:
    for statement in (s for one in migrations() for s in one.statements("company_cluster")):
        by_all = "ON CLUSTER company_cluster"
        into_all = "INTO FUNCTION cluster('company_cluster', "
        assert (into_all if statement.startswith("INSERT") else by_all) in statement, statement
        if re.match(r"CREATE TABLE IF NOT EXISTS movies\.\w+_local", statement):
            assert "ENGINE = Replicated" in statement, statement


def test_rows_are_routed_by_the_viewer_alone() -> None:
    routed = re.findall(r"(?:Distributed|\bcluster)\(.*\)", sql("company_cluster"))
    assert len(routed) == 5 + 2
    assert all(one.endswith("cityHash64(user_id))") for one in routed)


def test_rows_are_moved_in_the_foreground_from_every_replica() -> None:
    moving = [s for one in migrations() for s in one.statements("ours") if s.startswith("INSERT")]
    assert len(moving) == 2
    for statement in moving:
        assert re.search(r"FROM clusterAllReplicas\('ours', movies\.\w+_local\)", statement)
        assert "distributed_foreground_insert = 1" in statement


def test_every_statement_can_be_run_again() -> None:
    for statement in (s for one in migrations() for s in one.statements(None)):
        again = r"IF (NOT )?EXISTS|OR REPLACE|MODIFY (SETTING|COMMENT)"
        folds = statement.startswith("INSERT INTO movies.positions_local")
        assert folds or re.search(again, statement), statement


def test_a_placeholder_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        Migration("x", "CREATE $ODDITY;").statements(None)


def test_the_checksum_is_of_the_common_text() -> None:
    assert Migration("a", "x").checksum == Migration("b", "x").checksum
    assert Migration("a", "x").checksum != Migration("a", "y").checksum
