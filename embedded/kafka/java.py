"""The command line of Kafka's programs: the JVM, its flags, the jars."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import CannotStart

LOG4J = Path(__file__).with_name("log4j2.yaml")
# Measured on 2 cores, start until metadata: 3.3 s and 340 MiB without, 1.4 s and 155 MiB with.
SMALL_AND_FAST = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData")


def archive(libs: Path) -> Path:
    """Where the classes that a broker needs lie ready to be mapped, see classes.py."""
    return libs.with_name("classes.jsa")


def java(
    environ: Mapping[str, str], libs: Path, temporary: Path, *arguments: str
) -> tuple[str, ...]:
    """`java ... *arguments`; native libraries unpack into the folder `temporary`."""
    if not any(libs.glob("kafka_*.jar")):
        raise CannotStart(f"no Kafka in {libs}: `make setup` fetches it")
    return (
        _java(environ),
        "-Xms64m",
        "-Xmx512m",
        *SMALL_AND_FAST,
        *_mapped(libs),
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={temporary}/java-error-%p.log",
        f"-Djava.io.tmpdir={temporary}",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={LOG4J}",
        "-cp",
        f"{libs}/*",
        *arguments,
    )


def _mapped(libs: Path) -> tuple[str, ...]:
    # One that does not fit (another JVM, other jars) is passed over, and nobody need hear of it;
    # one that is not there would cost the JVM's own classes too.
    if not archive(libs).exists():
        return ()
    return (f"-XX:SharedArchiveFile={archive(libs)}", "-Xlog:cds=off,cds+dynamic=off")


def _java(environ: Mapping[str, str]) -> str:
    if home := environ.get("JAVA_HOME"):
        if not (found := Path(home) / "bin" / "java").exists():
            raise CannotStart(f"JAVA_HOME={home} holds no bin/java")
        return str(found)
    if on_path := shutil.which("java", path=environ.get("PATH")):
        return on_path
    raise CannotStart("no Java 17+ found: `make setup` installs it, or set JAVA_HOME")
