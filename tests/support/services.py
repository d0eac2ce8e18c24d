"""PostgreSQL and Redis for the tests: real servers of this machine, each with its files in a directory of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest


def installed_or_skip(program: str, *, among: Sequence[Path] = ()) -> Path:
    """Return where `program` is, in the folders `among` or on the path; skip the test without it."""
    path = os.pathsep.join([*map(str, among), os.environ.get("PATH", "")])
    if found := shutil.which(program, path=path):
        return Path(found)
    pytest.skip(f"{program} is not installed")


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL of its own and yield the URL of its empty database."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    binaries = installed_or_skip("initdb", among=installed[::-1]).resolve().parent
    with tempfile.TemporaryDirectory(prefix="hubspot-agent-pg-") as directory:
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        owner = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        data, port = f"{directory}/data", free_port()

        def run(program: str, *arguments: str) -> None:
            command = [str(binaries / program), *arguments]
            subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=60, **identity)

        run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8")
        # What a test leaves behind is thrown away, so nothing need reach the disk.
        options = f"-p {port} -k {directory} -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300"
        run("pg_ctl", "-D", data, "-o", options, "-l", f"{directory}/log", "-w", "start")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "assistant")
            yield f"postgresql://postgres@127.0.0.1:{port}/assistant"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of its own and yield its URL."""
    program, port = installed_or_skip("redis-server"), free_port()
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 30
            while True:
                assert server.poll() is None, "Redis does not start"
                assert time.monotonic() < deadline, "Redis does not answer"
                with closing(socket.socket()) as connection:
                    if connection.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()
