"""The child process serves, ends with its parent however that ends, and tells why when it does not start."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.process import OfflineServer

SERVE = """
from synth_builder.offline.command import serve_until_stopped
from synth_builder.offline.protocol import ServerConfig
config = ServerConfig(model_sha="0" * 40)
serve_until_stopped(lambda prompt, seed: prompt, config, "127.0.0.1", 0, until_stdin_closes=True)
"""
COMMAND = (sys.executable, "-c", SERVE)

PARENT = f"""
import sys
from synth_builder.offline.process import OfflineServer
with OfflineServer({COMMAND!r}) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def port_of(url: str) -> int:
    match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)", url)
    assert match, url
    return int(match.group(1))


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_serves_inside_the_block_and_not_after_it() -> None:
    with OfflineServer(COMMAND) as server:
        port = port_of(server.url)
        with urllib.request.urlopen(f"{server.url}/health", timeout=30) as response:
            assert response.status == 200
    assert not is_listening(port)
    assert server.url == ""
    assert server.process_id is None


def test_it_ends_when_the_block_raises() -> None:
    ports = []

    def fail_inside() -> None:
        with OfflineServer(COMMAND) as server:
            ports.append(port_of(server.url))
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    assert not is_listening(ports[0])


def test_it_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        port = port_of(parent.stdout.readline().strip())
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            parent.send_signal(signal.SIGKILL)
            # The server closes its port first, its connections next.
            assert connection.recv(1) == b""
        assert not is_listening(port)


def test_two_servers_do_not_meet() -> None:
    with OfflineServer(COMMAND) as one, OfflineServer(COMMAND) as other:
        assert one.url != other.url


@pytest.mark.parametrize(
    ("program", "what", "cause"),
    [
        ("import sys; sys.exit('no such rule')", "ended with exit status 1 instead of starting", "no such rule"),
        ("print('hello')", "said 'hello' instead of its address", "It wrote nothing to stderr."),
    ],
)
def test_a_failed_start_shows_what_the_child_wrote(program: str, what: str, cause: str) -> None:
    with pytest.raises(SynthBuilderError) as caught, OfflineServer((sys.executable, "-c", program)):
        pass
    assert caught.value.what == f"The offline server {what}."
    assert cause in caught.value.cause
    assert "Start it by hand" in caught.value.todo


def test_a_silent_child_is_given_up_and_ended() -> None:
    program = "import sys; sys.stdin.read()"
    server = OfflineServer((sys.executable, "-c", program), start_timeout_seconds=0.2)
    with pytest.raises(SynthBuilderError, match=r"said nothing within 0\.2 seconds"), server:
        pass
    assert server.process_id is None
