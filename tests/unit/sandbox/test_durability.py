"""What is acknowledged is kept: after kill -9, after a restart, after a stop."""

import subprocess
import sys
import textwrap
import threading

import pytest

from hubspot_agent.sandbox import Sandbox
from support.sandbox_http import CONTACTS, call, create, found, read, update

SERVER = """
    import sys
    from hubspot_agent.sandbox import serve
    serve(lambda crm: print(crm.url, crm.token, flush=True), path=sys.argv[1], contacts=[], profile="instant")
"""


class Elsewhere:
    """A sandbox in another process."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SERVER), str(path)], stdout=subprocess.PIPE, text=True
        )
        self.url, self.token = self.process.stdout.readline().split()


def test_kill_9_loses_no_acknowledged_write(tmp_path):
    path = tmp_path / "crm.sqlite"
    crm = Elsewhere(path)
    acknowledged = []

    def write(worker):
        for number in range(10_000):
            email = f"{worker}.{number}@acme.example"
            try:
                answer = create(crm, email=email)
            except OSError:
                return
            acknowledged.append((answer.body["id"], email))
            if len(acknowledged) == 100:
                crm.process.kill()

    writers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert crm.process.wait(timeout=20) == -9
    crm.process.stdout.close()
    with Sandbox(path=path) as again:
        kept = {(one["id"], one["properties"]["email"]) for one in again.contacts()}
        assert len(acknowledged) >= 100
        assert set(acknowledged) <= kept
        assert len(kept) <= len(acknowledged) + 4
        assert found(again, ("email", "EQ", acknowledged[-1][1])) == [acknowledged[-1][0]]


def test_interrupting_a_served_sandbox_ends_it_cleanly(tmp_path):
    crm = Elsewhere(tmp_path / "crm.sqlite")
    assert create(crm, firstname="Ana").status == 201
    crm.process.send_signal(2)
    assert crm.process.wait(timeout=20) == 0
    crm.process.stdout.close()


def test_a_file_keeps_everything(tmp_path):
    path = tmp_path / "crm.sqlite"
    declared = {"name": "shoe_size", "type": "number", "fieldType": "number", "hasUniqueValue": False}
    with Sandbox(contacts=[{"firstname": "Ana"}, {"email": "jan@acme.example"}], path=path) as crm:
        assert call(crm, "POST", "/crm/v3/properties/contacts", declared).status == 201
        update(crm, 101, shoe_size="38")
        call(crm, "POST", f"{CONTACTS}/merge", {"primaryObjectId": "101", "objectIdToMerge": "102"})
        before = crm.contacts()
    with Sandbox(path=path) as crm:
        assert crm.contacts() == before
        assert read(crm, 102, "shoe_size")["shoe_size"] == "38"
        assert create(crm, email="jan@acme.example").status == 409
        assert found(crm, ("shoe_size", "GT", "37")) == ["103"]
        assert create(crm, firstname="Eva").body["id"] == "104"


def test_an_empty_file_stays_empty(tmp_path):
    path = tmp_path / "crm.sqlite"
    Sandbox(contacts=[], path=path).close()
    with Sandbox(path=path) as crm:
        assert crm.contacts() == []


def test_one_sandbox_at_a_time_uses_a_file(tmp_path):
    path = tmp_path / "crm.sqlite"
    with Sandbox(contacts=[], path=path), pytest.raises(RuntimeError, match="Stop the other sandbox"):
        Sandbox(path=path)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "crm.sqlite"
    path.write_text("not a database" * 100)
    with pytest.raises(RuntimeError, match="cannot be used"):
        Sandbox(path=path)


def test_stopped_and_started_again_it_has_the_same_address_and_contacts():
    with Sandbox(contacts=[{"firstname": "Ana"}]) as crm:
        url = crm.url
        crm.stop()
        with pytest.raises(OSError, match="refused"):
            read(crm, 101)
        crm.start()
        assert crm.url == url
        assert read(crm, 101)["firstname"] == "Ana"


def test_it_has_no_address_before_it_is_started_and_none_that_is_taken():
    unstarted = Sandbox(contacts=[])
    with pytest.raises(RuntimeError, match="start"):
        _ = unstarted.url
    unstarted.close()
    with Sandbox(contacts=[]) as crm:
        second = Sandbox(contacts=[], port=int(crm.url.rpartition(":")[2]))
        with pytest.raises(OSError, match="address"):
            second.start()
        second.close()


def test_many_threads_write_and_read_at_once():
    with Sandbox(contacts=[]) as crm:

        def work(worker):
            for number in range(20):
                created = create(crm, email=f"{number}@acme.example", firstname=str(worker))
                assert created.status in (201, 409)
                assert len(crm.contacts()) <= 20

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        emails = [one["properties"]["email"] for one in crm.contacts()]
        assert len(emails) == len(set(emails)) == 20
        assert len(crm.requests) == 160
        assert sum(one.status == 201 for one in crm.requests) == 20


def test_without_aiohttp_it_says_what_to_install():
    code = "import sys; sys.modules['aiohttp'] = None; import hubspot_agent.sandbox"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (
        'ImportError: The sandbox needs aiohttp. Install it with: pip install "hubspot-agent[sandbox]"'
        in outcome.stderr
    )
